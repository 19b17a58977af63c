"""Gifts that are given on the site, as their fund sees them: for what they may be, that they came, and what of them went back.

Service code of the funds slice, split off by noun: the sale calls it inside its own transactions, where the money moves."""

from dataclasses import dataclass
from uuid import UUID

from market.db import Connection, Row
from market.errors import Conflict
from market.funds import gift_queries, spending_queries
from market.funds.earmark_rules import giveable_back
from market.funds.earmarks import earmark_of
from market.funds.service import fund_row
from market.ledger import chart
from market.ledger import service as ledger


class GiftUsed(Conflict):
    """The fund has spent or promised this money."""

    slug = "gift-used"
    title = "This gift cannot be given back"

    def __init__(self) -> None:
        super().__init__(
            "The fund has spent or promised this money by now; only what it still holds can be given back."
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a gift goes: a fund, and what it may only be used for. `named` is what the public wording says of it."""

    fund: Row
    purpose: str | None
    campaign_id: UUID | None
    named: str | None
    named_en: str | None


async def destination(
    tx: Connection, *, key: str, purpose: str | None = None, campaign_id: UUID | None = None
) -> Destination:
    """What somebody wants to give to. Raises NotFound, InvalidInput for a purpose or a campaign that the fund has not (any more)."""
    fund = await fund_row(tx, key)
    earmark = await earmark_of(tx, fund, purpose=purpose, campaign_id=campaign_id)
    if campaign_id is None:
        return Destination(fund, earmark, None, earmark, earmark)
    found = await gift_queries.campaign(tx, campaign_id)
    assert found is not None
    return Destination(fund, earmark, campaign_id, found["title"], found["title_en"] or found["title"])


async def received(
    tx: Connection, *, event_key: str, fund_id: UUID, label: str, purpose: str | None, campaign_id: UUID | None, amount: int,
    person_id: UUID, is_monthly: bool,
) -> None:  # fmt: skip
    """The money of a gift is in the books under `event_key`: it counts for its purpose and its campaign. Also after the campaign's last
    day: it was promised before."""
    is_first = await gift_queries.insert_gift(
        tx, fund_id=fund_id, event_key=event_key, kind="monthly" if is_monthly else "donation", label=label, purpose=purpose,
        campaign_id=campaign_id, amount=amount, valuation="", recorded_by=person_id, given_at=None,
    )  # fmt: skip
    if not is_first:
        raise AssertionError(f"gift {event_key} was received before")


async def returned(tx: Connection, *, event_key: str, amount: int) -> None:
    """`amount` of a gift went back, whoever decided it: it counts no longer for its purpose and its campaign."""
    await gift_queries.insert_return(tx, event_key=event_key, amount=amount)


async def require_unspent(tx: Connection, *, event_key: str, amount: int) -> None:
    """The fund still holds this much for the gift's purpose; it stays so until the transaction ends. Raises GiftUsed.

    What was released for spending and not promised yet may go back: then the income shows the gap, in public, until more comes in."""
    gift = await gift_queries.gift_of_event(tx, event_key)
    assert gift is not None
    await spending_queries.lock_fund(tx, gift["fund_id"])
    codes = [chart.fund_income(gift["slug"]), chart.fund_spendable(gift["slug"])]
    held = await ledger.balances(tx, codes, gift["currency"])
    earmarks = await gift_queries.earmarks(tx, gift["fund_id"])
    if amount > giveable_back(gift["purpose"], earmarks, held=sum(held.values())):
        raise GiftUsed
