"""What an operation of the sandbox works with, and ids in Stripe's style."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from market.db import Connection
from market.payments.sandbox.script import Plan


@dataclass(frozen=True, slots=True)
class Work:
    """What an operation works with. `now` is the database's time in seconds."""

    tx: Connection
    now: int
    asked: dict[str, Any]
    plan: Plan
    base_url: str


Operation = Callable[[Work, str], Awaitable[dict[str, Any]]]


def make_id(prefix: str, length: int = 24) -> str:
    """An id in Stripe's style, unguessable."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return prefix + "".join(secrets.choice(letters) for _ in range(length))
