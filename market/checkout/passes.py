"""Passes: what partners sell as one, what buyers have left, and what becomes of what was not used in time.

Service code of the checkout slice, split off by noun. Units are taken and returned with the covers of orders."""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog

from market.checkout import encoding, entries, pass_queries, queries, refunds
from market.checkout.pass_rules import PassLeft
from market.checkout.pass_schemas import NewPassKind
from market.checkout.share_rules import Share, divide
from market.db import Connection, Database, Row
from market.errors import InvalidInput, NotFound
from market.funds import service as funds
from market.ledger import service as ledger
from market.partners import service as partners
from market.people.rules import Actor
from market.people.service import audit

log = structlog.get_logger(__name__)

BATCH = 200


async def kinds_of(db: Database, *, actor: Actor, partner: str) -> list[Row]:
    """What the partner sells as passes; for its members. Raises NotFound."""
    async with db.read() as tx:
        return await pass_queries.kinds(tx, (await _own_partner(tx, actor, partner))["id"])


async def _own_partner(tx: Connection, actor: Actor, partner: str) -> Row:
    row = await partners.partner_by_slug(tx, partner)
    if not actor.is_member_of(row["id"]):
        raise NotFound("This partner")
    return row


async def define(db: Database, *, actor: Actor, partner: str, new: NewPassKind) -> list[Row]:
    """Sell a listing as a pass from now on; what was sold before stays as it was announced. Raises NotFound, InvalidInput."""
    async with db.transaction() as tx:
        row = await _own_partner(tx, actor, partner)
        wanted = {new.listing_id, *new.listing_ids}
        own = {
            each["id"]: each
            for each in await pass_queries.lock_own_listings(tx, partner_id=row["id"], listing_ids=sorted(wanted))
        }
        faults = []
        sold = own.get(new.listing_id)
        if sold is None or sold["kind"] != "voucher":
            faults.append(("listing_id", "must be an open voucher of yours"))
        elif sold["price_minor"] < new.units * 2:
            faults.append(("units", "are more than its price can be divided into"))
        if new.listing_id in new.listing_ids or not set(new.listing_ids) <= own.keys():
            faults.append(("listing_ids", "must be other services of yours"))
        if faults:
            raise InvalidInput(faults)
        facts = {"listing_id": new.listing_id, "partner_id": row["id"], "units": new.units,
                 "listing_ids": sorted(set(new.listing_ids)), "leftover": new.leftover, "created_by": actor.person_id}  # fmt: skip
        await pass_queries.upsert_kind(tx, facts=facts)
        await audit(tx, person_id=actor.person_id, action="pass.defined", subject=f"listing:{new.listing_id}",
                    detail={"units": new.units, "leftover": new.leftover})  # fmt: skip
        return await pass_queries.kinds(tx, row["id"])


async def mine(db: Database, *, actor: Actor) -> list[Row]:
    """The actor's passes, those that end first at the top."""
    async with db.read() as tx:
        return await pass_queries.passes(tx, person_id=actor.person_id)


async def to_use(
    tx: Connection, *, person_id: UUID | None, pass_ids: Collection[UUID], lock: bool = False
) -> dict[UUID, PassLeft]:
    """What is left of these passes as far as they are the person's; with `lock` it stays so until the transaction ends."""
    if person_id is None or not pass_ids:
        return {}
    if lock:
        await pass_queries.lock_passes(tx, pass_ids)
    return {
        row["id"]: PassLeft(
            row["id"], row["title"], row["title_en"], frozenset(row["listing_ids"]), row["units_left"], row["value_minor"],
            row["is_valid"],
        )
        for row in await pass_queries.passes(tx, person_id=person_id, pass_ids=pass_ids)
    }  # fmt: skip


async def usable(tx: Connection, *, person_id: UUID | None, listing_ids: Collection[UUID]) -> list[Row]:
    """The person's passes that can pay for one of these listings now."""
    if person_id is None or not listing_ids:
        return []
    return await pass_queries.passes(tx, person_id=person_id, listing_ids=listing_ids)


async def end_passes(db: Database) -> int:
    """What was not used in time goes the way that was announced; returns of how many passes."""
    async with db.read() as tx:
        due = await pass_queries.ended(tx, limit=BATCH)
    done = 0
    for each in due:
        try:
            done += await _end(db, pass_id=each["id"], order_id=each["order_id"])
        except Exception:  # one pass that cannot end keeps no other from it
            log.exception("pass_not_ended", subject=str(each["id"]))
    return done


async def _end(db: Database, *, pass_id: UUID, order_id: UUID) -> bool:
    async with db.transaction() as tx:
        order = await queries.lock_order(tx, order_id)
        row = await pass_queries.lock_ended(tx, pass_id)
        if order is None or row is None:
            return False
        if row["leftover"] == "refunded" and order["status"] in refunds.REFUNDABLE:
            await refunds.require_settled(tx, order)
            await _give_back(tx, order=order, row=row)
        else:
            await _keep(tx, row=row)
            await pass_queries.update_expired(tx, pass_id)
        return True


async def _give_back(tx: Connection, *, order: Row, row: Row) -> None:
    lines = await queries.lines_of(tx, [order["id"]])
    line = next(each for each in lines if each["id"] == row["line_id"])
    sold = encoding.sold_line(line, currency=order["currency"])
    await refunds.give_back(
        tx, act_id=row["id"], order=order, parts=[(line, sold, row["value_minor"])], whole=frozenset({line["id"]}), reason="",
    )  # fmt: skip


async def _keep(tx: Connection, *, row: Row) -> None:
    """The partner keeps what is left as turnover: the funds get their shares of it by the rules of now."""
    terms = (await funds.terms_in_force(tx, community_ids=[row["community_id"]]))[row["community_id"]]
    seller = Share(f"partner:{row['partner']}", row["partner_name"], row["partner_name_en"], 0)
    shares: Sequence[Share] = divide(
        row["value_minor"], seller=seller, applies_to="service_turnover", rules=terms.rules
    )
    sold = entries.SoldLine(
        row["title"],
        row["currency"],
        tuple(entries.SoldShare(each.to, each.amount, rule_id=each.rule.id if each.rule else None) for each in shares),
    )
    await ledger.post(
        tx,
        event_key=f"pass_expired:{row['id']}:{row['expiries']}",
        kind="pass_expired",
        transfers=entries.pass_expired(sold, partner=row["partner"]),
        reference={"order_id": str(row["order_id"]), "line_id": str(row["line_id"])},
    )
