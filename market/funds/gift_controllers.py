"""HTTP of campaigns, earmarks and gifts in kind: reading is public."""

from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody

from market.db import Database, Row
from market.funds import gifts
from market.funds.gift_schemas import Campaign, EarmarkedMoney, FundGifts, Goods, NewCampaign, NewGoods
from market.people.rules import Actor
from market.schemas import Amount, Page

_PLAIN = set(Campaign.__struct_fields__) - {"goal", "raised", "goods", "share"}


def _campaign(row: Row) -> Campaign:
    amounts: dict[str, Any] = {
        name: Amount(row[f"{name}_minor"], row["currency"]) for name in ("goal", "raised", "goods")
    }
    share = row["raised_minor"] * 100 // row["goal_minor"]
    return Campaign(**{name: row[name] for name in _PLAIN}, **amounts, share=share)


@get("/api/campaigns", operation_id="list_campaigns", summary="Calls for gifts with their goals")
async def list_campaigns(db: NamedDependency[Database], community: FromQuery[str | None] = None) -> Page[Campaign]:
    """Of one community or of all, the open ones first."""
    return Page([_campaign(row) for row in await gifts.list_campaigns(db, community=community)])


@get(
    "/api/funds/{fund:str}/gifts", operation_id="get_fund_gifts", summary="Campaigns, earmarked money and gifts in kind"
)
async def get_fund_gifts(db: NamedDependency[Database], fund: FromPath[str]) -> FundGifts:
    """Earmarked money can only go to its purpose."""
    row, campaigns, earmarks, goods = await gifts.gifts_of(db, key=fund)

    def money(minor: int) -> Amount:
        return Amount(minor, row["currency"])

    return FundGifts(
        campaigns=[_campaign(each) for each in campaigns],
        earmarks=[EarmarkedMoney(each.purpose, money(each.given), money(each.used), money(each.left)) for each in earmarks],
        goods=[
            Goods(each["id"], each["label"], each["purpose"], money(each["amount_minor"]), each["valuation"], each["given_at"])
            for each in goods
        ],
    )  # fmt: skip


@post("/api/funds/{fund:str}/campaigns", operation_id="start_campaign", summary="Start a campaign")
async def start_campaign(
    db: NamedDependency[Database], actor: NamedDependency[Actor], fund: FromPath[str], data: JSONBody[NewCampaign]
) -> Campaign:
    """By a director or the street."""
    return _campaign(await gifts.start_campaign(db, actor=actor, key=fund, new=data))


@post("/api/funds/{fund:str}/goods", operation_id="record_goods", summary="Record a gift in kind", status_code=200)
async def record_goods(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    fund: FromPath[str],
    idempotency_key: Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=200)],
    data: JSONBody[NewGoods],
) -> FundGifts:
    """At a recorded value; the label is public."""
    await gifts.record_goods(db, actor=actor, key=fund, idempotency_key=idempotency_key, new=data)
    shown: FundGifts = await get_fund_gifts.fn(db, fund)
    return shown


handlers: list[Any] = [list_campaigns, get_fund_gifts, start_campaign, record_goods]
