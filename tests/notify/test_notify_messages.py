"""Messages are written once in the person's language and leave by the way that is set."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from httpx import AsyncClient

from market.db import Database
from market.jobs import Context, Worker
from market.notify import delivery, service, tasks, templates
from market.settings import Settings
from tests.factories import make_person

RECEIPT = {
    "order_id": "0192",
    "url": "https://market.example/orders/0192",
    "payable": {"amount": 8000, "currency": "CNY"},
    "lines": [{"title": "瑜伽", "title_en": "Yoga", "quantity": 2, "payable": {"amount": 8000, "currency": "CNY"}}],
    "shares": [{"label": "发展基金", "label_en": "Development fund", "amount": {"amount": 240, "currency": "CNY"}}],
}


def _worker(db: Database, settings: Settings) -> Worker:
    worker = Worker(Context(db, settings))
    tasks.register(worker)
    return worker


async def _send(db: Database, person: UUID, key: str = "receipt:1", context: dict[str, object] | None = None) -> None:
    async with db.transaction() as tx:
        await service.send(tx, person_id=person, template="order_paid", context=context or RECEIPT, dedupe_key=key)


async def test_a_message_goes_out_once_however_often_it_is_asked_for(db: Database, settings: Settings) -> None:
    person = await make_person(db, "a@example.test", name="李雷")
    for _ in range(3):
        await _send(db, person)
    assert await _worker(db, settings).drain() == 1
    letters = delivery.outbox(settings.data_dir / "outbox")
    assert [letter.recipient for letter in letters] == ["a@example.test"]
    assert letters[0].subject == "付款成功：¥80.00"
    assert "瑜伽 × 2：¥80.00" in letters[0].body and "发展基金：¥2.40" in letters[0].body
    async with db.read() as connection:
        assert await connection.fetchval("SELECT status FROM messages") == "sent"


async def test_a_message_is_written_in_the_language_of_the_person(db: Database, settings: Settings) -> None:
    person = await make_person(db, "a@example.test", name="Anna", locale="en")
    await _send(db, person)
    await _worker(db, settings).drain()
    letter = delivery.outbox(settings.data_dir / "outbox")[0]
    assert letter.subject == "Payment received: ¥80.00"
    assert "Yoga × 2: ¥80.00" in letter.body and "Development fund: ¥2.40" in letter.body


async def test_nothing_is_sent_when_the_transaction_fails(db: Database, settings: Settings) -> None:
    person = await make_person(db)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await service.send(tx, person_id=person, template="order_paid", context=RECEIPT, dedupe_key="x")
            raise ZeroDivisionError
    assert await _worker(db, settings).drain() == 0


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "{% for x in y %}", "{{ name.__class__.__mro__ }}", "{user.__class__}"])
async def test_I13_what_people_wrote_is_never_a_template(db: Database, settings: Settings, name: str) -> None:
    person = await make_person(db, name=name)
    context = {**RECEIPT, "lines": [{"title": name, "quantity": 1, "payable": RECEIPT["payable"]}]}
    await _send(db, person, context=context)
    await _worker(db, settings).drain()
    body = delivery.outbox(settings.data_dir / "outbox")[0].body
    assert body.count(name) == 2
    assert "49" not in body


@pytest.mark.parametrize("template", sorted(templates.TEXTS))
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_template_exists_in_both_languages_and_takes_an_empty_context(template: str, locale: str) -> None:
    assert set(templates.TEXTS[template]) == {"zh-CN", "en"}
    subject, body = templates.render(template, locale=locale, context={"name": "N"})
    assert subject and "\n" not in subject
    assert "N" in body


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"amount": 8000, "currency": "CNY"}, "¥80.00"),
        ({"amount": -5, "currency": "CNY"}, "-¥0.05"),
        ({"amount": 501, "currency": "JPY"}, "JPY 501"),
        ({"amount": 1234, "currency": "KWD"}, "KWD 1.234"),
        (None, ""),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(value: object, text: str) -> None:
    assert templates.money_text(value) == text


def _letter(subject: str = "主题", recipient: str = "a@example.test") -> delivery.Letter:
    return delivery.Letter(UUID(int=7), "email", recipient, subject, "正文\n", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("bad", ["x\r\nBcc: evil@example.test", "x\nBcc: evil@example.test"])
def test_a_line_break_in_a_mail_header_is_refused(settings: Settings, bad: str) -> None:
    with pytest.raises(ValueError):
        delivery.as_mail(settings, _letter(subject=bad))
    with pytest.raises(ValueError):
        delivery.as_mail(settings, _letter(recipient=bad))


@asynccontextmanager
async def _mail_server() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A mail server that takes one message at a time."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                writer.write(b"354 go\r\n")
                received.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            await writer.drain()
            if word == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], received


async def test_mail_goes_to_the_mail_server_where_one_is_set(db: Database, settings: Settings) -> None:
    person = await make_person(db, "a@example.test")
    await _send(db, person)
    async with _mail_server() as (port, received):
        mailing = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
        await _worker(db, mailing).drain()
    assert len(received) == 1
    assert b"To: a@example.test\r\n" in received[0]
    assert not delivery.outbox(settings.data_dir / "outbox")


async def test_a_password_is_never_sent_without_encryption(db: Database, settings: Settings) -> None:
    person = await make_person(db, "a@example.test")
    await _send(db, person)
    async with _mail_server() as (port, received):
        mailing = settings.model_copy(update={"smtp_url": f"smtp://user:word@127.0.0.1:{port}"})
        with pytest.raises(Exception, match="STARTTLS"):
            await _worker(db, mailing).drain()
    assert received == []


async def test_a_phone_gets_an_sms_through_the_gateway(db: Database, settings: Settings) -> None:
    person = await make_person(db, "138 0013 8000")
    await _send(db, person)
    bodies: list[dict[str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        bodies.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await _worker(db, settings.model_copy(update={"sms_url": f"http://127.0.0.1:{port}/send"})).drain()
    assert bodies[0]["to"] == "+8613800138000"
    assert "¥80.00" in bodies[0]["text"]


async def test_the_outbox_page_shows_texts_and_never_runs_them(
    client: AsyncClient, worker: Worker, db: Database, settings: Settings
) -> None:
    person = await make_person(db, name="<img src=x onerror=alert(1)>")
    await _send(db, person)
    await worker.drain()
    page = await client.get("/dev/outbox")
    assert page.status_code == 200
    assert "&lt;img src=x" in page.text and "<img" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("template", ["slot_offered", "approval_approved", "approval_refused", "approval_expired"])
def test_what_is_asked_next_stands_on_a_line_of_its_own(template: str) -> None:
    facts = {
        "title": "书法室",
        "title_en": "Calligraphy Room",
        "when_zh_CN": "12月2日（周三）14:00–15:00",
        "when_en": "Wed 2 Dec 14:00–15:00",
        "reason": "欢迎",
    }
    for locale, line in (
        ("zh-CN", "书法室，12月2日（周三）14:00–15:00。\n"),
        ("en", "Calligraphy Room, Wed 2 Dec 14:00–15:00.\n"),
    ):
        assert line in templates.render(template, locale=locale, context=facts)[1]


def test_the_dates_of_a_series_are_told_apart_in_the_receipt() -> None:
    line = {**RECEIPT["lines"][0], "when_zh_CN": "12月2日（周三）14:00–15:00", "when_en": "Wed 2 Dec 14:00–15:00"}
    facts = {**RECEIPT, "lines": [line]}
    body = templates.render("order_paid", locale="zh-CN", context=facts)[1]
    assert "瑜伽，12月2日（周三）14:00–15:00 × 2：¥80.00" in body
    body = templates.render("order_paid", locale="en", context=facts)[1]
    assert "Yoga, Wed 2 Dec 14:00–15:00 × 2: ¥80.00" in body
