"""Rooms, stalls and their price lists from the data file."""

import asyncio
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from market.checkout import lease_documents, lease_money, leases
from market.checkout.lease_documents import NewDocument
from market.checkout.lease_schemas import DepositAct, NewLease
from market.db import Database
from market.listings import resources
from market.listings.resource_schemas import NewEquipment
from market.paper import pdf
from market.printing import Text
from market.spaces import assets, price_lists, register, special_days
from market.spaces.asset_schemas import ChangedAsset
from market.spaces.schemas import CancellationStep, ChangedSpace
from market.spaces.tariff_schemas import DayHours, NewSpecialDays, NewTariff, TariffRate
from seeds import timetable
from seeds.clock import Clock

if TYPE_CHECKING:
    from seeds.loader import Town

FILE = Path(__file__).parent / "spaces.toml"


@cache
def read() -> dict[str, Any]:
    """The data file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def entries() -> Iterator[dict[str, Any]]:
    """Every space of the file; an entry with `numbers` stands for many that differ by their number."""
    for space in read()["space"]:
        if "numbers" not in space:
            yield space
            continue
        first, last = space["numbers"]
        for number in range(first, last + 1):
            named = {key: space[key].replace("{n}", str(number)) for key in ("key", "name", "name_en")}
            yield {**space, **named}


def drawn() -> list[dict[str, Any]]:
    """The spaces that have a picture of their own."""
    return [space for space in entries() if "numbers" not in space]


def minor(yuan: str | int) -> int:
    """Fen from yuan as written in the file, exactly."""
    return int(Decimal(str(yuan)) * 100)


def _rate(rate: dict[str, Any]) -> TariffRate:
    opens, _, closes = rate.get("span", "").partition("-")
    return TariffRate(
        unit=rate["unit"],
        minor=minor(rate["price"]),
        weekdays=timetable.weekdays(rate.get("days", "mon-sun")),
        opens=opens or None,
        closes=closes or None,
        peak=rate.get("peak", ""),
    )


async def rules(town: "Town", db: Database) -> None:
    """Who may book, what comes back, and days with other hours."""
    data = read()
    kinds = {space["key"]: space["kind"] for space in entries()}
    clerk = town.actors["clerk@demo.test"]
    for terms in data["terms"]:
        changed = ChangedSpace(
            who_may_book=terms.get("who", "anyone"),
            max_open_bookings=terms.get("max_open"),
            releases_no_shows=terms.get("no_show", False),
            cancellation=[
                CancellationStep(hours, percent * 100) for hours, percent in terms.get("cancellation", [[24, 100]])
            ],
        )
        keys = [terms["space"]] if "space" in terms else [key for key, kind in kinds.items() if kind == terms["kind"]]
        for key in keys:
            await register.change_space(db, actor=clerk, space_id=town.spaces[key], changed=changed)
    today = town.now.astimezone(timetable.ZONE).date()
    async with db.transaction() as tx:
        for each in data["holiday"]:
            first = today + timedelta(days=each["from_now"])
            spans = [span.split("-") for span in each.get("hours", [])]
            await special_days.insert(
                tx,
                new=NewSpecialDays(
                    first_day=first,
                    last_day=first + timedelta(days=each["days"] - 1),
                    hours=[DayHours(opens, closes) for opens, closes in spans],
                    reason=each["reason"],
                    reason_en=each["reason_en"],
                ),
                by=clerk.person_id,
                space_id=town.spaces.get(each.get("space", "")),
                community_id=town.communities.get(each.get("community", "")),
            )


async def enter_assets(town: "Town", db: Database) -> None:
    """What the register says beyond booking: numbers in the order of the file, the paper, house rules by kind."""
    data = read()["register"]
    clerk = town.actors["clerk@demo.test"]
    counted: dict[str, int] = {}
    for space in entries():
        prefix = data["prefix"][space["community"]]
        counted[prefix] = counted.get(prefix, 0) + 1
        changed = ChangedAsset(
            register_no=f"{prefix}-{counted[prefix]:03d}",
            ownership_no=data["paper"].replace("{n}", f"{counted[prefix]:03d}") if "parent" not in space else "",
            contact=data["contact"][space["community"]],
            house_rules=data["rules"].get(space["kind"], ""),
            house_rules_en=data["rules_en"].get(space["kind"]),
            complex_size=space.get("size"),
            state="idle" if space["key"] in data["idle"] else "in_use",
        )
        await assets.change(db, actor=clerk, space_id=town.spaces[space["key"]], changed=changed)


async def enter_resources(town: "Town", db: Database) -> None:
    """Teachers and equipment that sessions can take."""
    data = read()
    clerk = town.actors["clerk@demo.test"]
    for each in data["equipment"]:
        new = NewEquipment(each["name"], quantity=each["quantity"])
        await resources.add_equipment(db, actor=clerk, community=each["community"], new=new)
    for each in data["teacher"]:
        await resources.add_teacher(db, actor=town.owners[each["partner"]], partner=each["partner"], name=each["name"])


async def let(town: "Town", clock: Clock) -> None:
    """The leases, made when they began; their months are settled as they pass."""
    for lease in read()["lease"]:
        began = town.weeks_ago(lease["weeks_ago"])
        first = began.astimezone(timetable.ZONE).date()
        await clock.set(began)
        new = NewLease(
            partner=lease["partner"],
            first_day=first,
            last_day=first + timedelta(days=lease["days"] - 1),
            base_minor=minor(lease["base"]),
            share_bp=lease["share_bp"],
            minimum_minor=minor(lease["minimum"]),
            rent_free_weeks=lease["rent_free_weeks"],
            deposit_minor=minor(lease["deposit"]),
            note=lease["note"],
        )
        director = town.actors["director@demo.test"]
        lease_id = await leases.let(clock.db, actor=director, space_id=town.spaces[lease["space"]], new=new)
        came = DepositAct("held", new.deposit_minor)
        await lease_money.record_deposit(clock.db, actor=director, lease_id=lease_id, key="deposit", new=came)
        paper = NewDocument(await asyncio.to_thread(_contract, lease["note"]), "contract", "租赁合同")
        settings = town.parts.settings
        await lease_documents.add(clock.db, settings=settings, actor=director, lease_id=lease_id, new=paper)


def _contract(note: str) -> bytes:
    return pdf(title="租赁合同", blocks=[Text(note), Text("租金、提成和期限以本平台登记为准。")], footer="演示用")


async def price(town: "Town", db: Database) -> None:
    """The price lists, in force since the town was founded."""
    kinds = {space["key"]: space["kind"] for space in entries()}
    first = (town.now - timedelta(weeks=19)).astimezone(timetable.ZONE).date()
    async with db.transaction() as tx:
        for tariff in read()["tariff"]:
            keys = tariff.get("spaces") or [key for key, kind in kinds.items() if kind == tariff["kind"]]
            new = NewTariff(
                audience=tariff["audience"],
                rates=[_rate(each) for each in tariff["rates"]],
                valid_from=first,
                deposit_minor=minor(tariff.get("deposit", 0)),
            )
            for key in keys:
                await price_lists.add_price_list(tx, space_id=town.spaces[key], new=new)
