"""Loads the demo town through the services: what it shows was done the way people do it, so that loading is also a smoke test."""

import asyncio
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from market.app import Parts
from market.checkout import usage
from market.communities import service as communities
from market.db import Database
from market.funds import donations, drafts, sealing
from market.funds import service as funds
from market.funds.schemas import NewDonation, NewRoutingRule, RuleDecision
from market.ledger import service as ledger
from market.listings import service as listings
from market.listings.schemas import NewListing
from market.partners import service as partners
from market.people import service as people
from market.people.rules import Actor, StaffRole
from market.search import service as search
from market.spaces import register
from market.spaces.schemas import Hours, NewSpace, OffPeak
from seeds import (
    bookings,
    doors,
    giving,
    history,
    household,
    money,
    pictures,
    rooms,
    stewardship,
    subsidy,
    tenders,
    timetable,
    wishes,
)
from seeds.clock import Clock, movable_clock

HERE = Path(__file__).parent
PASSWORD = "demo-town-2026"  # noqa: S105 - printed when the demo starts
PAST_WEEKS = 13
AHEAD_WEEKS = 4
FOUNDED_WEEKS_AGO = 20


@dataclass
class Town:
    """What has been made so far, by the names of the data files."""

    parts: Parts
    now: datetime
    communities: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    neighbours: dict[str, list[Actor]] = field(default_factory=dict)
    partners: dict[str, UUID] = field(default_factory=dict)
    owners: dict[str, Actor] = field(default_factory=dict)
    spaces: dict[str, UUID] = field(default_factory=dict)
    listings: dict[str, UUID] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)

    def weeks_ago(self, weeks: float) -> datetime:
        return self.now - timedelta(weeks=weeks)


@cache
def read(name: str) -> dict[str, Any]:
    """One data file."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def minor(yuan: str | int) -> int:
    """Fen from yuan as written in the files, exactly."""
    return int(Decimal(str(yuan)) * 100)


LOADED = "demo_town.loaded"


class HalfLoaded(RuntimeError):
    """An earlier load was cut off."""


async def is_loaded(db: Database) -> bool:
    """Whether the whole town is there; raises HalfLoaded when only a part is."""
    async with db.read() as connection:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM audit_log WHERE action = $1)", LOADED):
            return True
        if await connection.fetchval("SELECT EXISTS (SELECT FROM communities)"):
            raise HalfLoaded("an earlier start was cut off while it loaded the town: start again with --fresh")
        return False


async def load(parts: Parts) -> None:
    """Load everything; the database must be empty."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, transient=True) as progress:
        async with movable_clock(parts.db.dsn) as clock:
            async with clock.db.read() as connection:
                town = Town(parts, now=await connection.fetchval("SELECT pg_catalog.now()"))
            await found(town, clock)
            # pictures are drawn on one core while the past is played on another
            async with asyncio.TaskGroup() as both:
                both.create_task(_pictures(town, progress))
                await _past(town, clock, progress)
            await clock.set(None)
            await rooms.rules(town, clock.db)
            await bookings.wait(town, clock.db)
            await doors.calendar_from_elsewhere(town, clock.db)
            await rooms.enter_assets(town, clock.db)
            await rooms.enter_resources(town, clock.db)
        await _finish(town)


async def _past(town: Town, clock: Clock, progress: Progress) -> None:
    """From the first offer to the last close, in order."""
    await timetable.publish(town, clock, progress, past_weeks=PAST_WEEKS, ahead_weeks=AHEAD_WEEKS)
    await subsidy.define_card(town, clock)
    happens = {subsidy.DAYS_AGO: subsidy.open_pool}
    await history.play(town, clock, progress, weeks=PAST_WEEKS, happens=happens)
    await wishes.post(town, clock)
    await household.play(town, clock)
    await stewardship.play(town, clock)
    await stewardship.campaign(town, clock)
    await giving.play(town, clock)
    await stewardship.ask(town, clock)
    await stewardship.plan(town, clock)
    await subsidy.give_out(town, clock)
    await subsidy.sell_cards(town, clock)
    await money.desk_that_does_not_fit(town, clock)
    await stewardship.close_books(town, clock)


async def found(town: Town, clock: Clock) -> None:
    """The town without its history: places, people, partners, spaces, listings, rules; the clock stays in the past."""
    await clock.set(town.weeks_ago(FOUNDED_WEEKS_AGO))
    await _places_and_people(town, clock.db)
    await _partners(town, clock.db)
    await _spaces(town, clock.db)
    await _listings(town, clock.db)
    await _rules_and_donations(town, clock)
    await rooms.let(town, clock)
    await tenders.hold(town, clock)


async def _places_and_people(town: Town, db: Database) -> None:
    data = read("town")
    enterprises = {}
    async with db.transaction() as tx:
        for place in data["place"]:
            facts = {key: value for key, value in place.items() if key != "enterprise"}
            town.communities[place["slug"]] = await communities.create_community(tx, **facts)
            if place["kind"] == "community":
                await funds.create_funds(tx, await communities.community_by_slug(tx, place["slug"]))
                enterprise = place["enterprise"]
                enterprises[place["slug"]] = enterprise["slug"]
                await communities.create_enterprise(
                    tx,
                    community=place["slug"],
                    **{**enterprise, "founded_on": date.fromisoformat(enterprise["founded_on"])},
                )
    for person in data["person"]:
        town.actors[person["login"]] = await _person(
            town,
            db,
            login=person["login"],
            name=person["name"],
            password=PASSWORD,
            resident_of=person.get("resident_of"),
            group=person.get("group"),
            roles=[(role, place) for role, place in person.get("roles", [])],
        )
    for place, names in data["neighbours"].items():
        town.neighbours[place] = [
            await _person(
                town, db, login=f"{place}{number}@neighbours.test", name=name, password=PASSWORD, resident_of=place
            )
            for number, name in enumerate(names, 1)
        ]


async def _person(
    town: Town,
    db: Database,
    *,
    login: str,
    name: str,
    password: str,
    resident_of: str | None = None,
    group: str | None = None,
    roles: list[tuple[str, str]] | None = None,
) -> Actor:
    person_id = await people.create_account(db, login=login, password=password, name=name)
    home = town.communities[resident_of] if resident_of else None
    async with db.transaction() as tx:
        if home is not None:
            await people.verify_residency(tx, person_id=person_id, community_id=home)
        if group is not None and home is not None:
            await people.add_to_group(tx, person_id=person_id, group=group, community_id=home)
        for role, place in roles or []:
            await people.grant_role(tx, person_id=person_id, role=role, community_id=town.communities.get(place))
    below = frozenset(town.communities.values())
    return Actor(
        person_id,
        name=name,
        resident_of=frozenset({home}) if home else frozenset(),
        groups=frozenset({group}) if group else frozenset(),
        roles=tuple(
            StaffRole(
                role,
                town.communities.get(place),
                below if role in {"street", "operator"} else frozenset({town.communities[place]}),
            )
            for role, place in roles or []
        ),
    )


async def _partners(town: Town, db: Database) -> None:
    places = {place["slug"]: place for place in read("town")["place"]}
    for number, partner in enumerate(read("partners")["partner"]):
        place = places[partner["community"]]
        login = partner.get("owner") or f"{partner['slug']}@partners.test"
        owner = town.actors.get(login) or await _person(
            town, db, login=login, name=partner["name"][:8], password=PASSWORD
        )
        facts = {key: value for key, value in partner.items() if key != "owner"}
        async with db.transaction() as tx:
            partner_id = await partners.create_partner(
                tx,
                **facts,
                owner_login=login,
                address=place["address"],
                latitude=place["latitude"] + (number % 5 - 2) * 0.0012,
                longitude=place["longitude"] + (number % 7 - 3) * 0.0011,
            )
        town.partners[partner["slug"]] = partner_id
        town.owners[partner["slug"]] = Actor(owner.person_id, name=owner.name, partners={partner_id: "owner"})


async def _spaces(town: Town, db: Database) -> None:
    data = read("town")
    places = {place["slug"]: place for place in data["place"]}
    for number, space in enumerate(rooms.entries()):
        place = places[space["community"]]
        new = NewSpace(
            community=space["community"],
            kind=space["kind"],
            name=space["name"],
            name_en=space.get("name_en"),
            about=space.get("about", ""),
            about_en=space.get("about_en"),
            rate=minor(space["rate"]),
            hours=[Hours(*each) for each in timetable.hours(space["hours"])],
            off_peak=[
                OffPeak(*each, rate_minor=minor(rate)) for each, rate in timetable.off_peak(space.get("off_peak"))
            ],
            enterprise=place["enterprise"]["slug"],
            parent_id=town.spaces.get(space.get("parent", "")),
            address=place["address"],
            floor=space.get("floor", ""),
            area_m2=space["area"],
            capacity=space["capacity"],
            is_step_free=space.get("step_free", False),
            equipment=space.get("equipment", []),
            latitude=place["latitude"] + (number % 4 - 1) * 0.0008,
            longitude=place["longitude"] + (number % 3 - 1) * 0.0009,
            buffer_after_min=space.get("buffer_after", 0),
        )
        async with db.transaction() as tx:
            town.spaces[space["key"]] = await register.add_space(tx, new=new)
    await rooms.price(town, db)


async def _listings(town: Town, db: Database) -> None:
    for position, category in enumerate(read("services")["category"]):
        async with db.transaction() as tx:
            facts = {key: category[key] for key in ("slug", "name", "name_en", "icon")}
            await listings.create_category(tx, **facts, position=position)
            for place, service in enumerate(category["services"]):
                await listings.create_category(
                    tx,
                    slug=service["slug"],
                    name=service["name"],
                    name_en=service["en"],
                    parent=category["slug"],
                    icon=category["icon"],
                    position=place,
                )
        for service in category["services"]:
            await _listing(town, db, service)
            town.services[service["slug"]] = {**service, "motif": category["slug"]}


def _where(service: dict[str, Any]) -> str:
    """The street and the room, where a service keeps to one; the others come home or are at the partner's place."""
    room = next((each for each in rooms.entries() if each["key"] == service.get("space")), None)
    if room is None:
        return ""
    place = next(each for each in read("town")["place"] if each["slug"] == room["community"])
    return f"{place['address']} {room['name']}"


async def _listing(town: Town, db: Database, service: dict[str, Any]) -> None:
    body = await listings.create_listing(
        db,
        actor=town.owners[service["by"]],
        settings=town.parts.settings,
        partner=service["by"],
        new=NewListing(
            kind=service["kind"],
            title=service["name"],
            title_en=service["en"],
            about=service["about"],
            about_en=service["about_en"],
            category=service["slug"],
            price=minor(service["price"]),
            has_resident_price=service.get("resident", False),
            eligibility_group=service.get("group"),
            duration_min=timetable.duration(service),
            address=_where(service),
            valid_days=service.get("valid"),
            status="published",
        ),
    )
    town.listings[service["slug"]] = UUID(timetable.decoded(body)["id"])


async def _proposed_rule(town: Town, db: Database, rule: dict[str, Any], *, since: datetime) -> UUID:
    """A version as the director proposes it."""
    draft = await drafts.propose(
        db,
        actor=town.actors["director@demo.test"],
        community=rule["community"],
        new=NewRoutingRule(
            applies_to=rule["applies_to"],
            fund=rule["fund"],
            rate_bp=rule["rate_bp"],
            effective_from=since,
            minutes=rule.get("reason", rule["minutes"]),
            bearer=rule.get("bearer", "partner"),
        ),
    )
    found: UUID = draft["id"]
    return found


async def _decided_rule(town: Town, db: Database, rule: dict[str, Any], *, since: datetime) -> None:
    """Proposed by the director, approved by the street a week before it is in force."""
    draft_id = await _proposed_rule(town, db, rule, since=since)
    minutes = f"{rule['approved_by']}：{rule['minutes']}"
    decision = RuleDecision(approve=True, minutes=minutes, decided_on=(since - timedelta(days=8)).date())
    await drafts.decide(db, actor=town.actors["street@demo.test"], draft_id=draft_id, decision=decision)


async def _rules_and_donations(town: Town, clock: Clock) -> None:
    data = read("town")
    clerk = town.actors["clerk@demo.test"]
    for rule in sorted(data["rule"], key=lambda each: -each["weeks_ago"]):
        moment = town.weeks_ago(rule["weeks_ago"])
        await clock.set(moment - timedelta(days=7))
        await _decided_rule(town, clock.db, rule, since=moment)
    for proposal in data["proposal"]:
        await clock.set(town.weeks_ago(proposal["weeks_ago"]))
        draft_id = await _proposed_rule(town, clock.db, proposal, since=town.now + timedelta(days=proposal["in_days"]))
        if "refused" in proposal:
            no = RuleDecision(approve=False, minutes=proposal["refused"])
            await drafts.decide(clock.db, actor=town.actors["street@demo.test"], draft_id=draft_id, decision=no)
    for scheme in data["scheme"]:
        await clock.set(town.weeks_ago(scheme["weeks_ago"]))
        facts = {key: scheme[key] for key in ("name", "parts", "approved_by", "minutes")}
        async with clock.db.transaction() as tx:
            await funds.record_scheme(tx, community_id=town.communities[scheme["community"]], **facts)
    for number, gift in enumerate(sorted(data["donation"], key=lambda each: -each["weeks_ago"])):
        await clock.set(town.weeks_ago(gift["weeks_ago"]))
        await donations.record(
            clock.db,
            actor=clerk,
            key=gift["fund"],
            idempotency_key=f"seed-donation-{number}",
            new=NewDonation(amount=gift["amount"], label=gift["label"]),
        )


async def _pictures(town: Town, progress: Progress) -> None:
    """A drawn picture for every service and space."""
    services = list(town.services.values())
    drawn = rooms.drawn()
    task = progress.add_task("pictures", total=len(services) + len(drawn))

    async def of_service(number: int, service: dict[str, Any]) -> None:
        data = await asyncio.to_thread(pictures.picture, service["motif"], number)
        await listings.add_photo(
            town.parts.db,
            actor=town.owners[service["by"]],
            settings=town.parts.settings,
            listing_id=town.listings[service["slug"]],
            data=data,
            alt=service["name"],
        )
        progress.advance(task)

    async def of_space(number: int, space: dict[str, Any]) -> None:
        data = await asyncio.to_thread(pictures.picture, "room" if space["kind"] == "room" else "stall", number)
        await register.add_photo(
            town.parts.db,
            settings=town.parts.settings,
            actor=town.actors["clerk@demo.test"],
            space_id=town.spaces[space["key"]],
            data=data,
            alt=space["name"],
        )
        progress.advance(task)

    gate = asyncio.Semaphore(1)  # the other core has the past to play, which takes longer

    async def gated(work: Any) -> None:
        async with gate:
            await work

    await asyncio.gather(
        *(gated(of_service(number, service)) for number, service in enumerate(services)),
        *(gated(of_space(number, space)) for number, space in enumerate(drawn)),
    )


async def _finish(town: Town) -> None:
    """The index from the database, the books rolled up and sealed; jobs about the past are not sent again."""
    async with town.parts.db.transaction() as tx:
        await tx.execute("TRUNCATE pgqueuer")
    await funds.roll_up(town.parts.db)
    await ledger.seal(town.parts.db)
    await usage.count_days(town.parts.db)
    await sealing.publish(town.parts.db)
    await search.rebuild(town.parts.db, engine=town.parts.engine, prefix=search.media_prefix(town.parts.settings))
    await wishes.search_for(town)
    async with town.parts.db.transaction() as tx:
        await people.audit(tx, person_id=None, action=LOADED, subject="town")
