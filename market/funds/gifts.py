"""Campaigns, earmarks and gifts in kind: what was given for a purpose can only go there.

Service code of the funds slice, split off by noun; money that was given is posted in donations.py."""

from datetime import timedelta
from typing import Any

from market.db import Database, Row
from market.errors import Forbidden, InvalidInput
from market.funds import gift_queries
from market.funds.donations import DonationDiffers, gift_key, received_at
from market.funds.earmark_rules import Earmark
from market.funds.earmarks import earmark_of, require_purpose
from market.funds.gift_schemas import NewCampaign, NewGoods
from market.funds.rules import check_public_label
from market.funds.service import fund_row
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text

LONGEST_DAYS = 366
STARTERS = ("director", "street")


async def start_campaign(db: Database, *, actor: Actor, key: str, new: NewCampaign) -> Row:
    """A call for gifts, by a director or the street. Raises NotFound, Forbidden, InvalidInput."""
    title = check_public_label("title", clean_text("title", new.title, max_len=80, min_len=2))
    title_en = (
        check_public_label("title_en", clean_text("title_en", new.title_en, max_len=80)) if new.title_en else None
    )
    about = check_public_label("about", clean_text("about", new.about, max_len=2000))
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not actor.is_staff_of(fund["community_id"], *STARTERS):
            raise Forbidden("Only a director or the street starts a campaign.")
        if not fund["today"] < new.ends_on <= fund["today"] + timedelta(days=LONGEST_DAYS):
            raise InvalidInput([("ends_on", "must be a day within the coming year")])
        await require_purpose(tx, fund, new.purpose)
        made = await gift_queries.insert_campaign(
            tx, fund_id=fund["id"], title=title, title_en=title_en, about=about, purpose=new.purpose, goal=new.goal,
            ends_on=new.ends_on, created_by=actor.person_id,
        )  # fmt: skip
        await audit(
            tx, person_id=actor.person_id, action="campaign.started", subject=str(made), detail={"goal": new.goal}
        )
        row = await gift_queries.campaign(tx, made)
    assert row is not None
    return row


async def record_goods(db: Database, *, actor: Actor, key: str, idempotency_key: str, new: NewGoods) -> None:
    """Something given in kind, at a recorded value; no money moves and no balance grows. The same key records it once.

    Raises NotFound, Forbidden, InvalidInput, DonationDiffers."""
    label = check_public_label("label", clean_text("label", new.label, max_len=200, min_len=1))
    valuation = check_public_label("valuation", clean_text("valuation", new.valuation, max_len=200, min_len=1))
    event_key = gift_key(actor, idempotency_key)
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not actor.is_staff_of(fund["community_id"]):
            raise Forbidden("Only staff of the community record gifts.")
        purpose = await earmark_of(tx, fund, purpose=new.purpose, campaign_id=new.campaign_id)
        facts: dict[str, Any] = {
            "fund_id": fund["id"], "kind": "goods", "label": label, "purpose": purpose, "campaign_id": new.campaign_id,
            "valuation": valuation,
        }  # fmt: skip
        if await gift_queries.insert_gift(
            tx, event_key=event_key, amount=new.value, recorded_by=actor.person_id, given_at=received_at(new.received_on, fund), **facts
        ):  # fmt: skip
            await audit(
                tx, person_id=actor.person_id, action="record_goods", subject=fund["slug"], detail={"value": new.value}
            )
            return
        known = await gift_queries.gift(tx, event_key)
        if known is None or dict(known) != facts | {"amount_minor": new.value}:
            raise DonationDiffers


async def gifts_of(db: Database, *, key: str) -> tuple[Row, list[Row], list[Earmark], list[Row]]:
    """A fund with its campaigns, its earmarks and what was given in kind. Raises NotFound."""
    async with db.read() as connection:
        fund = await fund_row(connection, key)
        return (
            fund,
            await gift_queries.campaigns(connection, fund=fund["slug"], community=None),
            await gift_queries.earmarks(connection, fund["id"]),
            await gift_queries.goods(connection, fund["id"]),
        )


async def list_campaigns(db: Database, *, community: str | None) -> list[Row]:
    """Of one community or of all, the open ones first."""
    wanted = clean_text("community", community, max_len=200) if community else None
    async with db.read() as connection:
        return await gift_queries.campaigns(connection, fund=None, community=wanted)
