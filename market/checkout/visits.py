"""What somebody bought and is going to use: the codes at hand, the calendar file, the reminder, and what giving it back would pay.

Service code of the checkout slice, split off by noun."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from icalendar import Alarm, Calendar, Event

from market.checkout import encoding, queries, reading, refunds, visit_queries, voucher_queries
from market.checkout.visit_rules import reminder_is_due
from market.checkout.visit_schemas import RefundPreview, RefundPreviewLine, Visit
from market.db import Connection, Database, Row
from market.errors import NotFound
from market.notify import service as notify
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.settings import Settings
from market.text import when

MOST_VISITS = 100
BATCH = 200


async def my_visits(db: Database, *, actor: Actor) -> Page[Visit]:
    """The actor's codes that can still be used, soonest first, then those used lately."""
    async with db.read() as tx:
        rows = await visit_queries.visits_of(tx, actor.person_id, limit=MOST_VISITS)
    return Page([_visit(row) for row in rows])


def _visit(row: Row) -> Visit:
    own = {field: row[field] for field in Visit.__struct_fields__ if field != "place"}
    return Visit(**own, place=encoding.place(row))


async def preview_refund(db: Database, *, actor: Actor, order_id: UUID, line_ids: Sequence[UUID]) -> RefundPreview:
    """What `refunds.refund` would pay back for the same lines at this moment, by the same rule and sum; nothing changes.

    Raises NotFound, NotRefundable, InvalidInput as the refund would."""
    async with db.read() as tx:
        order = await queries.order(tx, order_id)
        lines = await queries.lines_of(tx, [order_id])
        if order is None or not reading.may_see(actor, order, lines):
            raise NotFound("This order")
        chosen = await refunds.choose(tx, actor=actor, order=order, lines=lines, line_ids=line_ids)
    parts, amount = refunds.amount_back(actor, order, chosen)
    currency = order["currency"]
    return RefundPreview(
        lines=[RefundPreviewLine(line["id"], Amount(back, currency)) for line, _, back in parts],
        amount=Amount(amount, currency),
        goes_to=order["pay_by"],
    )


async def calendar(db: Database, *, actor: Actor, order_id: UUID) -> bytes:
    """The dated lines of the actor's own paid order as iCalendar, with where to go and an alarm two hours before.

    Raises NotFound, also where there is nothing to put into a calendar."""
    async with db.read() as tx:
        order = await reading.require_own(tx, actor=actor, order_id=order_id)
        lines = await queries.lines_of(tx, [order_id])
        places = {row["line_id"]: row for row in await visit_queries.places_of(tx, order_id)}
        codes = {row["line_id"]: row["code"] for row in await voucher_queries.vouchers_of(tx, [order_id])}
    dated = [line for line in lines if line["starts_at"] is not None and line["refunded_at"] is None]
    if order["paid_at"] is None or not dated:
        raise NotFound("This calendar file")
    feed = Calendar()
    feed.add("prodid", "-//Linli Market//Orders//EN")
    feed.add("version", "2.0")
    for line in dated:
        feed.add_component(
            _event(line, places[line["id"]], code=codes.get(line["id"], ""), now=order["now"], locale=actor.locale)
        )
    return bytes(feed.to_ical())


def _event(line: Row, place: Row, *, code: str, now: datetime, locale: str) -> Event:
    event, alarm = Event(), Alarm()
    title = (locale == "en" and line["title_en"]) or line["title"]
    event.add("uid", f"{line['id']}@linli-market")
    event.add("dtstamp", now)
    event.add("dtstart", line["starts_at"])
    event.add("dtend", line["ends_at"])
    event.add("summary", title)
    event.add("location", where(place, locale=locale))
    event.add("description", f"{'Code' if locale == 'en' else '券码'} {code}\n{place['phone']}".strip())
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm["TRIGGER"] = "-PT2H"
    event.add_component(alarm)
    return event


def where(place: Row, *, locale: str) -> str:
    """Street, room and floor in one line."""
    room = (locale == "en" and place["room_en"]) or place["room"]
    parts = [place["address"], room if room not in place["address"] else "", place["floor"]]
    return " ".join(part for part in parts if part)


async def remind(db: Database, *, settings: Settings) -> int:
    """Remind people of what starts tomorrow, each line once; returns how many lines were told of."""
    async with db.transaction() as tx:
        rows = [row for row in await visit_queries.lines_to_remind(tx, limit=BATCH) if _is_due(row)]
        for row in rows:
            await _send_reminder(tx, row, settings=settings)
        await visit_queries.update_lines_reminded(tx, [row["id"] for row in rows])
    return len(rows)


def _is_due(row: Row) -> bool:
    return reminder_is_due(starts_at=row["starts_at"], paid_at=row["paid_at"], now=row["now"], zone=row["time_zone"])


async def _send_reminder(tx: Connection, row: Row, *, settings: Settings) -> None:
    """To the buyer; to who comes instead, in their account or, where they have none, on their phone."""
    context = {**told(row), "url": f"{settings.base_url}/orders/{row['order_id']}" if settings.base_url else ""}
    key = f"reminder:{row['id']}"
    await notify.send(tx, person_id=row["person_id"], template="visit_reminder", dedupe_key=key, context=context)
    own = {**context, "url": f"{settings.base_url}/vouchers" if settings.base_url else ""}
    if row["guest_wants"]:
        await notify.send(
            tx, person_id=row["guest_id"], template="visit_reminder", dedupe_key=f"{key}:guest", context=own
        )
    elif row["guest_id"] is None and row["guest_phone"]:
        await notify.send_to_phone(
            tx,
            on_behalf_of=row["person_id"],
            phone=row["guest_phone"],
            locale=row["locale"],
            template="guest_reminder",
            context={**context, "name": row["guest_name"]},
            dedupe_key=f"{key}:guest",
        )


def told(row: Row) -> dict[str, str | None]:
    """What messages say of a line: its title, when and where in both languages, whom to call."""
    starts_at, ends_at, zone = row["starts_at"], row["ends_at"], row["time_zone"]
    return {
        "title": row["title"],
        "title_en": row["title_en"],
        "phone": row["phone"],
        "when_zh_CN": when(starts_at, ends_at, zone, locale="zh-CN") if starts_at else "",
        "when_en": when(starts_at, ends_at, zone, locale="en") if starts_at else "",
        "where_zh_CN": where(row, locale="zh-CN"),
        "where_en": where(row, locale="en"),
    }


async def tell_guests(db: Database, *, order_ids: Sequence[UUID]) -> None:
    """Give who comes instead of the buyer the codes of paid orders: in their account, or as a text message; each code once."""
    async with db.transaction() as tx:
        rows = await visit_queries.guest_codes(tx, order_ids)
        for row in rows:
            key = f"guest:{row['code']}"
            context = {**told(row), "code": row["code"], "buyer": row["buyer"], "name": row["guest_name"]}
            if row["guest_id"] is not None:
                await notify.send(tx, person_id=row["guest_id"], template="guest_code", dedupe_key=key, context=context)
            elif row["guest_phone"]:
                await notify.send_to_phone(
                    tx,
                    on_behalf_of=row["person_id"],
                    phone=row["guest_phone"],
                    locale=row["locale"],
                    template="guest_code",
                    context=context,
                    dedupe_key=key,
                )
