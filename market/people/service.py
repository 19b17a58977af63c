"""Use cases around accounts, sessions, tokens and residency."""

from collections.abc import Mapping

from market.db import Database
from market.people.rules import Actor
from market.settings import Settings


async def authenticate(
    db: Database,
    *,
    settings: Settings,
    cookies: Mapping[str, str],
    authorization: str | None,
    csrf_token: str | None,
    needs_csrf: bool,
) -> Actor | None:
    """The actor behind a request, or None; raises NotSignedIn for a dead bearer token, Forbidden for a missing CSRF token."""
    raise NotImplementedError
