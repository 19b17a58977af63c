"""HTTP of giving on the site: what can be given to a fund is public, giving is for who is signed in."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from market.checkout import donation_rules, donations
from market.checkout.donation_schemas import (
    FundGiving,
    GiftTerms,
    MyGift,
    MyGiving,
    NewOnlineGift,
    ShownGift,
    StaffGift,
    StaffGiving,
    Visibility,
)
from market.checkout.keys import Key
from market.checkout.schemas import Order
from market.db import Database, Row
from market.payments.gateway import Gateway
from market.people.rules import Actor
from market.schemas import Amount, Done
from market.settings import Settings


def _left(row: Row) -> Amount:
    return Amount(row["payable_minor"] - row["refunded_minor"], row["currency"])


def _shown(row: Row) -> ShownGift:
    said = (None, "") if row["is_hidden"] else (row["giver"], row["message"])
    return ShownGift(row["paid_at"], row["title"], row["title_en"], _left(row), *said)


def _mine(row: Row) -> MyGift:
    same = ("order_id", "fund", "fund_name", "fund_name_en", "title", "title_en", "paid_at")
    facts: dict[str, Any] = {name: row[name] for name in same}
    currency = row["currency"]
    return MyGift(
        amount=Amount(row["payable_minor"], currency), refunded=Amount(row["refunded_minor"], currency), **facts
    )


@get(
    "/api/funds/{fund:str}/giving",
    operation_id="get_giving",
    summary="What can be given to a fund, and who gave lately",
)
async def get_giving(db: NamedDependency[Database], fund: FromPath[str]) -> FundGiving:
    """Names stand there only where the giver wished it."""
    row, purposes, gifts = await donations.giving_to(db, fund=fund)

    def money(minor: int) -> Amount:
        return Amount(minor, row["currency"])

    terms = GiftTerms(
        row["slug"], row["name"], row["name_en"], money(donation_rules.LEAST_MINOR), money(donation_rules.MOST_MINOR),
        [money(minor) for minor in donation_rules.SUGGESTED_MINOR], list(purposes),
    )  # fmt: skip
    return FundGiving(terms, [_shown(each) for each in gifts])


@post("/api/funds/{fund:str}/gifts", operation_id="give_online", summary="Give to a fund", status_code=201)
async def give_online(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    fund: FromPath[str],
    data: JSONBody[NewOnlineGift],
    key: Key,
) -> Order:
    """Answers with the payment page; all of it goes to the fund."""
    return await donations.give(db, gateway=gateway, settings=settings, actor=actor, fund=fund, key=key, wish=data)


@get("/api/me/giving", operation_id="get_my_giving", summary="What I gave")
async def get_my_giving(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> MyGiving:
    """Newest first, with this year's sum."""
    gifts, sums = await donations.mine(db, actor=actor)
    return MyGiving([_mine(each) for each in gifts], [Amount(each["minor"], each["currency"]) for each in sums])


@get("/api/funds/{fund:str}/online-gifts", operation_id="list_online_gifts", summary="Gifts on the site, for staff")
async def list_online_gifts(
    db: NamedDependency[Database], actor: NamedDependency[Actor], fund: FromPath[str]
) -> StaffGiving:
    """With messages that are hidden; without the names of who did not wish to be named."""
    same = ("order_id", "title", "title_en", "giver", "message", "is_hidden")
    rows, monthly = await donations.gifts_for_staff(db, actor=actor, fund=fund)
    return StaffGiving(
        monthly["gifts"],
        Amount(monthly["minor"], monthly["currency"]),
        [StaffGift(at=each["paid_at"], amount=_left(each), **{name: each[name] for name in same}) for each in rows],
    )


@post("/api/gifts/{order_id:uuid}/visibility", operation_id="hide_gift", summary="Hide or show a gift's name and message",
      status_code=200)  # fmt: skip
async def hide_gift(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID], data: JSONBody[Visibility]
) -> Done:
    """By staff of the fund's community; the entry in the books stays."""
    await donations.hide(db, actor=actor, order_id=order_id, is_hidden=data.is_hidden)
    return Done()


handlers: list[Any] = [get_giving, give_online, get_my_giving, list_online_gifts, hide_gift]
