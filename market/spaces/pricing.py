"""What a booking of a space costs this renter (pure): its plain rate with off-peak bands, or its price lists, told part by part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from market.spaces.hours import local_day, merged, moment, seconds
from market.spaces.rules import Cell, SpaceForHire, Tariff, price_of, runs_between
from market.spaces.tariffs import EVERYBODY, Charge, Part, Piece, PriceList, Rate, charge

NO_PRICE = "has no price for that time"
# Each part of an interval is less than a minor unit below its exact price, and no booking has more parts than quarters of an hour.
ROUNDED_AWAY = 200
# What routing rules call the rent of each kind.
RENT_OF_KIND = {
    "room": "room_rent",
    "pitch": "room_rent",
    "complex": "room_rent",
    "stall": "stall_rent",
    "kiosk": "stall_rent",
    "shop": "stall_rent",
    "parking": "stall_rent",
    "ad_site": "advertising",
}


def pieces_of(tariff: Tariff, start: int, end: int) -> list[Piece]:
    """What of the interval falls into the hours that open on each day."""
    days: dict[Any, list[tuple[int, int]]] = {}
    for run in runs_between(tariff, (start, end)):
        low, high = max(run.start, start), min(run.end, end)
        if low < high:
            days.setdefault(local_day(run.start, tariff.zone), []).append((low, high))
    return [Piece(day, spans[0][0], spans[-1][1]) for day, own in sorted(days.items()) if (spans := merged(own))]


@lru_cache(maxsize=4096)
def plain_list(tariff: Tariff) -> PriceList:
    """The space's own rate and off-peak bands as a list for everybody: what counts where no list for everybody is in force."""
    bands = tuple(
        Rate("hour", each.rate_minor or 0, (each.weekday,), _clock(each.opens_min), _clock(each.closes_min), "off_peak")
        for each in tariff.off_peak
    )
    return PriceList(EVERYBODY, (Rate("hour", tariff.rate_minor), *bands))


def _clock(minute: int) -> str:
    day = 24 * 60
    minute = minute if minute <= day else minute - day
    return f"{minute // 60:02}:{minute % 60:02}"


def booking_charge(
    tariff: Tariff, lists: Sequence[PriceList], *, audiences: Collection[str], starts_at: datetime, ends_at: datetime
) -> Charge | list[tuple[str, str]]:
    """What an interval of whole granules inside the opening hours costs, or the faults, naming `starts_at` or `ends_at`."""
    plain = price_of(tariff, starts_at, ends_at)
    if isinstance(plain, list):
        return plain
    start, end = seconds(starts_at), seconds(ends_at)
    if not lists:
        return Charge(EVERYBODY, plain[0], plain[1], plain[1], 0, _plain_parts(tariff, start, end))
    found = _by_lists(tariff, lists, audiences, start, end)
    return [("starts_at", NO_PRICE)] if found is None else found


def priced_cells(
    tariff: Tariff, lists: Sequence[PriceList], cells: Sequence[Cell], *, audiences: Collection[str]
) -> list[Cell]:
    """The free cells at this renter's price; where nothing is for sale at that time the cell is not free."""
    if not lists:
        return list(cells)
    book = book_of(tariff, tuple(lists), frozenset(audiences))
    priced = ((cell, price_between(book, cell.start, cell.end)) for cell in cells)
    return [Cell(cell.start, cell.end, *found) for cell, found in priced if found is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """All that decides prices of one space for one sort of renter; equal only to itself, so that prices can be kept per book."""

    tariff: Tariff
    lists: tuple[PriceList, ...]
    audiences: frozenset[str]


@lru_cache(maxsize=4096)
def book_of(tariff: Tariff, lists: tuple[PriceList, ...], audiences: frozenset[str]) -> Book:
    """The prices of a space for these audiences; the same values give the same book."""
    return Book(tariff, lists, audiences)


@lru_cache(maxsize=16_384)
def price_between(book: Book, start: int, end: int) -> tuple[int, int] | None:
    """(payable, list price) of whole granules inside the opening hours, None where they have no price: the hours of a week are asked
    for again and again."""
    if not book.lists:
        plain = price_of(book.tariff, moment(start), moment(end))
        return None if isinstance(plain, list) else (plain[1], plain[0])
    found = _by_lists(book.tariff, book.lists, book.audiences, start, end)
    return None if found is None else (found.payable_minor, found.list_minor)


@lru_cache(maxsize=16_384)
def least_price(book: Book, length: int) -> int:
    """What `length` seconds cost at the very least, whenever they are: saves asking for each time. Hours at the cheapest rate, or one of
    the units that are sold whole; a little less, since each part of an interval rounds for itself."""
    rates = [
        each
        for some in (*book.lists, plain_list(book.tariff))
        if some.audience in book.audiences
        for each in some.rates
    ]
    hourly = min(each.minor for each in rates if each.unit == "hour") * length // 3600 - ROUNDED_AWAY
    return max(0, min([hourly, *(each.minor for each in rates if each.unit != "hour")]))


def _by_lists(
    tariff: Tariff, lists: Sequence[PriceList], audiences: Collection[str], start: int, end: int
) -> Charge | None:
    return charge(
        [*lists, plain_list(tariff)], audiences=audiences, pieces=pieces_of(tariff, start, end), zone=tariff.zone
    )


def _plain_parts(tariff: Tariff, start: int, end: int) -> tuple[Part, ...]:
    """Granules in a row at the same kind of price, added up."""
    found: list[Part] = []
    for run in runs_between(tariff, (start, end)):
        first, last = ((at - run.start) // tariff.granule_s for at in (max(start, run.start), min(end, run.end)))
        for number in range(first, last):
            at = run.start + number * tariff.granule_s
            peak = "off_peak" if run.payable[number] < run.full[number] else ""
            if found and found[-1].peak == peak and found[-1].end == at:
                found[-1] = found[-1]._replace(end=at + tariff.granule_s, minor=found[-1].minor + run.payable[number])
            else:
                found.append(Part(at, at + tariff.granule_s, "hour", run.payable[number], peak))  # type: ignore[arg-type]  # one of Peak
    return tuple(found)


def kept(found: Charge) -> dict[str, Any]:
    """What an order keeps of a charge."""
    return {
        "audience": found.audience,
        "deposit_minor": found.deposit_minor,
        "parts": [
            {
                "starts_at": moment(each.start),
                "ends_at": moment(each.end),
                "unit": each.unit,
                "minor": each.minor,
                "peak": each.peak,
            }
            for each in found.parts
        ],
    }


def reductions_of(space: SpaceForHire) -> tuple[tuple[str, int], ...]:
    """(reason, minor units) of what the hour and what the renter's price list take off, where they do (S1)."""
    market = space.payable_minor if space.market_minor is None else space.market_minor
    found = (
        ("off_peak", space.list_minor - market),
        (f"tariff_{space.audience}", market - space.payable_minor),
    )
    return tuple(each for each in found if each[1])
