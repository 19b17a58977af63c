"""What a subsidy pool pays of an order: held with it, paid when it is paid, given back when it ends unpaid or money goes back.

Service code of the checkout slice, split off by noun. Lines without a cover, by their frozen reductions, cost no query here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from market.checkout import cover_queries, cover_rules, encoding, entries, freezing, pass_queries, rules
from market.checkout.guests import Comer
from market.checkout.wanted import Wanted, WantedOffer
from market.db import Connection, Row
from market.errors import Conflict
from market.funds import pools as fund_pools
from market.funds import service as funds
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import Transfer


class PassUsedUp(Conflict):
    """Somebody used the pass in this very moment, or it has ended."""

    slug = "pass-not-usable"
    title = "This pass cannot be used"

    def __init__(self) -> None:
        super().__init__("Your pass has no unit left for this, or it has ended. Please look at the price again.")


async def pools_for(
    tx: Connection,
    things: Sequence[Wanted],
    *,
    buyer_id: UUID | None,
    comer: Comer,
    terms: Mapping[UUID, funds.Terms],
    lock: bool = False,
) -> list[cover_rules.Pool]:
    """The pools that pay for who comes, and what each has left for them; with `lock` it stays so until the transaction ends."""
    person_id = comer.person_id or buyer_id
    communities = [each for each, found in terms.items() if found.has_pools and each in comer.prices.resident_of]
    if person_id is None or not communities:
        return []
    rows = await fund_pools.for_sale(
        tx,
        person_id=person_id,
        communities=communities,
        groups=comer.prices.groups,
        listing_ids={each.offer.listing_id for each in things if isinstance(each, WantedOffer)},
        lock=lock,
    )
    return [pool_from(row, frozenset(row["listing_ids"])) for row in rows]


def pool_from(row: Row, listing_ids: frozenset[UUID] = frozenset()) -> cover_rules.Pool:
    """What a pool has left for somebody, as the rules look at it."""
    return cover_rules.Pool(
        row["id"], row["slug"], row["name"], row["name_en"], row["discount_bp"], listing_ids, row["left_minor"], row["month_left"],
        row["household_left"], row["month"], row["household"],
    )  # fmt: skip


async def hold(
    tx: Connection, *, order_id: UUID, lines: Sequence[Row], quote: rules.Quote, pools: Sequence[cover_rules.Pool]
) -> None:
    """Take what the quote says from the pools and keep it with the new order. Raises PoolTaken."""
    by_source = {pool.source: pool for pool in pools}
    rows: list[dict[str, Any]] = []
    for line, priced in zip(lines, quote.lines, strict=True):
        for cover in priced.covers:
            pool = by_source.get(cover.source)
            rows.append(
                {"line_id": line["id"], "source": cover.source, "order_id": order_id, "label": cover.label, "label_en": cover.label_en,
                 "pool_id": pool.id if pool else None, "month": pool.month if pool else "",
                 "household": pool.household if pool else "", "amount_minor": cover.amount,
                 "shares": freezing.frozen_shares(cover.shares), "pass_id": cover.pass_id, "units": cover.units}
            )  # fmt: skip
    if rows:
        await cover_queries.insert_covers(tx, rows)
        await _take(tx, rows)


async def _take(tx: Connection, rows: Sequence[Any]) -> None:
    for row in sorted((row for row in rows if row["pass_id"] is not None), key=lambda row: row["pass_id"]):
        if not await pass_queries.take(tx, pass_id=row["pass_id"], units=row["units"], amount=row["amount_minor"]):
            raise PassUsedUp
    for row in sorted((row for row in rows if row["pool_id"] is not None), key=lambda row: row["pool_id"]):
        await fund_pools.take(
            tx, pool_id=row["pool_id"], month=row["month"], household=row["household"], amount=row["amount_minor"]
        )


def is_covered(line: Row) -> bool:
    """Whether somebody else than the buyer pays a part of a frozen line."""
    return any(each["borne_by"].partition(":")[0] in {"subsidy", "platform", "pass"} for each in line["reductions"])


def account_of(source: str) -> str:
    """The ledger account that a source pays from."""
    kind, _, slug = source.partition(":")
    if kind == "pass":
        return chart.partner_deferred(slug)
    if kind == "platform":
        return chart.platform_promotion()
    if kind != "subsidy":
        raise ValueError(f"nobody who pays for others: {source!r}")
    return chart.subsidy(slug)


async def release(tx: Connection, lines: Sequence[Row]) -> None:
    """The order ended unpaid: what was held for it may be used by others."""
    if any(is_covered(line) for line in lines):
        for row in await cover_queries.update_held(tx, lines[0]["order_id"], is_held=False):
            await _give_back(tx, row, amount=row["amount_minor"], is_whole=True)


async def take_again(tx: Connection, lines: Sequence[Row]) -> None:
    """The money of an order that had ended arrived late: take what covered it once more. Raises PoolTaken."""
    if any(is_covered(line) for line in lines):
        await _take(tx, await cover_queries.update_held(tx, lines[0]["order_id"], is_held=True))


async def _give_back(tx: Connection, row: Row, *, amount: int, is_whole: bool) -> None:
    if row["pass_id"] is not None:
        await pass_queries.update_returned(tx, pass_id=row["pass_id"], units=row["units"], amount=amount)
    if row["pool_id"] is not None:
        await fund_pools.give_back(
            tx, pool_id=row["pool_id"], month=row["month"], household=row["household"], amount=amount, is_whole=is_whole
        )


async def pay(tx: Connection, *, currency: str, lines: Sequence[Row]) -> None:
    """The order is paid: so is what covers it, each cover an event of its own."""
    for line, cover in await _covers(tx, lines):
        await ledger.post(
            tx,
            event_key=f"cover:{line['id']}:{cover['source']}",
            kind="cover_paid",
            transfers=entries.cover_paid(
                encoding.sold_cover(line, cover, currency=currency), source=account_of(cover["source"])
            ),
            reference={"order_id": str(line["order_id"]), "line_id": str(line["id"])},
        )


async def earn(tx: Connection, *, currency: str, line: Row) -> None:
    """The line is done: what covers it is the partner's to be paid out, as its own share is."""
    for _, cover in await _covers(tx, [line]):
        transfers = entries.cover_earned(encoding.sold_cover(line, cover, currency=currency))
        if transfers:
            await ledger.post(
                tx,
                event_key=f"cover_earned:{line['id']}:{cover['source']}",
                kind="cover_earned",
                transfers=transfers,
                reference={"order_id": str(line["order_id"]), "line_id": str(line["id"])},
            )


async def _covers(tx: Connection, lines: Sequence[Row]) -> list[tuple[Row, Row]]:
    covered = {line["id"]: line for line in lines if is_covered(line)}
    if not covered:
        return []
    found = await cover_queries.covers_of(tx, list({line["order_id"] for line in covered.values()}))
    return [(covered[row["line_id"]], row) for row in found if row["line_id"] in covered]


@dataclass(frozen=True, slots=True)
class Returning:
    """A part of a cover that goes back with money of its line."""

    cover: Row
    line: Row
    sold: entries.SoldLine
    amount: int

    @property
    def event_key(self) -> str:
        return f"cover_returned:{self.line['id']}:{self.cover['source']}:{self.cover['returned_minor'] + self.amount}"

    @property
    def transfers(self) -> list[Transfer]:
        return entries.cover_returned(self.sold, self.amount, source=account_of(self.cover["source"]))


async def going_back(
    tx: Connection, *, currency: str, parts: Sequence[tuple[Row, entries.SoldLine, int]], whole: Collection[UUID]
) -> list[Returning]:
    """What of the covers goes back when these parts of lines do; `whole` are the lines that are given back altogether."""
    amounts = {line["id"]: amount for line, _, amount in parts}
    found = []
    for line, cover in await _covers(tx, [line for line, _, _ in parts]):
        back = cover_rules.goes_back(
            cover["amount_minor"],
            cover["returned_minor"],
            payable=line["payable_minor"],
            refunded=line["refunded_minor"] + amounts[line["id"]],
            is_whole=line["id"] in whole,
        )
        if back:
            found.append(Returning(cover, line, encoding.sold_cover(line, cover, currency=currency), back))
    return found


async def note_returned(tx: Connection, each: Returning) -> None:
    """Write what went back of a cover; the pool has it again."""
    cover = each.cover
    await cover_queries.update_returned(
        tx,
        line_id=cover["line_id"],
        source=cover["source"],
        amount=each.amount,
        shares=encoding.refunded_shares(cover, entries.after(each.sold, each.amount)),
    )
    is_whole = cover["returned_minor"] + each.amount == cover["amount_minor"]
    await _give_back(tx, cover, amount=each.amount, is_whole=is_whole)
