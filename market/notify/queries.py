"""SQL of messages."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from market.db import Connection, Row


class NewMessage(NamedTuple):
    """A message to write; `kind` is the kind of the login it goes to."""

    person_id: UUID
    kind: str
    recipient: str
    subject: str
    body: str
    dedupe_key: str


async def recipients(tx: Connection, person_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Where to reach each person: an e-mail address before a phone number; deleted accounts are left out."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (p.id) p.id, p.name, p.locale, l.login, l.kind FROM persons p JOIN logins l ON l.person_id = p.id "
        "WHERE p.id = ANY($1) AND p.deleted_at IS NULL ORDER BY p.id, l.kind = 'email' DESC, l.login",
        list(person_ids),
    )
    return {row["id"]: row for row in rows}


async def recipient(tx: Connection, person_id: UUID, *, login: str) -> Row | None:
    """A person as reached by this login of theirs; None for a deleted account."""
    return await tx.fetchrow(
        "SELECT p.id, p.name, p.locale, l.login, l.kind FROM persons p JOIN logins l ON l.person_id = p.id "
        "WHERE p.id = $1 AND p.deleted_at IS NULL AND l.login = $2",
        person_id,
        login,
    )


async def insert_messages(tx: Connection, messages: Sequence[NewMessage]) -> list[UUID]:
    """The ids of the messages whose `dedupe_key` is new."""
    columns = [list(column) for column in zip(*messages, strict=True)]
    rows = await tx.fetch(
        "INSERT INTO messages (person_id, channel, recipient, subject, body, dedupe_key) "
        "SELECT person_id, CASE WHEN kind = 'email' THEN 'email' ELSE 'sms' END, recipient, subject, body, dedupe_key "
        "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) "
        "AS m (person_id, kind, recipient, subject, body, dedupe_key) ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
        *columns,
    )
    return [row["id"] for row in rows]


async def queued(tx: Connection, message_ids: Sequence[UUID]) -> list[Row]:
    """Those of the messages that still have to go out: not sent, not erased."""
    return await tx.fetch(
        "SELECT id, channel, recipient, subject, body, created_at FROM messages WHERE id = ANY($1) AND status = 'queued' ORDER BY id",
        list(message_ids),
    )


async def update_sent(tx: Connection, message_ids: Sequence[UUID]) -> None:
    """Note them as sent; a code for a new password is kept nowhere."""
    await tx.execute(
        "UPDATE messages SET status = 'sent', sent_at = now(), "
        "body = CASE WHEN dedupe_key LIKE 'password-reset:%' THEN '' ELSE body END WHERE id = ANY($1)",
        list(message_ids),
    )
