"""How a message leaves: by SMTP or an SMS gateway where one is set, else as a file in the outbox folder."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import httpx
import msgspec

from market.db import Database
from market.notify import queries
from market.settings import Settings

SMTP_TIMEOUT_S = 20
SMS_TIMEOUT_S = 10
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it goes out."""

    id: UUID
    channel: str
    recipient: str
    subject: str
    body: str
    created_at: datetime


async def deliver(db: Database, *, settings: Settings, message_ids: Sequence[UUID]) -> None:
    """Send queued messages and note them as sent; a message that went already, or was erased, is left alone.

    When some cannot be sent the others are noted first, then the first fault is raised: who tries again sends only what is left.
    Between sending and noting the process can die: then they go out a second time, with the same Message-ID."""
    async with db.read() as connection:
        letters = [Letter(**dict(row)) for row in await queries.queued(connection, message_ids)]
    gate = asyncio.Semaphore(AT_ONCE)
    outbox_letters = [letter for letter in letters if not _server_for(settings, letter)]
    await asyncio.to_thread(_put_into_outbox, settings.data_dir / "outbox", outbox_letters)
    others = [letter for letter in letters if _server_for(settings, letter)]
    faults = await asyncio.gather(*(_sent(settings, letter, gate) for letter in others))
    done = outbox_letters + [letter for letter, fault in zip(others, faults, strict=True) if fault is None]
    if done:
        async with db.transaction() as tx:
            await queries.update_sent(tx, [letter.id for letter in done])
    for fault in faults:
        if fault is not None:
            raise fault


def _server_for(settings: Settings, letter: Letter) -> str:
    """The address of the server that takes the letter; empty = the outbox folder."""
    return settings.smtp_url if letter.channel == "email" else settings.sms_url


async def _sent(settings: Settings, letter: Letter, gate: asyncio.Semaphore) -> Exception | None:
    async with gate:
        try:
            if letter.channel == "email":
                await asyncio.to_thread(_send_mail, settings, letter)
            else:
                await _send_sms(settings, letter)
        except Exception as fault:  # handed on when the others have had their turn
            return fault
        return None


def as_mail(settings: Settings, letter: Letter) -> EmailMessage:
    """The message with its headers; a line break in any of them is refused with ValueError."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = letter.recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.created_at)
    mail["Message-ID"] = f"<{letter.id}@{urlsplit(settings.base_url).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    return mail


def _send_mail(settings: Settings, letter: Letter) -> None:
    """`smtps://` speaks TLS at once; `smtp://` switches to it where the server offers it, and always before a password is sent."""
    server = urlsplit(settings.smtp_url)
    mail = as_mail(settings, letter)
    host, context = server.hostname or "localhost", ssl.create_default_context()
    if server.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=SMTP_TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(host, server.port or 25, timeout=SMTP_TIMEOUT_S)
    with client:
        client.ehlo()
        if server.scheme != "smtps" and (server.username or client.has_extn("starttls")):
            client.starttls(context=context)
            client.ehlo()
        if server.username:
            client.login(unquote(server.username), unquote(server.password or ""))
        client.send_message(mail)


async def _send_sms(settings: Settings, letter: Letter) -> None:
    """One POST of `{"id", "to", "text"}`; the gateway may use the id to send only once."""
    async with httpx.AsyncClient(timeout=SMS_TIMEOUT_S, follow_redirects=False) as client:
        text = f"{letter.subject}\n{letter.body}".strip()
        answer = await client.post(settings.sms_url, json={"id": str(letter.id), "to": letter.recipient, "text": text})
        answer.raise_for_status()


def _put_into_outbox(folder: Path, letters: Sequence[Letter]) -> None:
    if letters:
        folder.mkdir(parents=True, exist_ok=True)
    for letter in letters:
        path = folder / f"{letter.id}.json"
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(msgspec.json.encode(letter))
        unfinished.replace(path)


def outbox(folder: Path, *, limit: int = 200) -> list[Letter]:
    """What was put into the outbox, newest first."""
    paths = sorted(folder.glob("*.json"), reverse=True)[:limit] if folder.is_dir() else []
    return [msgspec.json.decode(path.read_bytes(), type=Letter) for path in paths]
