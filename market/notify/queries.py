"""SQL of messages."""

from uuid import UUID

from market.db import Connection, Row


async def recipient(tx: Connection, person_id: UUID, *, login: str | None = None) -> Row | None:
    """Where to reach a person: this login, or an e-mail address before a phone number; None for a deleted account."""
    return await tx.fetchrow(
        "SELECT p.name, p.locale, l.login, l.kind FROM persons p JOIN logins l ON l.person_id = p.id "
        "WHERE p.id = $1 AND p.deleted_at IS NULL AND ($2::text IS NULL OR l.login = $2) ORDER BY l.kind = 'email' DESC, l.login LIMIT 1",
        person_id,
        login,
    )


async def insert_message(
    tx: Connection, *, person_id: UUID, channel: str, recipient: str, subject: str, body: str, dedupe_key: str
) -> UUID | None:
    """The message's id, None when `dedupe_key` was used before."""
    found: UUID | None = await tx.fetchval(
        "INSERT INTO messages (person_id, channel, recipient, subject, body, dedupe_key) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
        person_id,
        channel,
        recipient,
        subject,
        body,
        dedupe_key,
    )
    return found


async def queued(tx: Connection, message_id: UUID) -> Row | None:
    """A message that still has to go out, None when it went or was erased."""
    return await tx.fetchrow(
        "SELECT id, channel, recipient, subject, body, created_at FROM messages WHERE id = $1 AND status = 'queued'",
        message_id,
    )


async def update_sent(tx: Connection, message_id: UUID) -> None:
    await tx.execute(
        "UPDATE messages SET status = 'sent', sent_at = now(), "
        "body = CASE WHEN dedupe_key LIKE 'password-reset:%' THEN '' ELSE body END WHERE id = $1",
        message_id,
    )
