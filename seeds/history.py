"""Three months of neighbours buying, booking, coming and rating, played in order on the movable clock."""

import bisect
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.progress import Progress

from market.checkout import refunds, settlement, vouchers
from market.checkout import service as checkout
from market.checkout.schemas import DeskPayment, Line, NewOrder, NewRefund, Order
from market.errors import MarketError
from market.funds import sealing
from market.ledger import service as ledger
from market.listings import reviews
from market.people.rules import Actor
from seeds import doors, money
from seeds.clock import Clock
from seeds.rooms import drawn
from seeds.timetable import ZONE

if TYPE_CHECKING:
    from seeds.loader import Town

# Wishes a day by age in weeks: it began small, and word got round. Every third is for a room.
GROWTH = ((9, 3), (6, 6), (0, 14))
FREE_TO_CANCEL = timedelta(hours=30)
_keys = itertools.count(1)
WORDS = (
    (5, "老师很耐心，动作讲得细。"),
    (5, "干净、准时，价钱公道。"),
    (4, "挺好的，就是人有点多。"),
    (5, "离家近，走路五分钟。"),
    (4, "味道清淡，适合老人。"),
    (5, "Friendly and close to home."),
    (3, "等了一会儿，服务还可以。"),
    (5, "下次还来。"),
)


@dataclass(order=True)
class Visit:
    """A voucher that will be used at `at`."""

    at: datetime
    code: str
    buyer: UUID
    seller: str
    space: UUID | None
    ends_at: datetime


@dataclass
class Choice:
    """What a community offers: at any time, and by its start."""

    always: list[Any] = field(default_factory=list)
    dated: list[Any] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)

    def add(self, row: Any) -> None:
        """The next by its start."""
        if row["starts_at"] is None:
            self.always.append(row)
        else:
            self.dated.append(row)
            self.starts.append(row["starts_at"])

    def at(self, moment: datetime) -> list[Any]:
        """What somebody who looks at `moment` would take: it begins within four days, but not within the hour."""
        first = bisect.bisect_right(self.starts, moment + timedelta(hours=1))
        return self.always + self.dated[first : bisect.bisect_left(self.starts, moment + timedelta(days=4))]


Happening = Callable[["Town", Clock], Awaitable[None]]


async def play(town: "Town", clock: Clock, progress: Progress, *, weeks: int, happens: Mapping[int, Happening]) -> None:
    """Every day some purchases and bookings, each paid at the desk, most of them used when their time comes; so many days ago
    something `happens` besides."""
    dice = random.Random(20260801)  # noqa: S311 - the same town every time
    days = weeks * 7
    task = progress.add_task("three months", total=days)
    sellable = await _sellable(clock)
    await money.open_accounts(town, clock)
    rooms = await _rooms(clock, [town.spaces[space["key"]] for space in drawn()])
    entrances = await doors.keys(clock)
    visits: list[Visit] = []
    for offset in range(days, 0, -1):
        day = (town.now - timedelta(days=offset)).astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        await clock.set(day)
        await ledger.seal(clock.db)
        await sealing.publish(clock.db)
        if offset in happens:
            await happens[offset](town, clock)
        if day.weekday() == 0:
            visits = await _use(town, clock, visits, entrances, until=day)
            await money.monday(town, clock, day + timedelta(hours=9), last=offset <= 7)
        wishes = next(count for age, count in GROWTH if offset > age * 7)
        moments = sorted(day + timedelta(minutes=dice.randrange(7 * 60, 21 * 60)) for _ in range(wishes))
        for number, moment in enumerate(moments):
            visits = await _use(town, clock, visits, entrances, until=moment)
            await clock.set(moment)
            community = dice.choice(sorted(town.neighbours))
            buyer = dice.choice(town.neighbours[community])
            books = (number if wishes > 3 else number + offset) % 3 == 2
            wish = (
                _room_wish(dice, rooms[community], moment)
                if books
                else _service_wish(dice, sellable[community], moment)
            )
            if wish is not None:
                visits += await _buy(town, clock, buyer, *wish)
        progress.advance(task)
    await _use(town, clock, visits, entrances, until=town.now)
    await money.give_back(town, clock)
    await money.card_payment_disputed(town, clock)
    await _rate(town, clock, dice)


async def _sellable(clock: Clock) -> dict[str, Choice]:
    async with clock.db.read() as connection:
        rows = await connection.fetch(
            "SELECT o.id, o.starts_at, o.ends_at, l.id AS listing_id, c.slug AS community, p.slug AS partner FROM offers o "
            "JOIN listings l ON l.id = o.listing_id JOIN communities c ON c.id = l.community_id JOIN partners p ON p.id = l.partner_id "
            "WHERE l.eligibility_group IS NULL ORDER BY o.starts_at NULLS FIRST, o.id"
        )
    found: dict[str, Choice] = {}
    for row in rows:
        found.setdefault(row["community"], Choice()).add(row)
    return found


async def _rooms(clock: Clock, known: list[UUID]) -> dict[str, list[Any]]:
    """What neighbours book by community: the spaces with a picture, so that forty like stalls do not empty the rooms."""
    async with clock.db.read() as connection:
        rows = await connection.fetch(
            "SELECT s.id, s.kind, c.slug AS community FROM spaces s JOIN communities c ON c.id = s.community_id "
            "WHERE s.kind IN ('room', 'stall', 'pitch', 'kiosk') AND s.id = ANY($1) ORDER BY s.space_no",
            known,
        )
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["community"], []).append(row)
    return found


def _service_wish(dice: random.Random, offers: Choice, moment: datetime) -> tuple[Line, Any] | None:
    soon = offers.at(moment)
    if not soon:
        return None
    row = dice.choice(soon)
    return Line(offer_id=row["id"], quantity=dice.choice((1, 1, 1, 2)) if row["starts_at"] else 1), row


def _room_wish(dice: random.Random, rooms: list[Any], moment: datetime) -> tuple[Line, Any] | None:
    room = dice.choice(rooms)
    evening = room["kind"] in {"stall", "pitch"}
    day = (moment + timedelta(days=dice.randrange(1, 4))).astimezone(ZONE)
    starts_at = day.replace(hour=dice.randrange(17, 20) if evening else dice.randrange(9, 18), minute=0)
    return Line(
        space_id=room["id"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=dice.choice((1, 2, 2, 3))),
        attendees=1,
    ), room


async def _buy(town: "Town", clock: Clock, buyer: Actor, line: Line, row: Any) -> list[Visit]:
    """Order and pay at the desk; some who booked a room call it off. A wish that is refused (taken, closed, sold out) is a neighbour who
    goes home."""
    number = next(_keys)
    key = f"seed-{number}"
    try:
        order = await checkout.place_order(
            clock.db, gateway=town.parts.gateway, settings=town.parts.settings, actor=buyer, key=key,
            wish=NewOrder(lines=[line], pay_by="desk"),
        )  # fmt: skip
    except MarketError:
        return []
    if order.status == "awaiting_payment":
        order = await settlement.record_desk_payment(
            clock.db,
            actor=town.actors["clerk@demo.test"],
            order_id=order.id,
            key=key,
            payment=DeskPayment(amount=order.payable.amount),
        )
        if line.starts_at is not None and number % 12 == 0 and line.starts_at - order.created_at > FREE_TO_CANCEL:
            await refunds.refund(clock.db, actor=buyer, order_id=order.id, key=f"{key}-back", wish=NewRefund())
            return []
    return _visits(order, buyer, line, row, order.created_at)


def _visits(order: Order, buyer: Actor, line: Line, row: Any, bought_at: datetime) -> list[Visit]:
    is_offer = line.offer_id is not None
    at = (row["starts_at"] if is_offer else line.starts_at) or bought_at + timedelta(days=4)
    seller = row["partner"] if is_offer else ""
    return [
        Visit(at, voucher.code, buyer.person_id, seller, line.space_id, line.ends_at or at)
        for voucher in order.vouchers
    ]


async def _use(
    town: "Town", clock: Clock, visits: list[Visit], entrances: Mapping[UUID, str], *, until: datetime
) -> list[Visit]:
    """Redeem what is due: partners and the clerk by its code, every third booking of a room by the QR code at its door; some who booked
    stay away. Returns what lies ahead."""
    due = sorted(visit for visit in visits if visit.at < until)
    for number, visit in enumerate(due):
        if not visit.seller and (visit.at.day + visit.at.hour) % 9 == 8:
            continue
        if visit.space is not None and (visit.at.day + visit.at.hour) % 3 == 0:
            entrance = doors.Entrance(visit.space, entrances[visit.space], visit.code)
            leaves = visit.ends_at - timedelta(minutes=10) if number % 2 else None
            await doors.come(clock, Actor(visit.buyer), entrance, at=visit.at, leaves=leaves)
            continue
        await clock.set(visit.at)
        who = town.owners[visit.seller] if visit.seller else town.actors["clerk@demo.test"]
        await vouchers.redeem(clock.db, actor=who, code=visit.code)
    return [visit for visit in visits if visit.at >= until]


async def _rate(town: "Town", clock: Clock, dice: random.Random) -> None:
    """Some buyers say how it was."""
    async with clock.db.read() as connection:
        bought = await connection.fetch(
            "SELECT DISTINCT ON (l.listing_id) l.listing_id, o.person_id, o.paid_at FROM order_lines l JOIN orders o ON o.id = l.order_id "
            "WHERE l.listing_id IS NOT NULL AND o.status = 'completed' ORDER BY l.listing_id, o.id"
        )
    for row in bought:
        stars, text = dice.choice(WORDS)
        await clock.set(row["paid_at"] + timedelta(days=2))
        await reviews.write_review(
            clock.db, actor=Actor(row["person_id"]), listing_id=row["listing_id"], stars=stars, text=text
        )
