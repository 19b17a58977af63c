"""Giving on the site: an order of one line of which the fund gets everything, paid like any other (L4).

Service code of the checkout slice, split off by noun. No share goes to anybody else and there is no code to redeem; what becomes of the
gift when its money moves is in donation_settling.py."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from market.checkout import (
    donation_queries,
    donation_rules,
    freezing,
    keys,
    pages,
    placing_queries,
    queries,
    reading,
    standing_queries,
)
from market.checkout.donation_schemas import NewOnlineGift
from market.checkout.rules import PricedLine
from market.checkout.schemas import Order
from market.db import Connection, Database, Row
from market.errors import NotFound, TooManyRequests
from market.funds import charters, online_gifts
from market.funds.online_gifts import Destination
from market.funds.rules import check_public_label
from market.funds.service import fund_row
from market.money import Money
from market.payments.gateway import Gateway
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.text import clean_text

MAX_UNPAID = 20
SHOWN = 50
MINE = 200


@dataclass(frozen=True, slots=True)
class Gift:
    """What is given: `amount` in minor units of the fund's currency."""

    to: Destination
    person_id: UUID
    amount: int
    is_named: bool = False
    message: str = ""
    is_monthly: bool = False


async def give(
    db: Database, *, gateway: Gateway, settings: Settings, actor: Actor, fund: str, key: str, wish: NewOnlineGift
) -> Order:
    """A gift that waits to be paid, with its payment page. The same `key` with the same body gives the same order.

    Raises NotFound, InvalidInput (another body under the same key; a purpose or campaign that is not the fund's or is over),
    GatewayUnavailable: the order stands, and the same request tries once more."""
    keys.require_key(key)
    message = check_public_label("message", clean_text("message", wish.message, max_len=donation_rules.MESSAGE_MAX))
    body_hash = sha256(fund.encode() + b"\0" + msgspec.json.encode(wish)).digest()
    order_id, session_id = await db.retrying(
        lambda tx: _give(
            tx,
            gateway=gateway,
            settings=settings,
            actor=actor,
            fund=fund,
            key=key,
            body_hash=body_hash,
            wish=wish,
            message=message,
        )
    )
    if session_id is None:
        return await reading.get_order(db, actor=actor, order_id=order_id)
    return await pages.open_page(db, gateway=gateway, actor=actor, order_id=order_id, session_id=session_id)


async def _give(
    tx: Connection, *, gateway: Gateway, settings: Settings, actor: Actor, fund: str, key: str, body_hash: bytes, wish: NewOnlineGift,
    message: str,
) -> tuple[UUID, UUID | None]:  # fmt: skip
    claimed = await placing_queries.insert_key(
        tx, person_id=actor.person_id, operation="give", key=key, body_hash=body_hash
    )
    if claimed["result_id"] is None:
        made = await keys.used_for(tx, person_id=actor.person_id, operation="give", key=key, body_hash=body_hash)
        order = await queries.order(tx, made)
        assert order is not None
        waits = order["status"] == "awaiting_payment" and order["checkout_url"] is None
        return made, order["session_id"] if waits and order["hold_expires_at"] > order["now"] else None
    if claimed["unpaid"] >= MAX_UNPAID:
        raise TooManyRequests(60)
    to = await online_gifts.destination(tx, key=fund, purpose=wish.purpose, campaign_id=wish.campaign_id)
    gift = Gift(to, actor.person_id, wish.amount, wish.is_named, message)
    until = claimed["now"] + donation_rules.TO_PAY
    order_id: UUID = claimed["result_id"]
    session = pages.new_session(
        gateway=gateway, settings=settings, order_id=order_id, amount=Money(gift.amount, to.fund["currency"]),
        lines=[(_line(gift).title, gift.amount)], held_until=until,
    )  # fmt: skip
    session_id = await insert(tx, gift, order_id=order_id, until=until, session=session)
    return order_id, session_id


async def insert(
    tx: Connection, gift: Gift, *, order_id: UUID, until: datetime, session: dict[str, Any] | None
) -> UUID | None:
    """The order of a gift, which may be paid until then; the id of its payment session, where it has one by now."""
    line = _line(gift)
    lines = await placing_queries.insert_order(
        tx, order_id=order_id, person_id=gift.person_id, pay_by="card", currency=line.currency, payable_minor=gift.amount,
        hold_expires_at=until, session=session, lines=[freezing.frozen_line(line, position=0, group=None)],
    )  # fmt: skip
    await donation_queries.insert_donation(
        tx, order_id=order_id, fund_id=gift.to.fund["id"], person_id=gift.person_id, campaign_id=gift.to.campaign_id,
        purpose=gift.to.purpose, is_named=gift.is_named, message=gift.message,
    )  # fmt: skip
    session_id: UUID | None = lines[0]["session_id"]
    return session_id


def _line(gift: Gift) -> PricedLine:
    fund = gift.to.fund
    return PricedLine(
        item_kind=donation_rules.ITEM_KIND,
        title=donation_rules.title_of(for_what=gift.to.named, is_monthly=gift.is_monthly),
        title_en=donation_rules.title_en_of(for_what=gift.to.named_en, is_monthly=gift.is_monthly),
        quantity=1,
        list_minor=gift.amount,
        reductions=(),
        payable_minor=gift.amount,
        currency=fund["currency"],
        shares=donation_rules.everything_to(
            fund["slug"], label=fund["name"], label_en=fund["name_en"], amount=gift.amount
        ),
        community_id=fund["community_id"],
        time_zone=fund["time_zone"],
        seller=fund["name"],
        seller_en=fund["name_en"],
        starts_at=None,
        ends_at=None,
        refund_until=None,
        applies_to=donation_rules.ITEM_KIND,
    )


async def giving_to(db: Database, *, fund: str) -> tuple[Row, tuple[str, ...], list[Row]]:
    """A fund with its purposes and the newest gifts on the site. Raises NotFound."""
    async with db.read() as tx:
        row = await fund_row(tx, fund)
        charter = await charters.charter(tx, row)
        return row, charter.purposes, await donation_queries.gifts_of_fund(tx, row["id"], limit=SHOWN)


async def gifts_for_staff(db: Database, *, actor: Actor, fund: str) -> tuple[list[Row], Row]:
    """The newest gifts with their messages, hidden or not, and what goes on every month.

    Raises NotFound for who is no staff of the fund's community."""
    async with db.read() as tx:
        row = await fund_row(tx, fund)
        if not actor.is_staff_of(row["community_id"]):
            raise NotFound("This fund")
        monthly = await standing_queries.active_sum(tx, row["id"])
        return await donation_queries.gifts_of_fund(tx, row["id"], limit=SHOWN), monthly


async def hide(db: Database, *, actor: Actor, order_id: UUID, is_hidden: bool) -> None:
    """Take the name and the message of a gift off the public page, or show them again; the entry in the books stays. Raises NotFound."""
    async with db.transaction() as tx:
        given = await donation_queries.donation(tx, order_id)
        if given is None or not actor.is_staff_of(given["community_id"]):
            raise NotFound("This gift")
        await donation_queries.update_hidden(tx, order_id, is_hidden=is_hidden)
        await people.audit(
            tx, person_id=actor.person_id, action="gift.hidden" if is_hidden else "gift.shown", subject=f"order:{order_id}"
        )  # fmt: skip


async def mine(db: Database, *, actor: Actor) -> tuple[list[Row], list[Row]]:
    """What the actor gave, newest first, and this year's sums."""
    async with db.read() as tx:
        return (
            await donation_queries.gifts_of_person(tx, actor.person_id, limit=MINE),
            await donation_queries.given_this_year(tx, actor.person_id),
        )
