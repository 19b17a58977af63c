"""Gifts every month: on its day each makes an order that waits a week to be paid, and a letter with the link (L4).

Service code of the checkout slice, split off by noun. Nobody is charged without a tap: many wallets cannot be. A month is asked for at
most once, whatever stops in between: the order, the month and the letter are written in one transaction under the gift's lock."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog

from market.checkout import donations, keys, placing_queries, queries, standing_queries, standing_rules
from market.checkout.standing_schemas import NewStandingGift
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.funds import online_gifts
from market.notify import service as notify
from market.people.rules import Actor
from market.settings import Settings
from market.text import moment_text

log = structlog.get_logger(__name__)

MAX_ACTIVE = 10
LONGEST_AHEAD = timedelta(days=366)
# Nobody is woken by a letter: it is sent from this hour on, at the fund's place.
FROM_HOUR = 8
BATCH = 500


class TooMany(Conflict):
    slug = "too-many-monthly-gifts"
    title = "You have many monthly gifts"

    def __init__(self) -> None:
        super().__init__(f"One person can have {MAX_ACTIVE} monthly gifts: stop one of them first.")


async def start(db: Database, *, actor: Actor, fund: str, key: str, new: NewStandingGift) -> UUID:
    """A monthly gift from now on; the same `key` with the same body starts it once.

    Raises NotFound, InvalidInput (a purpose that the fund has not, days that mean nothing), TooMany."""
    keys.require_key(key)
    body_hash = hashlib.sha256(fund.encode() + b"\0" + msgspec.json.encode(new)).digest()
    async with db.transaction() as tx:
        claimed = await placing_queries.insert_key(
            tx, person_id=actor.person_id, operation="give_monthly", key=key, body_hash=body_hash
        )
        made: UUID | None = claimed["result_id"]
        if made is None:
            return await keys.used_for(
                tx, person_id=actor.person_id, operation="give_monthly", key=key, body_hash=body_hash
            )
        to = await online_gifts.destination(tx, key=fund, purpose=new.purpose)
        starts_on = _first_day(new, today=to.fund["today"])
        if await standing_queries.count_active(tx, actor.person_id) >= MAX_ACTIVE:
            raise TooMany
        await standing_queries.insert_standing(
            tx, standing_id=made, person_id=actor.person_id, fund_id=to.fund["id"], amount_minor=new.amount,
            currency=to.fund["currency"], purpose=to.purpose, is_named=new.is_named, day=new.day, starts_on=starts_on,
            ends_on=new.ends_on,
        )  # fmt: skip
    return made


def _first_day(new: NewStandingGift, *, today: date) -> date:
    starts_on = new.starts_on or today
    if not today <= starts_on <= today + LONGEST_AHEAD:
        raise InvalidInput([("starts_on", "must be a day within the coming year")])
    if new.ends_on is not None:
        first = standing_rules.next_due(
            starts_on, day=new.day, starts_on=starts_on, ends_on=new.ends_on, is_asked=False
        )
        if first is None:
            raise InvalidInput([("ends_on", "is before the first gift would be asked for")])
    return starts_on


async def stop(db: Database, *, actor: Actor, standing_id: UUID) -> None:
    """End one's monthly gift with a tap; what waits to be paid for it and was not begun is called off too. Again it changes nothing.

    Raises NotFound for somebody else's."""
    async with db.transaction() as tx:
        row = await standing_queries.lock_standing(tx, standing_id)
        if row is None or row["person_id"] != actor.person_id:
            raise NotFound("This monthly gift")
        await standing_queries.update_stopped(tx, standing_id, status="stopped")
        for order_id in await standing_queries.open_orders(tx, standing_id):
            order = await queries.lock_order(tx, order_id)
            if order is not None and order["status"] == "awaiting_payment" and order["session_id"] is None:
                await queries.update_order_closed(tx, order_id, status="cancelled")


async def mine(db: Database, *, actor: Actor) -> tuple[list[Row], dict[UUID, list[Row]]]:
    """The actor's monthly gifts, and what became of the months of each."""
    async with db.read() as tx:
        rows = await standing_queries.standing_of_person(tx, actor.person_id)
        months: dict[UUID, list[Row]] = defaultdict(list)
        for row in await standing_queries.months_of(tx, [row["id"] for row in rows]):
            months[row["standing_id"]].append(row)
    return rows, months


async def ask_due(db: Database, *, settings: Settings, from_hour: int = FROM_HOUR) -> int:
    """Make the order of this month for every monthly gift that is due, and write to its giver; returns how many.

    One that cannot be asked for keeps no other from it."""
    async with db.transaction() as tx:
        await standing_queries.update_over(tx)
        found = await standing_queries.due(tx, from_hour=from_hour, limit=BATCH)
    done = 0
    for standing_id in found:
        try:
            done += await db.retrying(partial(_ask, settings=settings, standing_id=standing_id))
        except Exception:
            log.exception("monthly_gift_not_asked", gift=str(standing_id))
    return done


async def _ask(tx: Connection, *, settings: Settings, standing_id: UUID) -> bool:
    row = await standing_queries.lock_standing(tx, standing_id)
    return row is not None and await ask_for(tx, settings=settings, row=row)


async def ask_for(tx: Connection, *, settings: Settings, row: Row | Mapping[str, Any]) -> bool:
    """Ask for this month's gift, where it is due and was not asked for; the caller holds its lock. False when there is nothing to ask."""
    month = standing_rules.due_month(row["today"], day=row["day"], starts_on=row["starts_on"], ends_on=row["ends_on"])
    if row["status"] != "active" or row["is_asked"] or month is None:
        return False
    try:
        to = await online_gifts.destination(tx, key=row["fund"], purpose=row["purpose"])
    except InvalidInput:
        await _end(tx, settings=settings, row=row)
        return False
    gift = donations.Gift(to, row["person_id"], row["amount_minor"], row["is_named"], is_monthly=True)
    order_id = await standing_queries.insert_id(tx)
    until = row["now"] + standing_rules.TO_PAY
    await donations.insert(tx, gift, order_id=order_id, until=until, session=None)
    await standing_queries.update_month(tx, order_id=order_id, standing_id=row["id"], month=month)
    texts = {
        f"until_{locale.replace('-', '_')}": moment_text(until, row["time_zone"], locale=locale)
        for locale in ("zh-CN", "en")
    }
    await notify.send(
        tx,
        person_id=row["person_id"],
        template="gift_due",
        dedupe_key=f"gift_due:{row['id']}:{month}",
        context=_context(settings, row, path=f"/orders/{order_id}") | texts,
    )
    return True


async def _end(tx: Connection, *, settings: Settings, row: Row | Mapping[str, Any]) -> None:
    """The fund has given up the purpose that the giver named: money for it could not be used, so that it is asked for no more."""
    await standing_queries.update_stopped(tx, row["id"], status="ended")
    await notify.send(
        tx, person_id=row["person_id"], template="gift_purpose_gone", dedupe_key=f"gift_gone:{row['id']}",
        context=_context(settings, row, path=f"/funds/{row['fund']}"),
    )  # fmt: skip


def _context(settings: Settings, row: Row | Mapping[str, Any], *, path: str) -> dict[str, Any]:
    return {
        "fund": row["fund_name"],
        "fund_en": row["fund_name_en"] or row["fund_name"],
        "purpose": row["purpose"] or "",
        "amount": {"amount": row["amount_minor"], "currency": row["currency"]},
        "url": f"{settings.base_url}{path}" if settings.base_url else "",
    }
