"""Messages to people: written once in the transaction that causes them, delivered by a job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from market import jobs
from market.db import Connection, Row
from market.notify import queries, templates

# So many messages leave with one job: few enough that a retry is short, many enough that a busy hour has few jobs.
TOGETHER = 40


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person is told: values for a template, and the key under which it is said once."""

    person_id: UUID
    template: str
    context: dict[str, Any]
    dedupe_key: str


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
    letter = Letter(person_id, template, context, dedupe_key)
    if login is None:
        await send_many(tx, [letter])
        return
    to = await queries.recipient(tx, person_id, login=login)
    if to is not None:
        await _queue(tx, [_message(letter, to)])


async def send_many(tx: Connection, letters: Sequence[Letter]) -> None:
    """Queue messages like `send`, in three statements however many they are."""
    known = await queries.recipients(tx, [letter.person_id for letter in letters])
    await _queue(tx, [_message(letter, known[letter.person_id]) for letter in letters if letter.person_id in known])


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
    subject, body = templates.render(template, locale=locale, context=context)
    await _queue(tx, [queries.NewMessage(on_behalf_of, "phone", phone, subject, body, dedupe_key)])


def _message(letter: Letter, to: Row) -> queries.NewMessage:
    context = {**letter.context, "name": to["name"]}
    subject, body = templates.render(letter.template, locale=to["locale"], context=context)
    return queries.NewMessage(letter.person_id, to["kind"], to["login"], subject, body, letter.dedupe_key)


async def _queue(tx: Connection, messages: Sequence[queries.NewMessage]) -> None:
    made = await queries.insert_messages(tx, messages) if messages else []
    for start in range(0, len(made), TOGETHER):
        await jobs.enqueue(tx, "notify.deliver", {"message_ids": made[start : start + TOGETHER]})
