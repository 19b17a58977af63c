"""What the lines of a cart mean: offers for sale and intervals of spaces, priced; a series becomes one interval for each of its dates.

Service code of the checkout slice, split off by noun. Nothing is taken here, and nothing is looked at that others hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from market.checkout.schemas import Line, RefusedDate
from market.db import Connection, Row
from market.errors import InvalidInput, NotFound
from market.listings import service as listings
from market.listings.rules import OfferForSale
from market.people.rules import Actor
from market.spaces import quoting, series
from market.spaces.rules import SpaceForHire, booking_faults
from market.spaces.tariffs import Renter

# A payment page and a refund name so many lines.
MAX_LINES = 100
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WantedOffer:
    offer: OfferForSale
    quantity: int
    pass_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WantedSpace:
    """`repeat` is set for a date of a series; one that `may_drop` is left out when it cannot be had."""

    space: SpaceForHire
    attendees: int | None
    repeat: str | None = None
    may_drop: bool = False


Wanted = WantedOffer | WantedSpace


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cart means: `wishes` gives for each thing wanted the number of its cart line, `refused` the dates that cannot be had."""

    wanted: list[Wanted]
    wishes: list[int]
    refused: list[RefusedDate]

    def without(self, refused: Sequence[tuple[int, str]]) -> "Asked":
        """The same without these of the wanted things, numbers with the reason."""
        gone = dict(refused)
        dates = []
        for number, reason in refused:
            each = self.wanted[number]
            assert isinstance(each, WantedSpace)
            dates.append(_refused(each.space, reason, wish=self.wishes[number]))
        kept = [number for number in range(len(self.wanted)) if number not in gone]
        return Asked(
            [self.wanted[number] for number in kept], [self.wishes[number] for number in kept], [*self.refused, *dates]
        )


def _refused(space: SpaceForHire, reason: str, *, wish: int) -> RefusedDate:
    return RefusedDate(space.space_id, space.starts_at, space.ends_at, reason, wish)


async def look_up(tx: Connection, lines: Sequence[Line], *, actor: Actor | None) -> Asked:
    """What the lines of a cart mean to this actor. Raises InvalidInput naming each line that means nothing."""
    _check(lines)
    offers = await listings.offers_for_sale(tx, [line.offer_id for line in lines if line.offer_id is not None])
    asked = Asked([], [], [])
    for number, line in enumerate(lines):
        if line.offer_id is not None:
            offer = offers.get(line.offer_id)
            if offer is None or offer.listing_status == "draft":
                raise InvalidInput([(f"lines[{number}].offer_id", "is not for sale")])
            found: list[Wanted] = [WantedOffer(offer, line.quantity, line.pass_id)]
        else:
            found = await _spaces(tx, asked, number, line, actor)
        asked.wanted.extend(found)
        asked.wishes.extend([number] * len(found))
    if len(asked.wanted) > MAX_LINES:
        raise InvalidInput(
            [("lines", f"together are more than {MAX_LINES} dates and things; order some of them apart")]
        )
    return asked


async def _spaces(tx: Connection, asked: Asked, number: int, line: Line, actor: Actor | None) -> list[Wanted]:
    """The interval of a line, or those of its series; dates that cannot be had go to `asked.refused`."""
    assert line.space_id is not None and line.starts_at is not None and line.ends_at is not None
    starts_at, ends_at = line.starts_at.astimezone(UTC), line.ends_at.astimezone(UTC)
    try:
        renter = await quoting.renter_of(tx, actor=actor, partner=line.for_partner)
        if line.repeat is None:
            spaces = [
                await quoting.price(tx, space_id=line.space_id, starts_at=starts_at, ends_at=ends_at, renter=renter)
            ]
        else:
            row = await quoting.for_hire(tx, space_id=line.space_id)
            try:
                dates = series.occurrences(series.parse(line.repeat), starts_at, ends_at, ZoneInfo(row["time_zone"]))
            except series.BadRule as fault:
                raise InvalidInput([("repeat", str(fault))]) from fault
            spaces, refused = _dates(row, dates, renter)
            asked.refused.extend(RefusedDate(line.space_id, *each, number) for each in refused)
    except NotFound as unknown:
        raise InvalidInput([(f"lines[{number}].space_id", "is not for hire")]) from unknown
    except InvalidInput as fault:
        raise InvalidInput([(f"lines[{number}].{field}", message) for field, message in fault.fields]) from fault
    if line.attendees is not None and line.attendees > spaces[0].capacity:
        raise InvalidInput([(f"lines[{number}].attendees", f"must be at most {spaces[0].capacity}")])
    may_drop = line.repeat is not None and line.dates == "free"
    return [WantedSpace(space, line.attendees, line.repeat, may_drop) for space in spaces]


def _dates(
    row: Row, dates: Sequence[series.Occurrence], renter: Renter
) -> tuple[list[SpaceForHire], list[tuple[datetime, datetime, str]]]:
    """The dates that can be priced, and those that cannot with the reason. Raises InvalidInput when it is none: what the first lacks."""
    terms, now = quoting.terms_from(row), row["now"]
    spaces, refused = [], []
    first: InvalidInput | None = None
    for each in dates:
        reason = series.date_problem(terms, each, now=now)
        if reason is None:
            try:
                spaces.append(quoting.priced(row, starts_at=each.starts_at, ends_at=each.ends_at, renter=renter))
                continue
            except InvalidInput as fault:
                first, reason = first or fault, "closed"
        refused.append((each.starts_at, each.ends_at, reason))
    length = booking_faults(terms, dates[0].starts_at, dates[0].ends_at, now=now)
    if any(field == "ends_at" for field, _ in length) or not spaces:
        raise InvalidInput(length or (first.fields if first else [("repeat", "has no date that can be booked")]))
    return spaces, refused


def _check(lines: Sequence[Line]) -> None:
    faults = []
    for number, line in enumerate(lines):
        if (line.offer_id is None) == (line.space_id is None):
            faults.append((f"lines[{number}]", "must name either an offer or a space"))
        elif line.space_id is not None:
            for field, at in (("starts_at", line.starts_at), ("ends_at", line.ends_at)):
                if at is None or at.tzinfo is None:
                    faults.append((f"lines[{number}].{field}", "must be a time with an offset"))
                elif not EARLIEST < at < LATEST:
                    faults.append((f"lines[{number}].{field}", "is too far away"))
            if line.quantity != 1:
                faults.append((f"lines[{number}].quantity", "a space is booked once"))
        if line.space_id is None:
            faults.extend(
                (f"lines[{number}].{field}", "is for spaces only")
                for field in ("for_partner", "repeat")
                if getattr(line, field) is not None
            )
        elif line.pass_id is not None:
            faults.append((f"lines[{number}].pass_id", "is for offers only"))
    if faults:
        raise InvalidInput(faults)
