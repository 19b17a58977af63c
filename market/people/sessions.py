"""Browser sessions and bearer tokens: how they are made, proved and ended (A13, A14, T1).

A session is a fresh random cookie of which only the SHA-256 is stored; its CSRF token is an HMAC of that cookie. It lives 14
days after the last use and 90 days at most; use is noted once an hour, so that reading does not write."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from market.db import Connection, Database, Row
from market.errors import Forbidden, NotSignedIn
from market.people import queries
from market.people.rules import Actor, StaffRole, normal_login
from market.settings import Settings

SESSION_DAYS = 14
OLDEST_SESSION_DAYS = 90


@dataclass(frozen=True, slots=True)
class Session:
    """A browser session just made; `token` is the cookie's value and is stored nowhere but there."""

    token: str
    person_id: UUID


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to https; browsers refuse it on plain http."""
    return "__Host-session" if settings.production else "session"


def csrf_token_of(settings: Settings, session_token: str) -> str:
    """What a page must send as X-CSRF-Token with the session's cookie."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"csrf:" + session_token.encode(), hashlib.sha256).hexdigest()


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def open_session(tx: Connection, *, person_id: UUID, replaces: str | None, user_agent: str) -> Session:
    """Always a fresh random token; the one the browser came with is dead afterwards (A13, T1)."""
    if replaces:
        await queries.delete_session(tx, hash_token(replaces))
    token = secrets.token_urlsafe(32)
    await queries.insert_session(
        tx, token_hash=hash_token(token), person_id=person_id, lifetime_days=SESSION_DAYS, user_agent=user_agent[:200]
    )
    return Session(token, person_id)


async def sign_out(db: Database, *, session_token: str) -> None:
    """The session is dead from now on (A14)."""
    async with db.transaction() as tx:
        await queries.delete_session(tx, hash_token(session_token))


def device_cookie(settings: Settings, login: str) -> str:
    """Proof for later that this browser signed in to `login`; says nothing else and opens nothing."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_device_proof(settings, login, nonce)}"


def known_device(settings: Settings, login: str, cookie: str | None) -> str | None:
    """The device's name when its cookie was made for `login`, else None."""
    nonce, _, proof = (cookie or "").partition(".")
    if not hmac.compare_digest(proof.encode("utf-8", "replace"), _device_proof(settings, login, nonce).encode()):
        return None
    return nonce


def _device_proof(settings: Settings, login: str, nonce: str) -> str:
    known_as = normal_login(login)
    text = f"device:{known_as.text if known_as else ''}:{nonce}"
    return hmac.new(
        settings.secret_key.get_secret_value().encode(), text.encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


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
    if authorization is not None:
        return await _bearer(db, authorization)
    token = cookies.get(cookie_name(settings))
    if not token:
        return None
    async with db.read() as connection:
        row = await queries.actor_by_session(connection, hash_token(token))
        if row is None:
            return None
        if row["is_stale"]:
            await queries.update_session_seen(
                connection, hash_token(token), lifetime_days=SESSION_DAYS, oldest_days=OLDEST_SESSION_DAYS
            )
    sent = (csrf_token or "").encode("utf-8", "replace")
    if needs_csrf and not hmac.compare_digest(sent, csrf_token_of(settings, token).encode()):
        raise Forbidden("The page is out of date: please reload it and try again.")
    return actor_of(row, scopes=None)


async def _bearer(db: Database, authorization: str) -> Actor:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("Only bearer tokens are accepted here.")
    async with db.read() as connection:
        row = await queries.actor_by_token(connection, hash_token(token.strip()))
    if row is None:
        raise NotSignedIn("This token is unknown, revoked or expired.")
    return actor_of(row, scopes=frozenset(row["scopes"]))


async def actor_for(tx: Connection, *, person_id: UUID) -> Actor | None:
    """A person for whom staff act; None for a deleted account."""
    row = await queries.actor_by_person(tx, person_id)
    return actor_of(row, scopes=None) if row else None


async def actor_named(tx: Connection, *, login: str) -> Actor | None:
    """The person with this e-mail address or phone number."""
    known = normal_login(login)
    row = await queries.actor_by_login(tx, known.text) if known else None
    return actor_of(row, scopes=None) if row else None


def actor_of(row: Row, *, scopes: frozenset[str] | None) -> Actor:
    """The actor from the row of queries.actor_by_session."""
    roles = tuple(
        StaffRole(
            each["role"],
            UUID(each["community_id"]) if each["community_id"] else None,
            frozenset(UUID(found) for found in each["communities"]),
        )
        for each in row["roles"]
    )
    return Actor(
        person_id=row["person_id"],
        name=row["name"],
        locale=row["locale"],
        roles=roles,
        partners=dict(zip(row["partner_ids"], row["partner_roles"], strict=True)),
        resident_of=frozenset(row["resident_of"]),
        groups=frozenset(row["groups"]),
        scopes=scopes,
    )
