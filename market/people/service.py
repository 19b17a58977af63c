"""Use cases around accounts, sessions and bearer tokens.

Sign-up does not tell whether a login is taken: a taken one gets the same status, body and cookie as a new one, but the
session does not exist and the owner of the login gets a message. What remains visible is that the next request of that
browser is not signed in; sign-ups are limited per address so that this cannot be used to test lists of addresses."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from market import limits
from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, MarketError, NotFound
from market.people import passwords, queries, recovery_queries
from market.people.rules import Login, normal_login
from market.people.sessions import Session, hash_token, open_session
from market.text import clean_text

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
    slug = "wrong-password"

    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


def require_login(raw: str) -> Login:
    """The normal form; raises InvalidInput."""
    login = normal_login(raw)
    if login is None:
        raise InvalidInput([("login", "must be an e-mail address or a phone number")])
    return login


def require_new_password(password: str) -> str:
    """The password as it is; raises InvalidInput when it is too short or cannot be typed."""
    if len(password) < MIN_PASSWORD_LEN:
        raise InvalidInput([("password", f"must have at least {MIN_PASSWORD_LEN} characters")])
    return clean_text("password", password, max_len=200) and password


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
    hashed = await passwords.hash_password(require_new_password(password))
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


async def sign_up(
    db: Database,
    *,
    login: str,
    password: str,
    name: str,
    locale: str,
    address: str,
    user_agent: str,
    replaces: str | None,
) -> SignUp:
    """A new account with a session; for a taken login the same answer without either (see the module's text, A19)."""
    await limits.hit(db, bucket=limits.bucket("sign-up", address), limit=60, window_s=3600)
    known_as = require_login(login)
    name = clean_text("name", name, max_len=80, min_len=1)
    hashed = await passwords.hash_password(require_new_password(password))
    async with db.transaction() as tx:
        person_id = await _insert_account(tx, login=known_as, password_hash=hashed, name=name, locale=locale)
        if person_id is not None:
            session = await open_session(tx, person_id=person_id, replaces=replaces, user_agent=user_agent)
            return SignUp(person_id, name, locale, known_as.text, session)
        await _tell_owner(tx, known_as.text)
        nobody = await queries.new_id(tx)
        return SignUp(nobody, name, locale, known_as.text, Session(secrets.token_urlsafe(32), nobody))


async def _tell_owner(tx: Connection, login: str) -> None:
    from market.notify import service as notify

    owner = await queries.person_by_login(tx, login)
    if owner is not None:
        await notify.send(
            tx, person_id=owner["id"], template="account_exists", context={}, dedupe_key=f"account-exists:{owner['id']}"
        )


async def sign_in(
    db: Database, *, login: str, password: str, address: str, device: str | None, user_agent: str, replaces: str | None
) -> Session:
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
    await limits.clear(db, bucket=buckets[0][0], window_s=SIGN_IN_WINDOW_S)
    async with db.transaction() as tx:
        return await open_session(tx, person_id=found["id"], replaces=replaces, user_agent=user_agent)


SIGN_IN_WINDOW_S = 300


def _sign_in_buckets(login: str, *, address: str, device: str | None) -> list[tuple[str, int]]:
    """What a failed sign-in counts against. A browser that has signed in to this login before (its device cookie proves it)
    is counted by itself, so strangers who guess cannot lock its owner out."""
    if device is not None:
        return [(limits.bucket("sign-in-device", login, device), 10)]
    return [
        (limits.bucket("sign-in-login-address", login, address), 10),
        (limits.bucket("sign-in-login", login), 30),
        (limits.bucket("sign-in-address", address), 10),
    ]


async def account(db: Database, *, person_id: UUID) -> Row:
    """The account as its person sees it."""
    async with db.read() as connection:
        return await queries.account(connection, person_id)


async def change_account(
    db: Database,
    *,
    person_id: UUID,
    name: str | None,
    locale: str | None,
    password: str | None,
    current_password: str | None,
    wants_reminders: bool | None,
    user_agent: str,
) -> Session | None:
    """Change what is given. A new password needs the current one, ends every session and gives a fresh one (A13)."""
    if name is not None:
        name = clean_text("name", name, max_len=80, min_len=1)
    hashed = None
    if password is not None:
        await require_password(db, person_id=person_id, password=current_password or "")
        hashed = await passwords.hash_password(require_new_password(password))
    async with db.transaction() as tx:
        await queries.update_person(
            tx, person_id, name=name, locale=locale, password_hash=hashed, wants_reminders=wants_reminders
        )
        if hashed is None:
            return None
        await queries.delete_sessions(tx, person_id)
        await recovery_queries.delete_reset(tx, person_id)
        return await open_session(tx, person_id=person_id, replaces=None, user_agent=user_agent)


async def require_password(db: Database, *, person_id: UUID, password: str) -> None:
    """Raise WrongPassword unless it is the person's; limited like a sign-in."""
    bucket = limits.bucket("password", str(person_id))
    await limits.check(db, bucket=bucket, limit=10, window_s=SIGN_IN_WINDOW_S)
    async with db.read() as connection:
        stored = await queries.password_hash(connection, person_id)
    if not await passwords.matches(stored, password):
        await limits.hit(db, bucket=bucket, limit=10, window_s=SIGN_IN_WINDOW_S)
        raise WrongPassword


async def create_token(
    db: Database, *, person_id: UUID, name: str, scopes: list[str], valid_days: int
) -> tuple[Row, str]:
    """A bearer token with its secret, which is shown this once and stored as a hash."""
    name = clean_text("name", name, max_len=80, min_len=1)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    async with db.transaction() as tx:
        row = await queries.insert_token(
            tx,
            token_hash=hash_token(secret),
            person_id=person_id,
            name=name,
            scopes=sorted(set(scopes)),
            valid_days=valid_days,
        )
    return row, secret


async def list_tokens(db: Database, *, person_id: UUID) -> list[Row]:
    async with db.read() as connection:
        return await queries.tokens(connection, person_id)


async def revoke_token(db: Database, *, person_id: UUID, token_id: UUID) -> None:
    """Raises NotFound for another person's token."""
    async with db.transaction() as tx:
        if not await queries.update_token_revoked(tx, token_id, person_id):
            raise NotFound("This token")


async def audit(
    tx: Connection, *, person_id: UUID | None, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Note an act of staff in the transaction that does it; `detail` holds no names and no contact data."""
    await queries.insert_audit(tx, person_id=person_id, action=action, subject=subject, detail=detail or {})


async def grant_role(
    tx: Connection, *, person_id: UUID, role: str, community_id: UUID | None = None, by: UUID | None = None
) -> None:
    """Give a staff role over a community and all below it (operator: over everything). The person signs in anew (A13)."""
    if await queries.insert_role(tx, person_id=person_id, role=role, community_id=community_id, granted_by=by):
        await queries.delete_sessions(tx, person_id)
        await audit(
            tx,
            person_id=by,
            action="role.granted",
            subject=f"person:{person_id}",
            detail={"role": role, "community_id": str(community_id) if community_id else None},
        )


async def verify_residency(
    tx: Connection, *, person_id: UUID, community_id: UUID, address: str = "", by: UUID | None = None
) -> None:
    """Record that staff saw a proof of residence, without a request; the demo loader uses it."""
    await queries.insert_verified_residency(tx, person_id=person_id, community_id=community_id, address=address, by=by)
    await audit(
        tx,
        person_id=by,
        action="residency.verified",
        subject=f"person:{person_id}",
        detail={"community_id": str(community_id)},
    )


async def add_to_group(
    tx: Connection, *, person_id: UUID, group: str, community_id: UUID, by: UUID | None = None
) -> None:
    """Record a verified eligibility group, e.g. "elder" (H2)."""
    await queries.insert_group_member(tx, person_id=person_id, group=group, community_id=community_id, by=by)
    await audit(
        tx,
        person_id=by,
        action="group.added",
        subject=f"person:{person_id}",
        detail={"group": group, "community_id": str(community_id)},
    )
