"""The ledger's use cases: post once, read balances, roll up, seal, and audit everything."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from market.db import Connection, Database, Row
from market.ledger import queries
from market.ledger.rules import (
    FIRST_LINK,
    Finding,
    KeyTaken,
    NotReversible,
    SealedRow,
    Transfer,
    checked_group,
    link,
    same_movement,
)

log = structlog.get_logger(__name__)

# How long a roll-up waits for transactions that run while it looks; the next run tries again.
SETTLE_S = 2.0
SETTLE_STEP_S = 0.02
ROLL_UP_STEP = 200_000
SEAL_STEP = 5_000
MAX_FINDINGS = 100

# A further check of the audit, run in its snapshot (funds and payments bring theirs).
Check = Callable[[Connection], Awaitable[Sequence[Finding]]]


async def post(
    tx: Connection,
    *,
    event_key: str,
    kind: str,
    transfers: Sequence[Transfer],
    reference: dict[str, object] | None = None,
    reverses: UUID | None = None,
    occurred_at: datetime | None = None,
) -> bool:
    """Write one business event with its transfers, exactly once per `event_key`; False: it was posted before, nothing changed.

    An event may move nothing (a free order, M44). `occurred_at` defaults to the database's now. `reverses` names the event that this
    one takes back, whole or in part. Raises KeyTaken when the key was used for another movement, MixedCurrencies, NotReversible."""
    group = checked_group(transfers)
    if reverses is not None:
        # A replay must not be refused because its first posting used up what can be reversed.
        if await _was_posted(tx, event_key=event_key, kind=kind, group=group, reverses=reverses):
            return False
        await _check_reversal(tx, reverses=reverses, group=group)
    for _ in range(2):
        event_id = await queries.insert_event(
            tx,
            event_key=event_key,
            kind=kind,
            occurred_at=occurred_at,
            reverses=reverses,
            reference=reference or {},
            transfers=group,
        )
        if event_id is not None:
            return True
        if await _was_posted(tx, event_key=event_key, kind=kind, group=group, reverses=reverses):
            return False
        await queries.insert_accounts(
            tx, codes=[code for t in group for code in (t.debit, t.credit)], currency=group[0].amount.currency
        )
    raise RuntimeError(f"event {event_key} could not be posted")


async def _was_posted(
    tx: Connection, *, event_key: str, kind: str, group: Sequence[Transfer], reverses: UUID | None
) -> bool:
    """Whether this very event is in the books; raises KeyTaken when the key stands for another one."""
    known = await queries.event_by_key(tx, event_key)
    if known is None:
        return False
    if (
        known["kind"] != kind
        or known["reverses"] != reverses
        or not same_movement(await queries.transfers_of(tx, known["id"]), group)
    ):
        raise KeyTaken(f"The event {event_key} was posted before with other transfers.")
    return True


async def _check_reversal(tx: Connection, *, reverses: UUID, group: Sequence[Transfer]) -> None:
    """A reversal names an event that is none itself, and all of them together take back no more than it moved (M39)."""
    first = await queries.lock_reversible(tx, reverses)
    if first is None:
        raise NotReversible("The event to reverse does not exist.")
    if first["reverses"] is not None:
        raise NotReversible("A reversal cannot be reversed; post the event again under a new key.")
    asked = sum(t.amount.minor for t in group)
    if asked and group[0].amount.currency != first["currency"]:
        raise NotReversible("A reversal is in the currency of what it reverses.")
    if asked == 0 or first["reversed"] + asked > first["whole"]:
        raise NotReversible("That would take back more than the event moved.")


async def event_id(tx: Connection, event_key: str) -> UUID | None:
    """The id of a posted event, to name it in a reversal."""
    row = await queries.event_by_key(tx, event_key)
    return row["id"] if row else None


async def transfers_of(tx: Connection, event_id: UUID) -> list[Transfer]:
    """What an event moved, in the order posted: what `rules.reversal` and `rules.unwind` start from."""
    return await queries.transfers_of(tx, event_id)


async def open_accounts(tx: Connection, *, codes: Sequence[str], currency: str) -> dict[str, int]:
    """The ids of accounts, opened where they do not exist."""
    await queries.insert_accounts(tx, codes=codes, currency=currency)
    return await queries.account_ids(tx, codes=codes, currency=currency)


async def begin_snapshot(tx: Connection) -> None:
    """Make the transaction, of which this is the first statement, read one moment of the database."""
    await queries.begin_snapshot(tx)


async def balance(tx: Connection, code: str, currency: str) -> int:
    """Credit minus debit in minor units; 0 for an account that was never used."""
    return (await balances(tx, [code], currency))[code]


async def balances(tx: Connection, codes: Sequence[str], currency: str) -> dict[str, int]:
    """Credit minus debit of each code in minor units, all of one moment."""
    return dict.fromkeys(codes, 0) | await queries.balances(tx, codes=codes, currency=currency)


async def settled_upto(db: Database, *, wait_s: float = SETTLE_S) -> int:
    """An id up to which no transfer can appear any more: the newest in sight, once every transaction running then has ended.

    A transfer takes its id after its event gave its transaction an xid, so whoever may still fill a lower id is running now.
    Where transactions run on for long, it is the mark reached before."""
    async with db.read() as connection:
        upto, xmax = await queries.newest_transfer(connection)
        for _ in range(max(1, int(wait_s / SETTLE_STEP_S))):
            if await queries.all_ended_before(connection, xmax):
                return upto
            await asyncio.sleep(SETTLE_STEP_S)
        log.warning("rollup_waits", upto_id=upto)
        return await queries.mark(connection)


async def roll_up(db: Database, *, wait_s: float = SETTLE_S) -> int:
    """Add all settled transfers to the rollups; returns the id up to which they stand. Runs of two workers take turns."""
    target = await settled_upto(db, wait_s=wait_s)
    while True:
        async with db.transaction() as tx:
            done = await queries.lock_mark(tx)
            if done >= target:
                return done
            upto = min(target, done + ROLL_UP_STEP)
            await queries.update_rollups(tx, after_id=done, upto_id=upto)


async def seal(db: Database, *, wait_s: float = SETTLE_S, step: int = SEAL_STEP) -> int:
    """Chain all settled transfers that are not sealed yet, at most `step` to a seal; returns how many were sealed."""
    target = await settled_upto(db, wait_s=wait_s)
    sealed = 0
    while True:
        async with db.transaction() as tx:
            await queries.lock_seals(tx)
            last = await queries.last_seal(tx)
            rows = await queries.sealed_rows(tx, after_id=last["upto_id"] if last else 0, upto_id=target, limit=step)
            if not rows:
                return sealed
            hashes = chained(last["head"] if last else FIRST_LINK, rows)
            await queries.insert_links(tx, ids=[row.id for row in rows], hashes=hashes)
            await queries.insert_seal(tx, from_id=rows[0].id, upto_id=rows[-1].id, count=len(rows), head=hashes[-1])
        sealed += len(rows)


async def seals(tx: Connection, *, before_id: int | None, limit: int) -> list[Row]:
    """Seals, newest first, from before `before_id` on."""
    return await queries.seals(tx, before_id=before_id, limit=limit)


def chained(head: bytes, rows: Sequence[SealedRow]) -> list[bytes]:
    """The links of `rows` that follow the link `head`."""
    hashes = []
    for row in rows:
        head = link(head, row)
        hashes.append(head)
    return hashes


async def verify(db: Database, *, also: Sequence[Check] = (), step: int = SEAL_STEP) -> list[Finding]:
    """Recompute the books in one snapshot and say everything that is wrong; an empty list is a clean audit.

    `also` are checks of other slices in the same snapshot, e.g. funds.service.check_funds and the provider's clearing account."""
    async with db.transaction() as tx:
        await queries.begin_snapshot(tx)
        found = await queries.findings(tx)
        found += await _check_chain(tx, step=step)
        for check in also:
            found += await check(tx)
    return found


async def _check_chain(tx: Connection, *, step: int) -> list[Finding]:
    """Every sealed row against its link, every seal against its last link; each wrong row is named (O04)."""
    found: list[Finding] = []
    head, after = FIRST_LINK, 0
    for seal_row in await queries.all_seals(tx):
        name = f"seal {seal_row['id']}"
        if seal_row["from_id"] <= after:
            found.append(
                Finding("seal-wrong", f"{name} starts at transfer {seal_row['from_id']}, which an earlier seal holds")
            )
        head, count, wrong = await _check_links(tx, head=head, after_id=after, upto_id=seal_row["upto_id"], step=step)
        found += wrong
        if head != seal_row["head"] or count != seal_row["count"]:
            found.append(
                Finding(
                    "seal-wrong",
                    f"{name} (transfers {seal_row['from_id']} to {seal_row['upto_id']}) does not fit its chain",
                )
            )
        head, after = seal_row["head"], seal_row["upto_id"]
        if len(found) >= MAX_FINDINGS:
            break
    return found


async def _check_links(
    tx: Connection, *, head: bytes, after_id: int, upto_id: int, step: int
) -> tuple[bytes, int, list[Finding]]:
    """The last link, the number of links and what is wrong between two ids. Goes on from the stored link after a wrong row,
    so that a changed row is named alone."""
    found = []
    count = 0
    while after_id < upto_id:
        rows = {row.id: row for row in await queries.sealed_rows(tx, after_id=after_id, upto_id=upto_id, limit=step)}
        stored = await queries.links(tx, after_id=after_id, upto_id=upto_id, limit=step)
        # Two pages of equal length may end at different ids when rows are missing: only what both cover is compared now.
        end = min((max(ids) for ids in (rows, stored) if len(ids) >= step), default=upto_id)
        for each in sorted({id_ for id_ in (*rows, *stored) if id_ <= end}):
            if each not in rows:
                found.append(Finding("transfer-removed", f"transfer {each} was sealed and is gone"))
            elif each not in stored:
                found.append(Finding("transfer-added", f"transfer {each} was slipped in between sealed ones"))
                continue
            elif link(head, rows[each]) != stored[each]:
                found.append(Finding("transfer-changed", f"transfer {each} is not what was sealed"))
            head = stored[each]
            count += 1
        after_id = end
    return head, count, found
