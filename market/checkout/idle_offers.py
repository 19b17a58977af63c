"""Idle hours and what fills them: an off-peak price for everybody, or free use for the residents of the community.

Service code of the checkout slice, split off by noun; spaces/idle.py says what is idle. An offer is a price list like any other: it
starts today, can be ended like any other, and nothing that was sold changes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

import msgspec

from market.checkout import usage
from market.checkout.usage_schemas import NewIdleOffer
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.people import service as people
from market.people.rules import Actor
from market.search import service as search
from market.spaces import occupancy_queries as taken
from market.spaces import price_lists, queries, quoting
from market.spaces import tariff_queries as lists
from market.spaces.idle import IdleBand, Offer, banded_hours, idle_bands, offered_rate, with_offer
from market.spaces.pricing import plain_list
from market.spaces.tariff_schemas import NewTariff, TariffRate
from market.spaces.tariffs import EVERYBODY, PriceList

LOOK_BACK_WEEKS = 8
MOST_SHOWN = 20
AUDIENCE: Mapping[Offer, str] = {"off_peak": EVERYBODY, "free": "resident"}
OFFERS: tuple[Offer, ...] = ("off_peak", "free")


class AlreadyOffered(Conflict):
    """These hours have a price of their own."""

    slug = "already-offered"
    title = "These hours have a price of their own"

    def __init__(self) -> None:
        super().__init__("A part of these hours has a price of its own already: look at the space's prices.")

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [("opens", "has a price of its own already")]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An idle band of a space with the rates that can be offered for it."""

    space: Row
    band: IdleBand
    rates: dict[Offer, int]


async def proposals(db: Database, *, actor: Actor, community: str) -> tuple[list[Proposal], usage.Asked]:
    """The longest idle bands of the last eight weeks in a community and below it; its staff only. Raises NotFound."""
    async with db.read() as tx:
        asked = await usage.asked(tx, actor=actor, community=community, low=None, high=None)
        asked = usage.looking_back(asked, timedelta(weeks=LOOK_BACK_WEEKS))
        found: list[Proposal] = []
        for space_id, counts in (await usage.hours_of_spaces(tx, asked)).items():
            row = await queries.space_for_hire(tx, space_id=space_id)
            if row is not None and row["status"] == "open":
                found += _proposed(row, counts, today=await lists.today(tx, space_id=space_id))
    return sorted(found, key=lambda each: (-each.band.idle_s, each.space["name"]))[:MOST_SHOWN], asked


def _proposed(row: Row, counts: Mapping[tuple[int, int], tuple[int, int]], *, today: date) -> list[Proposal]:
    prices = {offer: _base(row, AUDIENCE[offer], today=today) for offer in OFFERS}
    offered = frozenset().union(*(banded_hours(each) for each in prices.values() if each is not None))
    found = []
    for band in idle_bands(counts, offered):
        rates = {
            offer: minor
            for offer, base in prices.items()
            if base is not None and (minor := offered_rate(base, band.weekdays, offer)) is not None
        }
        if rates:
            found.append(Proposal(row, band, rates))
    return found


def _base(row: Row, audience: str, *, today: date) -> PriceList | None:
    """What the audience pays from today on: its own list, everybody's, or the space's own rate; None when another list is to follow."""
    for each in (audience, EVERYBODY):
        own = [prices for prices in quoting.lists_from(row) if prices.audience == each]
        if any(
            prices.valid_from > today or (prices.valid_until is not None and prices.valid_until >= today)
            for prices in own
        ):
            return None
        if open_list := next((prices for prices in own if prices.valid_until is None), None):
            return open_list
    return plain_list(quoting.tariff_from(row))


async def publish(db: Database, *, actor: Actor, space_id: UUID, new: NewIdleOffer) -> None:
    """Offer the hours from today on, by staff of the space's community. Raises InvalidInput by field, AlreadyOffered, NotFound."""
    async with db.transaction() as tx:
        await taken.lock_family(tx, space_id=space_id)
        row = await queries.space_for_hire(tx, space_id=space_id)
        if row is None or not actor.is_staff_of(row["community_id"]):
            raise NotFound("This space")
        today, audience = await lists.today(tx, space_id=space_id), AUDIENCE[new.offer]
        base = _base(row, audience, today=today)
        minor = None if base is None else offered_rate(base, new.weekdays, new.offer)
        if base is None or minor is None:
            raise InvalidInput([("offer", "does not fit the prices of this space: change them on its page of prices")])
        offer = with_offer(base, weekdays=new.weekdays, opens=new.opens, closes=new.closes, minor=minor)
        if banded_hours(base) & banded_hours(PriceList(audience, offer.rates[-1:])):
            raise AlreadyOffered
        await _replace_todays(tx, space_id=space_id, audience=audience, today=today)
        tariff_id = await price_lists.add_price_list(
            tx, space_id=space_id, new=_new(offer, audience, today), by=actor.person_id
        )
        await search.note_change(tx, kind="space", id=space_id)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="space.idle_offer",
            subject=f"space:{space_id}",
            detail={"tariff_id": str(tariff_id), **msgspec.to_builtins(new)},
        )


def _new(prices: PriceList, audience: str, today: date) -> NewTariff:
    rates: Sequence[TariffRate] = [
        TariffRate(**{**asdict(rate), "weekdays": list(rate.weekdays)}) for rate in prices.rates
    ]
    return NewTariff(
        audience=audience,  # type: ignore[arg-type]  # the audience of a stored list
        rates=list(rates),
        valid_from=today,
        minimum_minor=prices.minimum_minor,
        deposit_minor=prices.deposit_minor,
    )


async def _replace_todays(tx: Connection, *, space_id: UUID, audience: str, today: date) -> None:
    """A list that begins today gives way to the one that is made from it."""
    for row in await lists.tariffs(tx, space_id=space_id):
        if row["audience"] == audience and row["valid_from"] == today and row["valid_until"] is None:
            await lists.delete_tariff(tx, row["id"])
