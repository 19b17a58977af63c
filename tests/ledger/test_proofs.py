"""A single transfer is proven with the head of its day, and nothing else proves with it (O04)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.db import Database
from market.ledger import publishing, service
from market.ledger.proofs import check_proof, root_of, tree_path, tree_root
from tests.ledger.test_books_hold import post, tampering


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


@given(st.integers(1, 70), st.data())
def test_every_leaf_leads_to_the_root_and_no_other_leaf_does(count: int, data: st.DataObject) -> None:
    of = leaves(count)
    index = data.draw(st.integers(0, count - 1))
    path = tree_path(of, index)
    assert root_of(of[index], path) == tree_root(of)
    assert root_of(hashlib.sha256(b"other").digest(), path) != tree_root(of)
    assert len(path) <= 7


async def published(db: Database, numbers: range) -> None:
    for number in numbers:
        await post(db, number)
    await service.seal(db)
    assert await publishing.publish_day(db)


async def test_a_purchase_is_proven_with_the_published_head_alone(db: Database) -> None:
    await post(db, 100)
    async with db.read() as connection:
        assert await publishing.proof_of(connection, "sale:100") is None, "nothing is published yet"
    await published(db, range(9))
    async with db.read() as connection:
        proof = await publishing.proof_of(connection, "sale:3")
        assert await publishing.proof_of(connection, "sale:unknown") is None
        (day,) = await publishing.days(connection)
    assert proof is not None
    heads = {day["day"].isoformat(): day["head"].hex()}
    result = check_proof(proof, heads)
    assert (result.findings, result.entries, result.heads) == ([], 2, heads)
    assert not await publishing.publish_day(db), "once a day"
    for spoil in ("text", "before", "path", "root", "head", "other"):
        bad = {"days": [dict(each) for each in proof["days"]], "entries": [dict(each) for each in proof["entries"]]}
        if spoil in {"root", "head"}:
            bad["days"][0][spoil] = "ab" * 32
        elif spoil == "path":
            bad["entries"][0]["path"] = bad["entries"][0]["path"][1:]
        else:
            bad["entries"][0][spoil] = bad["entries"][1].get(spoil, "") if spoil != "before" else "ab" * 32
        assert bool(check_proof(bad, heads).findings) == (spoil != "other")
    assert check_proof(proof, {}).findings, "a day that was not published proves nothing"
    assert await publishing_findings(db) == []


async def publishing_findings(db: Database) -> list[str]:
    return [each.check for each in await service.verify(db, also=[publishing.check_days])]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_days SET head = sha256('x')", "DELETE FROM ledger_links WHERE transfer_id = 4",
     "UPDATE ledger_links SET hash = sha256('x') WHERE transfer_id = 4", "UPDATE ledger_days SET count = count + 1"],
)  # fmt: skip
async def test_O04_who_changes_a_published_day_is_found(db: Database, statement: str) -> None:
    await published(db, range(5))
    async with tampering(db) as tx:
        await tx.execute(statement)
    assert "day-wrong" in await publishing_findings(db)
