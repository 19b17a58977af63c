"""SQL of codes that lead back into an account."""

from datetime import datetime
from uuid import UUID

from market.db import Connection, Row


async def upsert_reset(tx: Connection, *, person_id: UUID, code_hash: bytes, valid_min: int) -> datetime:
    """The one code of a person; an older one is gone. When it was made."""
    made_at: datetime = await tx.fetchval(
        "INSERT INTO password_resets (person_id, code_hash, expires_at) VALUES ($1, $2, now() + make_interval(mins => $3)) "
        "ON CONFLICT (person_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, attempts = 0, "
        "created_at = now() RETURNING created_at",
        person_id,
        code_hash,
        valid_min,
    )
    return made_at


async def lock_reset(tx: Connection, *, login: str, max_attempts: int) -> Row | None:
    """The live code of the account with this login, by the database's clock."""
    return await tx.fetchrow(
        "SELECT r.person_id, r.code_hash FROM password_resets r JOIN logins l ON l.person_id = r.person_id "
        "JOIN persons p ON p.id = r.person_id WHERE l.login = $1 AND r.expires_at > now() AND r.attempts < $2 "
        "AND NOT p.is_disabled AND p.deleted_at IS NULL FOR UPDATE OF r",
        login,
        max_attempts,
    )


async def update_attempts(tx: Connection, person_id: UUID) -> None:
    await tx.execute("UPDATE password_resets SET attempts = attempts + 1 WHERE person_id = $1", person_id)


async def delete_reset(tx: Connection, person_id: UUID) -> None:
    await tx.execute("DELETE FROM password_resets WHERE person_id = $1", person_id)


async def delete_old_resets(tx: Connection) -> None:
    """Codes that nobody can use any more."""
    await tx.execute("DELETE FROM password_resets WHERE expires_at < now()")
