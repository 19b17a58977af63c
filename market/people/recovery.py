"""The way back into an account whose password is forgotten: a code of eight digits goes to the login that was named (A17, A18).

Asking answers the same for every login and leaves the work to a job, so that neither answer nor time tells whether an account
exists (A19). A code is stored as an HMAC, works once, for half an hour and for five guesses; a newer one replaces it. A new
password ends every session."""

import hashlib
import hmac
import secrets
from uuid import UUID

from market import jobs, limits
from market.db import Connection, Database
from market.errors import InvalidInput
from market.notify import service as notify
from market.people import passwords, queries, recovery_queries, service
from market.people.rules import normal_login
from market.people.sessions import Session, open_session
from market.settings import Settings

CODE_DIGITS = 8
VALID_MIN = 30
MAX_ATTEMPTS = 5
WINDOW_S = 3600
ASKED_PER_LOGIN = 5
ASKED_PER_ADDRESS = 30
TRIED_PER_ADDRESS = 60


def _code_hash(settings: Settings, person_id: UUID, code: str) -> bytes:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, f"reset:{person_id}:{code}".encode("utf-8", "replace"), hashlib.sha256).digest()


async def ask(db: Database, *, login: str, address: str) -> None:
    """Have a code sent to `login` if it belongs to an account; says nothing about that.

    Raises InvalidInput for what is no login at all, TooManyRequests."""
    known_as = service.require_login(login)
    await limits.hit(db, bucket=limits.bucket("reset-address", address), limit=ASKED_PER_ADDRESS, window_s=WINDOW_S)
    await limits.hit(db, bucket=limits.bucket("reset-login", known_as.text), limit=ASKED_PER_LOGIN, window_s=WINDOW_S)
    async with db.transaction() as tx:
        await jobs.enqueue(tx, "people.send_reset", {"login": known_as.text})


async def send_code(db: Database, *, settings: Settings, login: str) -> None:
    """Make a code and send it to exactly this login; nothing for a login without an account."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    async with db.transaction() as tx:
        found = await queries.person_by_login(tx, login)
        if found is None:
            return
        made_at = await recovery_queries.upsert_reset(
            tx, person_id=found["id"], code_hash=_code_hash(settings, found["id"], code), valid_min=VALID_MIN
        )
        await notify.send(
            tx,
            person_id=found["id"],
            template="password_reset",
            context={"code": code, "minutes": VALID_MIN, "url": f"{settings.base_url}/reset"},
            dedupe_key=f"password-reset:{found['id']}:{made_at.isoformat()}",
            login=login,
        )


async def set_password(
    db: Database, *, settings: Settings, login: str, code: str, password: str, address: str, user_agent: str, replaces: str | None
) -> Session:  # fmt: skip
    """Set a new password with the code that was sent: ends every session and opens a fresh one.

    Raises InvalidInput naming `code` for a wrong, used or old code and for an unknown login alike, TooManyRequests."""
    await limits.hit(db, bucket=limits.bucket("reset-try", address), limit=TRIED_PER_ADDRESS, window_s=WINDOW_S)
    known_as = normal_login(login)
    hashed = await passwords.hash_password(service.require_new_password(password))
    digits = "".join(each for each in code if not each.isspace())
    async with db.transaction() as tx:
        person_id = await _prove(tx, settings=settings, login=known_as.text if known_as else "", code=digits)
        if person_id is not None:
            await queries.update_person(
                tx, person_id, name=None, locale=None, password_hash=hashed, wants_reminders=None
            )
            await queries.delete_sessions(tx, person_id)
            await service.audit(tx, person_id=person_id, action="password.reset", subject=f"person:{person_id}")
            return await open_session(tx, person_id=person_id, replaces=replaces, user_agent=user_agent)
    raise InvalidInput([("code", "is wrong or too old: please ask for a new one")])


async def _prove(tx: Connection, *, settings: Settings, login: str, code: str) -> UUID | None:
    """The person whose code this is, which is used up by that; a wrong guess is counted."""
    row = await recovery_queries.lock_reset(tx, login=login, max_attempts=MAX_ATTEMPTS)
    if row is None:
        return None
    person_id: UUID = row["person_id"]
    if not hmac.compare_digest(row["code_hash"], _code_hash(settings, person_id, code)):
        await recovery_queries.update_attempts(tx, person_id)
        return None
    await recovery_queries.delete_reset(tx, person_id)
    return person_id
