"""What the ledger publishes: one head a day over all links sealed since the last, and proofs of single transfers that lead there."""

from typing import Any

from market.db import Connection, Database, Row
from market.ledger import publishing_queries as queries
from market.ledger.proofs import day_head, tree_path, tree_root
from market.ledger.queries import lock_seals, sealed_rows
from market.ledger.rules import FIRST_LINK, Finding, canonical

STEP = 50_000


async def publish_day(db: Database) -> bool:
    """The head of today (UTC), over everything sealed since the last one; False when there is one already, or nothing new."""
    async with db.transaction() as tx:
        await lock_seals(tx)
        last, day = await queries.last_day(tx), await queries.today(tx)
        if last is not None and last["day"] >= day:
            return False
        after, upto = last["upto_id"] if last else 0, await queries.sealed_upto(tx)
        leaves = await _links(tx, after_id=after, upto_id=upto)
        if not leaves:
            return False
        ids, root = list(leaves), tree_root(list(leaves.values()))
        facts = {"from_id": ids[0], "upto_id": ids[-1], "count": len(ids)}
        head = day_head(last["head"] if last else FIRST_LINK, day=day.isoformat(), root=root, **facts)
        await queries.insert_day(tx, day=day, root=root, head=head, **facts)
    return True


async def _links(tx: Connection, *, after_id: int, upto_id: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while rows := await queries.link_ids(tx, after_id=after_id, upto_id=upto_id, limit=STEP):
        found.update({row["transfer_id"]: row["hash"] for row in rows})
        after_id = rows[-1]["transfer_id"]
    return found


async def days(tx: Connection) -> list[Row]:
    """Every published day, oldest first."""
    return await queries.days(tx)


async def proof_of(tx: Connection, event_key: str) -> dict[str, Any] | None:
    """The proof of an event's transfers in the form that `proofs.check_proof` reads; None until the head of their day is published."""
    found: dict[str, dict[str, Any]] = {}
    leaves: dict[int, bytes] = {}
    entries = []
    for transfer_id in await queries.transfer_ids(tx, event_key):
        row = await queries.day_of(tx, transfer_id)
        if row is None:
            return None
        day = row["day"].isoformat()
        if day not in found:
            leaves |= await _links(tx, after_id=row["from_id"] - 1, upto_id=row["upto_id"])
            found[day] = {
                "day": day, "from_id": row["from_id"], "upto_id": row["upto_id"], "count": row["count"],
                "root": row["root"].hex(), "before": (row["before"] or FIRST_LINK).hex(), "head": row["head"].hex(),
            }  # fmt: skip
        own = [each for each in leaves if row["from_id"] <= each <= row["upto_id"]]
        path = tree_path([leaves[each] for each in own], own.index(transfer_id))
        (text,) = await sealed_rows(tx, after_id=transfer_id - 1, upto_id=transfer_id, limit=1)
        entries.append({
            "id": transfer_id, "day": day, "text": canonical(text).decode(),
            "before": (await queries.link_before(tx, transfer_id) or FIRST_LINK).hex(),
            "path": [[side, other.hex()] for side, other in path],
        })  # fmt: skip
    return {"days": list(found.values()), "entries": entries} if entries else None


async def check_days(tx: Connection) -> list[Finding]:
    """Part of the audit: each published head anew from the links."""
    found: list[Finding] = []
    before, after = FIRST_LINK, 0
    for row in await queries.days(tx):
        leaves = await _links(tx, after_id=after, upto_id=row["upto_id"])
        facts = {"from_id": row["from_id"], "upto_id": row["upto_id"], "count": row["count"]}
        root = tree_root(list(leaves.values())) if leaves else b""
        head = day_head(before, day=row["day"].isoformat(), root=root, **facts)
        if len(leaves) != row["count"] or head != row["head"]:
            found.append(Finding("day-wrong", f"the head published on {row['day']} does not follow from the links"))
        before, after = row["head"], row["upto_id"]
    return found
