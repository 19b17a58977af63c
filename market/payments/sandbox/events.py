"""Events of the sandbox, queued for delivery in the transaction that caused them, spoiled as the script says."""

import secrets
from collections.abc import Sequence
from typing import Any

from market.db import Connection
from market.payments.sandbox import objects, queries
from market.payments.sandbox.script import REORDER_DELAY_S, Plan


async def queue(tx: Connection, happened: Sequence[tuple[str, dict[str, Any]]], *, plan: Plan, now: int) -> None:
    """Make one event per (type, object) and queue its webhook, with duplicates, delays and forgeries where scripted."""
    rows: list[tuple[dict[str, Any], float, bool, bool]] = []
    for position, (kind, thing) in enumerate(happened):
        event = objects.event(identity=f"evt_{secrets.token_hex(12)}", kind=kind, now=now, thing=thing)
        if plan.only and kind not in plan.only:
            rows.append((event, 0.0, False, False))
            continue
        delay = plan.delay_s + (REORDER_DELAY_S * (len(happened) - 1 - position) if plan.reorder else 0.0)
        if plan.forge:
            rows.append((forged(event), delay, True, plan.drop))
        rows += [(event, delay, False, plan.drop)] * (1 + plan.duplicate)
    await queries.insert_events(tx, rows)


def forged(event: dict[str, Any]) -> dict[str, Any]:
    """What a thief would send: another id, a tempting amount; the courier signs it with a secret that is not ours."""
    thing = dict(event["data"]["object"])
    for field in ("amount_total", "amount"):
        if field in thing:
            thing[field] = 1
    return event | {"id": "evt_forged" + secrets.token_hex(8), "data": {"object": thing}}
