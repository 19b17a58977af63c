"""Messages to people: written once in the transaction that causes them, delivered by a job."""

from typing import Any
from uuid import UUID

from market import jobs
from market.db import Connection
from market.notify import queries, templates


async def send(
    tx: Connection,
    *,
    person_id: UUID,
    template: str,
    context: dict[str, Any],
    dedupe_key: str,
    login: str | None = None,
) -> None:
    """Queue one message in the person's language; the same `dedupe_key` again sends nothing, nor does a deleted account.

    It goes to `login` where one is named, else to an e-mail address before a phone number."""
    to = await queries.recipient(tx, person_id, login=login)
    if to is None:
        return
    await _queue(
        tx,
        person_id=person_id,
        channel="email" if to["kind"] == "email" else "sms",
        recipient=to["login"],
        texts=templates.render(template, locale=to["locale"], context={**context, "name": to["name"]}),
        dedupe_key=dedupe_key,
    )


async def send_to_phone(
    tx: Connection,
    *,
    on_behalf_of: UUID,
    phone: str,
    locale: str,
    template: str,
    context: dict[str, Any],
    dedupe_key: str,
) -> None:
    """Queue one text message to a number that somebody gave us for a person without an account; it belongs to who gave it, and is
    erased with their account."""
    await _queue(
        tx,
        person_id=on_behalf_of,
        channel="sms",
        recipient=phone,
        texts=templates.render(template, locale=locale, context=context),
        dedupe_key=dedupe_key,
    )


async def _queue(
    tx: Connection, *, person_id: UUID, channel: str, recipient: str, texts: tuple[str, str], dedupe_key: str
) -> None:
    message_id = await queries.insert_message(
        tx,
        person_id=person_id,
        channel=channel,
        recipient=recipient,
        subject=texts[0],
        body=texts[1],
        dedupe_key=dedupe_key,
    )
    if message_id is not None:
        await jobs.enqueue(tx, "notify.deliver", {"message_id": message_id})
