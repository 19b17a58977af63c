"""Use cases around accounts, sessions and bearer tokens.

Sign-up does not tell whether a login is taken: a taken one gets the same status, body and cookie as a new one, but the
session does not exist and the owner of the login gets a message. What remains visible is that the next request of that
browser is not signed in; sign-ups are limited per address so that this cannot be used to test lists of addresses."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from market import limits
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, MarketError, NotFound, NotSignedIn
from market.people import passwords, queries
from market.people.rules import Actor, Login, StaffRole, normal_login
from market.settings import Settings
from market.text import clean_text

SESSION_DAYS = 14
OLDEST_SESSION_DAYS = 90
TOKEN_PREFIX = "lm_"  # noqa: S105 - lets secret scanners recognise one
MIN_PASSWORD_LEN = 10


class WrongCredentials(MarketError):
    """The same for an unknown login and a wrong password (A19)."""

    status = 401
    slug = "wrong-credentials"
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("Login or password is wrong.")


class LoginTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("This login belongs to another account.")


class WrongPassword(Forbidden):
    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


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


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def require_login(raw: str) -> Login:
    """The normal form; raises InvalidInput."""
    login = normal_login(raw)
    if login is None:
        raise InvalidInput([("login", "must be an e-mail address or a phone number")])
    return login


def _require_password(password: str) -> str:
    if len(password) < MIN_PASSWORD_LEN:
        raise InvalidInput([("password", f"must have at least {MIN_PASSWORD_LEN} characters")])
    return clean_text("password", password, max_len=200) and password


async def _open_session(tx: Connection, *, person_id: UUID, replaces: str | None, user_agent: str) -> Session:
    """Always a fresh random token; the one the browser came with is dead afterwards (A13, T1)."""
    if replaces:
        await queries.delete_session(tx, _hash(replaces))
    token = secrets.token_urlsafe(32)
    await queries.insert_session(tx, token_hash=_hash(token), person_id=person_id, lifetime_days=SESSION_DAYS, user_agent=user_agent[:200])
    return Session(token, person_id)


async def _insert_account(tx: Connection, *, login: Login, password_hash: str, name: str, locale: str) -> UUID | None:
    """The new person, or None when the login is taken."""
    person_id = await queries.new_id(tx)
    await queries.insert_person(tx, person_id=person_id, name=name, locale=locale, password_hash=password_hash)
    if await queries.insert_login(tx, login=login.text, kind=login.kind, person_id=person_id):
        return person_id
    await queries.delete_person(tx, person_id)
    return None


async def create_account(db: Database, *, login: str, password: str, name: str, locale: str = "zh-CN") -> UUID:
    """A new person with one login, for the operator and the demo loader; raises LoginTaken, InvalidInput."""
    known_as = require_login(login)
    name = clean_text("name", name, max_len=80, min_len=1)
    hashed = await passwords.hash_password(_require_password(password))
    async with db.transaction() as tx:
        person_id = await _insert_account(tx, login=known_as, password_hash=hashed, name=name, locale=locale)
        if person_id is None:
            raise LoginTaken
        return person_id


@dataclass(frozen=True, slots=True)
class SignUp:
    """What sign-up answers; `session` is one that does not exist when the login was taken."""

    person_id: UUID
    name: str
    locale: str
    login: str
    session: Session


async def sign_up(db: Database, *, login: str, password: str, name: str, locale: str, address: str, user_agent: str,
                  replaces: str | None) -> SignUp:
    """A new account with a session; for a taken login the same answer without either (see the module's text, A19)."""
    await limits.hit(db, bucket=limits.bucket("sign-up", address), limit=60, window_s=3600)
    known_as = require_login(login)
    name = clean_text("name", name, max_len=80, min_len=1)
    hashed = await passwords.hash_password(_require_password(password))
    async with db.transaction() as tx:
        person_id = await _insert_account(tx, login=known_as, password_hash=hashed, name=name, locale=locale)
        if person_id is not None:
            session = await _open_session(tx, person_id=person_id, replaces=replaces, user_agent=user_agent)
            return SignUp(person_id, name, locale, known_as.text, session)
        await _tell_owner(tx, known_as.text)
        nobody = await queries.new_id(tx)
        return SignUp(nobody, name, locale, known_as.text, Session(secrets.token_urlsafe(32), nobody))


async def _tell_owner(tx: Connection, login: str) -> None:
    from market.notify import service as notify

    owner = await queries.person_by_login(tx, login)
    if owner is not None:
        await notify.send(tx, person_id=owner["id"], template="account_exists", context={}, dedupe_key=f"account-exists:{owner['id']}")


async def sign_in(db: Database, *, login: str, password: str, address: str, device: str | None, user_agent: str,
                  replaces: str | None) -> Session:
    """A fresh session; raises WrongCredentials, or TooManyRequests after too many failures (A19, A20).

    Failures are counted before the answer is given, and a full bucket hides whether the password was right: parallel
    guesses learn no more than sequential ones."""
    known_as = normal_login(login)
    name = known_as.text if known_as else login[:200]
    buckets = _sign_in_buckets(name, address=address, device=device)
    for each, limit in buckets:
        await limits.check(db, bucket=each, limit=limit, window_s=SIGN_IN_WINDOW_S)
    async with db.read() as connection:
        found = await queries.person_by_login(connection, name)
    right = await passwords.matches(found["password_hash"] if found else None, password)
    for each, limit in buckets:
        if right:
            await limits.check(db, bucket=each, limit=limit, window_s=SIGN_IN_WINDOW_S)
        else:
            await limits.hit(db, bucket=each, limit=limit, window_s=SIGN_IN_WINDOW_S)
    if not right or found is None:
        raise WrongCredentials
    await limits.clear(db, bucket=buckets[0][0])
    async with db.transaction() as tx:
        return await _open_session(tx, person_id=found["id"], replaces=replaces, user_agent=user_agent)


SIGN_IN_WINDOW_S = 300


def _sign_in_buckets(login: str, *, address: str, device: str | None) -> list[tuple[str, int]]:
    """What a failed sign-in counts against. A browser that has signed in to this login before (its device cookie proves it)
    is counted by itself, so strangers who guess cannot lock its owner out."""
    if device is not None:
        return [(limits.bucket("sign-in-device", login, device), 10)]
    return [
        (limits.bucket("sign-in-login-address", login, address), 10),
        (limits.bucket("sign-in-login", login), 30),
        (limits.bucket("sign-in-address", address), 40),
    ]


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
    return hmac.new(settings.secret_key.get_secret_value().encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


async def sign_out(db: Database, *, session_token: str) -> None:
    """The session is dead from now on (A14)."""
    async with db.transaction() as tx:
        await queries.delete_session(tx, _hash(session_token))


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
        row = await queries.actor_by_session(connection, _hash(token))
        if row is None:
            return None
        if row["is_stale"]:
            await queries.update_session_seen(connection, _hash(token), lifetime_days=SESSION_DAYS, oldest_days=OLDEST_SESSION_DAYS)
    sent = (csrf_token or "").encode("utf-8", "replace")
    if needs_csrf and not hmac.compare_digest(sent, csrf_token_of(settings, token).encode()):
        raise Forbidden("The page is out of date: please reload it and try again.")
    return actor_of(row, scopes=None)


async def _bearer(db: Database, authorization: str) -> Actor:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("Only bearer tokens are accepted here.")
    async with db.read() as connection:
        row = await queries.actor_by_token(connection, _hash(token.strip()))
    if row is None:
        raise NotSignedIn("This token is unknown, revoked or expired.")
    return actor_of(row, scopes=frozenset(row["scopes"]))


def actor_of(row: Row, *, scopes: frozenset[str] | None) -> Actor:
    """The actor from the row of queries.actor_by_session."""
    roles = tuple(
        StaffRole(each["role"], UUID(each["community_id"]) if each["community_id"] else None,
                  frozenset(UUID(found) for found in each["communities"]))
        for each in row["roles"]
    )
    return Actor(
        person_id=row["person_id"], name=row["name"], locale=row["locale"], roles=roles,
        partners=dict(zip(row["partner_ids"], row["partner_roles"], strict=True)),
        resident_of=frozenset(row["resident_of"]), groups=frozenset(row["groups"]), scopes=scopes,
    )


async def account(db: Database, *, person_id: UUID) -> Row:
    """The account as its person sees it."""
    async with db.read() as connection:
        return await queries.account(connection, person_id)


async def change_account(db: Database, *, person_id: UUID, name: str | None, locale: str | None, password: str | None,
                         current_password: str | None, user_agent: str) -> Session | None:
    """Change what is given. A new password needs the current one, ends every session and gives a fresh one (A13)."""
    if name is not None:
        name = clean_text("name", name, max_len=80, min_len=1)
    hashed = None
    if password is not None:
        await require_password(db, person_id=person_id, password=current_password or "")
        hashed = await passwords.hash_password(_require_password(password))
    async with db.transaction() as tx:
        await queries.update_person(tx, person_id, name=name, locale=locale, password_hash=hashed)
        if hashed is None:
            return None
        await queries.delete_sessions(tx, person_id)
        return await _open_session(tx, person_id=person_id, replaces=None, user_agent=user_agent)


async def require_password(db: Database, *, person_id: UUID, password: str) -> None:
    """Raise WrongPassword unless it is the person's; limited like a sign-in."""
    bucket = limits.bucket("password", str(person_id))
    await limits.check(db, bucket=bucket, limit=10, window_s=SIGN_IN_WINDOW_S)
    async with db.read() as connection:
        stored = await queries.password_hash(connection, person_id)
    if not await passwords.matches(stored, password):
        await limits.hit(db, bucket=bucket, limit=10, window_s=SIGN_IN_WINDOW_S)
        raise WrongPassword


async def create_token(db: Database, *, person_id: UUID, name: str, scopes: list[str], valid_days: int) -> tuple[Row, str]:
    """A bearer token with its secret, which is shown this once and stored as a hash."""
    name = clean_text("name", name, max_len=80, min_len=1)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    async with db.transaction() as tx:
        row = await queries.insert_token(tx, token_hash=_hash(secret), person_id=person_id, name=name,
                                         scopes=sorted(set(scopes)), valid_days=valid_days)
    return row, secret


async def list_tokens(db: Database, *, person_id: UUID) -> list[Row]:
    async with db.read() as connection:
        return await queries.tokens(connection, person_id)


async def revoke_token(db: Database, *, person_id: UUID, token_id: UUID) -> None:
    """Raises NotFound for another person's token."""
    async with db.transaction() as tx:
        if not await queries.update_token_revoked(tx, token_id, person_id):
            raise NotFound("This token")


async def audit(tx: Connection, *, person_id: UUID | None, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    """Note an act of staff in the transaction that does it; `detail` holds no names and no contact data."""
    await queries.insert_audit(tx, person_id=person_id, action=action, subject=subject, detail=detail or {})


async def grant_role(tx: Connection, *, person_id: UUID, role: str, community_id: UUID | None = None, by: UUID | None = None) -> None:
    """Give a staff role over a community and all below it (operator: over everything). The person signs in anew (A13)."""
    if await queries.insert_role(tx, person_id=person_id, role=role, community_id=community_id, granted_by=by):
        await queries.delete_sessions(tx, person_id)
        await audit(tx, person_id=by, action="role.granted", subject=f"person:{person_id}",
                    detail={"role": role, "community_id": str(community_id) if community_id else None})


async def verify_residency(tx: Connection, *, person_id: UUID, community_id: UUID, address: str = "", by: UUID | None = None) -> None:
    """Record that staff saw a proof of residence, without a request; the demo loader uses it."""
    await queries.insert_verified_residency(tx, person_id=person_id, community_id=community_id, address=address, by=by)
    await audit(tx, person_id=by, action="residency.verified", subject=f"person:{person_id}", detail={"community_id": str(community_id)})


async def add_to_group(tx: Connection, *, person_id: UUID, group: str, community_id: UUID, by: UUID | None = None) -> None:
    """Record a verified eligibility group, e.g. "elder" (H2)."""
    await queries.insert_group_member(tx, person_id=person_id, group=group, community_id=community_id, by=by)
    await audit(tx, person_id=by, action="group.added", subject=f"person:{person_id}", detail={"group": group, "community_id": str(community_id)})
