"""Messages to people: written once in the transaction that causes them, delivered by a job."""

from typing import Any
from uuid import UUID

from market import jobs
from market.db import Connection
from market.notify import queries, templates


async def send(tx: Connection, *, person_id: UUID, template: str, context: dict[str, Any], dedupe_key: str) -> None:
    """Queue one message in the person's language; the same `dedupe_key` again sends nothing, nor does a deleted account."""
    to = await queries.recipient(tx, person_id)
    if to is None:
        return
    subject, body = templates.render(template, locale=to["locale"], context={**context, "name": to["name"]})
    message_id = await queries.insert_message(
        tx,
        person_id=person_id,
        channel="email" if to["kind"] == "email" else "sms",
        recipient=to["login"],
        subject=subject,
        body=body,
        dedupe_key=dedupe_key,
    )
    if message_id is not None:
        await jobs.enqueue(tx, "notify.deliver", {"message_id": message_id})
