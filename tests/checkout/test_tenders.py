"""Assets let by tender: sealed until the database clock says so, opened once, scored as announced, awarded into leases (T1)."""

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from nacl.public import PrivateKey, SealedBox
from pydantic import SecretStr

from market.checkout import (
    lease_settling,
    tender_awarding,
    tender_bids,
    tender_opening,
    tender_reading,
    tender_sealing,
    tenders,
)
from market.checkout.tender_schemas import (
    BidPoints,
    CommitteePoints,
    Criterion,
    NewBid,
    NewTender,
    Tender,
    TenderAward,
)
from market.db import Database
from market.errors import Forbidden, InvalidInput, NotFound
from market.people.rules import Actor, StaffRole
from market.settings import Settings
from market.spaces import service as spaces
from seeds.clock import Clock, movable_clock
from tests import factories
from tests.checkout.town import Town
from tests.invariants import check_invariants

NOW = datetime.now(UTC).replace(microsecond=0)
DEADLINE = NOW + timedelta(days=10)
FIRST = (DEADLINE + timedelta(days=10)).date()
CRITERIA = [
    Criterion("price", "price", "租金", 7000),
    Criterion("hours", "number", "每周公益时段（小时）", 2000, most=10),
    Criterion("plan", "committee", "经营方案", 1000),
]
AMOUNT = 271_828  # what must not be found anywhere before the opening


@dataclass
class Yard:
    """A town whose database clock can be moved, its director, and three partners who bid."""

    clock: Clock
    settings: Settings
    community: UUID
    spaces: list[UUID]
    director: Actor
    bidders: dict[str, Actor] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.clock.db

    async def announce(self, **facts: Any) -> UUID:
        await self.clock.set(NOW)
        terms = {
            "title": "东街两间铺面", "spaces": self.spaces, "bids_until": DEADLINE, "first_day": FIRST,
            "last_day": FIRST + timedelta(days=364), "criteria": CRITERIA, "reserve_minor": 100_000, "share_bp": 300,
            "rent_free_weeks": 2, "deposit_minor": 500_001,
        } | facts  # fmt: skip
        return await tenders.announce(
            self.db, actor=self.director, settings=self.settings, community="xiqiao", new=NewTender(**terms)
        )

    async def bid(self, tender: UUID, who: str = "one", base: int = AMOUNT, hours: int = 5, note: str = "") -> UUID:
        new = NewBid(partner=who, base_minor=base, answers={"hours": hours}, note=note)
        return await tender_bids.place(
            self.db, actor=self.bidders[who], settings=self.settings, tender_id=tender, new=new
        )

    async def withdraw(self, tender: UUID, who: str = "one") -> None:
        await tender_bids.withdraw(
            self.db, actor=self.bidders[who], settings=self.settings, tender_id=tender, partner=who
        )

    async def open(self, tender: UUID, *, at: datetime | None = DEADLINE, actor: Actor | None = None) -> Tender:
        if at:
            await self.clock.set(at)
        await tender_opening.open_bids(
            self.db,
            actor=actor or self.director,
            settings=self.settings,
            tender_id=tender,
            attended="李、王两位居民代表",
        )
        return await tender_reading.tender(self.db, tender_id=tender)

    async def points(self, tender: UUID, *given: tuple[UUID, int]) -> None:
        new = CommitteePoints([BidPoints(bid_id, "plan", points) for bid_id, points in given])
        await tender_opening.give_points(self.db, actor=self.director, tender_id=tender, new=new)

    async def award(
        self, tender: UUID, bid: UUID, reason: str = "", actor: Actor | None = None, first: date | None = None
    ) -> None:
        new = TenderAward(bid, reason, first)
        await tender_awarding.award(self.db, actor=actor or self.director, tender_id=tender, new=new)

    async def receipts(self, who: str) -> list[tuple[str, str]]:
        found = await tender_bids.own(self.db, actor=self.bidders[who], partner=who)
        return [(row["state"], row["receipt"]) for row in found]

    async def value(self, query: str, *args: object) -> Any:
        async with self.db.read() as tx:
            return await tx.fetchval(query, *args)


@pytest.fixture
async def yard(town: Town, dsn: str) -> AsyncIterator[Yard]:
    small = {"community": "xiqiao", "enterprise": "xiqiao-enterprise", "kind": "shop"}
    rooms = [await factories.make_space(town.db, f"铺面{n}", area_m2=20.0 * n, **small) for n in (1, 2)]
    async with movable_clock(dsn) as clock:
        person = await factories.make_person(town.db)
        director = Actor(person, roles=(StaffRole("director", town.xiqiao, frozenset({town.xiqiao})),))
        made = Yard(clock, town.parts.settings, town.xiqiao, rooms, director)
        for slug in ("one", "two", "three"):
            partner = await factories.make_partner(town.db, slug, community="xiqiao")
            owner = await made.value("SELECT person_id FROM partner_members WHERE partner_id = $1", partner)
            made.bidders[slug] = Actor(owner, partners={partner: "owner"})
        yield made


async def test_bids_are_opened_scored_and_awarded_into_a_lease_for_each_space(yard: Yard, town: Town) -> None:
    tender = await yard.announce()
    await yard.clock.set(NOW + timedelta(days=1))
    first = await yard.bid(tender, "one", 300_000, hours=2)
    second = await yard.bid(tender, "two", 280_000, hours=10, note="周二下午免费")
    shown = await yard.open(tender)
    assert [(bid.partner, bid.base and bid.base.amount, bid.answers, bid.note) for bid in shown.bids] == [
        ("one", 300_000, {"hours": 2}, ""),
        ("two", 280_000, {"hours": 10}, "周二下午免费"),
    ]
    assert (shown.status, shown.opened_at, shown.attended) == ("opened", DEADLINE, "李、王两位居民代表")
    with pytest.raises(tender_awarding.PointsMissing):
        await yard.award(tender, second)
    await yard.points(tender, (first, 100), (second, 50))
    with pytest.raises(InvalidInput, match="not the first"):
        await yard.award(tender, first)
    await yard.award(tender, second)
    done = await tender_reading.tender(yard.db, tender_id=tender)
    assert (done.status, done.awarded_bid) == ("awarded", second)
    assert [(bid.score.place, bid.score.total) for bid in done.bids if bid.score] == [(2, 8400), (1, 9033)]
    async with yard.db.read() as tx:
        leases = await tx.fetch("SELECT * FROM leases WHERE tender_id = $1 ORDER BY base_minor", tender)
    terms = ("base_minor", "share_from_bp", "share_bp", "rent_free_weeks", "deposit_minor", "first_day", "last_day")
    assert [tuple(row[name] for name in terms) for row in leases] == [
        (93_334, 0, 100, 2, 166_667, FIRST, FIRST + timedelta(days=364)),
        (186_666, 100, 200, 2, 333_334, FIRST, FIRST + timedelta(days=364)),
    ]
    assert await yard.value("SELECT count(*) FROM occupancies WHERE kind = 'lease' AND status = 'active'") == 2
    told = await yard.value("SELECT array_agg(subject ORDER BY id) FROM messages")
    assert sum(subject.startswith("招租结果") for subject in told) == 2
    with pytest.raises(tenders.TenderNotThere):
        await yard.award(tender, first, "again")


async def test_the_leases_of_an_award_take_the_share_of_turnover_once_and_to_the_unit(yard: Yard, town: Town) -> None:
    """Also when both are settled at once, and when one space is given back early."""
    tender = await yard.announce(rent_free_weeks=0, share_bp=333)
    await yard.clock.set(NOW + timedelta(days=1))
    bid = await yard.bid(tender, "one", 300_000)
    await yard.open(tender)
    await yard.points(tender, (bid, 50))
    await yard.award(tender, bid)
    one = await yard.value("SELECT id FROM partners WHERE slug = 'one'")
    async with yard.db.transaction() as tx:
        await tx.execute(
            "UPDATE leases SET ended_on = last_day - 40 WHERE id = (SELECT id FROM leases ORDER BY id DESC LIMIT 1)"
        )
        order = await tx.fetchval(
            "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, paid_at) "
            "SELECT id, 'paid', 'desk', 'CNY', 99999, $1 FROM persons LIMIT 1 RETURNING id",
            datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC) + timedelta(days=2),
        )
        await tx.execute(
            "INSERT INTO order_lines (order_id, position, kind, item_kind, community_id, time_zone, seller, partner_id, space_id, title, "
            "quantity, list_minor, payable_minor) VALUES ($1, 0, 'space', 'space', $2, 'Etc/UTC', '', $3, $4, '', 1, 99999, 99999)",
            order,
            yard.community,
            one,
            yard.spaces[0],
        )
    await yard.clock.set(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=400))
    await asyncio.gather(*(lease_settling.settle_due(yard.db) for _ in range(3)))
    async with yard.db.read() as tx:
        months = await tx.fetch(
            "SELECT month, count(*) AS leases, sum(share_minor) AS share, max(turnover_minor) AS turnover FROM lease_statements "
            "GROUP BY month ORDER BY month"
        )
    assert (months[0]["leases"], months[0]["turnover"], months[0]["share"]) == (2, 99_999, 99_999 * 333 // 10_000)
    assert sum(row["share"] for row in months) == 99_999 * 333 // 10_000
    assert (months[1]["leases"], months[-1]["leases"]) == (2, 1)
    await check_invariants(yard.db)


async def test_a_bid_below_the_first_is_awarded_with_a_published_reason(yard: Yard) -> None:
    tender = await yard.announce(criteria=[Criterion("price", "price", "租金", 10_000)])
    low = await place(yard, tender, "one", 100_000)
    await place(yard, tender, "two", 200_000)
    await yard.open(tender)
    await yard.award(tender, low, "第一名放弃")
    assert (await tender_reading.tender(yard.db, tender_id=tender)).award_reason == "第一名放弃"


async def place(yard: Yard, tender: UUID, who: str, base: int) -> UUID:
    new = NewBid(partner=who, base_minor=base)
    return await tender_bids.place(yard.db, actor=yard.bidders[who], settings=yard.settings, tender_id=tender, new=new)


async def test_a_bid_below_the_least_rent_is_told_the_amount(yard: Yard) -> None:
    tender = await yard.announce()
    with pytest.raises(InvalidInput) as refused:
        await yard.bid(tender, "one", 99_999)
    assert ("base_minor", "must be at least 1000.00 CNY") in refused.value.fields
    await yard.bid(tender, "one", 100_000)


async def test_bids_come_in_until_the_second_before_the_deadline_and_are_opened_from_the_deadline_on(
    yard: Yard,
) -> None:
    tender = await yard.announce()
    second = timedelta(seconds=1)
    await yard.clock.set(DEADLINE - second)
    await yard.bid(tender, "one")
    with pytest.raises(tender_opening.TenderStillSealed):
        await yard.open(tender, at=None)
    for late in (timedelta(0), second):
        await yard.clock.set(DEADLINE + late)
        with pytest.raises(tender_bids.BiddingOver):
            await yard.bid(tender, "two")
        with pytest.raises(tender_bids.BiddingOver):
            await yard.withdraw(tender, "one")
    with pytest.raises(asyncpg.PostgresError, match="takes no bids"):  # also past the program
        async with yard.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO tender_bids (tender_id, number, partner_id, sealed, receipt, stamp) "
                "SELECT tender_id, 9, partner_id, sealed, receipt, stamp FROM tender_bids"
            )
    assert [bid.partner for bid in (await yard.open(tender)).bids] == ["one"]


async def test_nothing_in_the_database_says_what_is_in_a_bid_and_the_key_is_not_in_it_either(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender, "one", AMOUNT, note="独一无二的说法")
    await yard.bid(tender, "two", 10**10, note="说" * 1000)
    assert await found_anywhere(yard, str(AMOUNT), "独一无二") == set()
    async with yard.db.read() as tx:
        bids = await tx.fetch("SELECT sealed, base_minor, answers, note FROM tender_bids")
        stored = await tx.fetchrow("SELECT * FROM tenders")
    assert {(row["base_minor"], row["answers"], row["note"], len(row["sealed"])) for row in bids} == {
        (None, None, None, tender_sealing.PADDED_BYTES + 48)
    }
    assert stored["private_key"] is None
    # What lies in the database does not open it: not by itself, and not with another secret.
    for key in (stored["wrapped_key"][:32], stored["wrapped_key"][-32:], stored["public_key"]):
        assert tender_sealing.unseal(bids[0]["sealed"], private_key=key) is None
    other = yard.settings.model_copy(update={"tender_key": SecretStr("another secret of 32 characters and more")})
    with pytest.raises(tender_sealing.KeyIsAnother):
        tender_sealing.unwrap(other, tender_id=tender, wrapped=stored["wrapped_key"], public_key=stored["public_key"])
    with pytest.raises(tender_sealing.KeyIsAnother):
        tender_sealing.unwrap(
            yard.settings, tender_id=uuid4(), wrapped=stored["wrapped_key"], public_key=stored["public_key"]
        )
    shown = await tender_reading.tender(yard.db, tender_id=tender)
    assert (shown.bids, shown.is_open_for_bids, shown.may_open) == ([], True, False)
    with pytest.raises(tender_reading.StillSealed):
        await tender_reading.protocol(yard.db, tender_id=tender)
    await yard.open(tender)  # the control: afterwards the same search finds them
    assert await found_anywhere(yard, str(AMOUNT)) == await found_anywhere(yard, "独一无二") == {"tender_bids"}


async def found_anywhere(yard: Yard, *texts: str) -> set[str]:
    """The tables that hold one of these texts, in the open or as bytes."""
    needles = [*texts, *(text.encode().hex() for text in texts)]
    found = set()
    async with yard.db.read() as tx:
        for table in await tx.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"):
            rows = await tx.fetch(f'SELECT t::text AS whole FROM "{table["name"]}" t')
            found |= {table["name"] for row in rows for needle in needles if needle in row["whole"]}
    return found


async def test_a_replaced_and_a_withdrawn_bid_keep_their_receipts_and_lose_what_they_said(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender, "one", 150_000)
    await yard.bid(tender, "one", 250_000)
    await yard.bid(tender, "two", 400_000)
    await yard.withdraw(tender, "two")
    with pytest.raises(tender_bids.NoBid):
        await yard.withdraw(tender, "two")
    kept = {receipt for who in ("one", "two") for _, receipt in await yard.receipts(who)}
    shown = await yard.open(tender)
    assert [(bid.state, bid.base and bid.base.amount, bid.fault) for bid in shown.bids] == [
        ("replaced", None, ""),
        ("opened", 250_000, ""),
        ("withdrawn", None, ""),
    ]
    assert {bid.receipt for bid in shown.bids} == kept
    assert await yard.value("SELECT count(*) FROM tender_bids WHERE sealed IS NOT NULL") == 1


async def test_anybody_can_open_the_bids_again_with_the_published_protocol_alone(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender, "one", 300_000, note="说明")
    await yard.open(tender)
    protocol = await tender_reading.protocol(yard.db, tender_id=tender)
    (bid,) = protocol.bids
    sealed = b64decode(bid.sealed or "")
    assert hashlib.sha256(sealed).hexdigest() == bid.receipt == (await yard.receipts("one"))[0][1]
    key = PrivateKey(b64decode(protocol.private_key))
    assert bytes(key.public_key) == b64decode(protocol.public_key)
    plain = msgspec.json.decode(SealedBox(key).decrypt(sealed))
    assert (plain["base_minor"], plain["note"], plain["tender_id"]) == (300_000, "说明", str(tender))


CHANGES = {
    "another ciphertext": (
        "UPDATE tender_bids SET sealed = set_byte(sealed, 60, (get_byte(sealed, 60) + 1) % 256) WHERE number = 2",
        {2: "not-its-receipt"},
    ),
    "another ciphertext with its receipt": (
        "UPDATE tender_bids SET sealed = '\\x01', receipt = encode(sha256('\\x01'), 'hex') WHERE number = 2",
        {2: "not-written-by-us"},
    ),
    "the row given to another partner": (
        "UPDATE tender_bids SET partner_id = (SELECT id FROM partners WHERE slug = 'qinghe-studio') WHERE number = 2",
        {2: "not-written-by-us"},
    ),
    "marked as withdrawn": (
        "UPDATE tender_bids SET state = 'withdrawn', sealed = NULL WHERE number = 2",
        {2: "not-written-by-us"},
    ),
    "taken out": ("DELETE FROM tender_bids WHERE number = 2", {3: "one-missing"}),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_bid_that_was_changed_past_the_program_is_named_and_counts_no_more(yard: Yard, change: str) -> None:
    tender = await yard.announce()
    for who in ("one", "two", "three"):
        await yard.bid(tender, who)
    statement, named = CHANGES[change]
    async with yard.db.transaction() as tx:
        await tx.execute(statement)
    shown = await yard.open(tender)
    assert {bid.number: bid.fault for bid in shown.bids if bid.fault} == named
    counted = {bid.number for bid in shown.bids if bid.score}
    assert counted == {1, 3}
    broken = next((bid for bid in shown.bids if bid.number == 2), None)
    if broken and broken.state == "broken":
        with pytest.raises(InvalidInput, match="no opened bid"):
            await yard.points(tender, (broken.id, 5))


async def test_a_sealed_bid_moved_into_another_row_is_named(yard: Yard) -> None:
    tender = await yard.announce()
    async with yard.db.read() as tx:
        public = await tx.fetchval("SELECT public_key FROM tenders")
    await yard.bid(tender, "one")
    bid = await yard.value("SELECT id FROM tender_bids")
    partner = next(iter(yard.bidders["two"].partners))
    alien = tender_sealing.seal(
        tender_sealing.BidContent(tender, bid, partner, base_minor=1_000_000, answers={"hours": 10}, note=""),
        public_key=public,
    )
    receipt = tender_sealing.receipt_of(alien)
    mine = next(iter(yard.bidders["one"].partners))
    facts = {"bid_id": bid, "tender_id": tender, "partner_id": mine, "number": 1, "receipt": receipt, "ended": False}
    async with yard.db.transaction() as tx:  # even who has the secret as well
        await tx.execute(
            "UPDATE tender_bids SET sealed = $1, receipt = $2, stamp = $3",
            alien,
            receipt,
            tender_sealing.stamp(yard.settings, **facts),
        )
    assert [each.fault for each in (await yard.open(tender)).bids] == ["belongs-elsewhere"]


async def test_two_who_open_at_once_open_once(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender)
    await yard.clock.set(DEADLINE)
    ended = await asyncio.gather(*(yard.open(tender, at=None) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(each, Tender) for each in ended) == 1
    assert sum(isinstance(each, tenders.TenderNotThere) for each in ended) == 4
    assert await yard.value("SELECT count(*) FROM audit_log WHERE action = 'tender.opened'") == 1


async def test_one_partner_bidding_many_times_at_once_has_one_bid(yard: Yard) -> None:
    tender = await yard.announce()
    await asyncio.gather(*(yard.bid(tender, "one", 200_000 + n) for n in range(6)))
    states = [state for state, _ in await yard.receipts("one")]
    assert sorted(states) == ["replaced"] * 5 + ["valid"]
    assert await yard.value("SELECT array_agg(number ORDER BY number) FROM tender_bids") == [1, 2, 3, 4, 5, 6]


async def test_terms_stay_as_they_were_announced(yard: Yard) -> None:
    await yard.announce()
    for column, value in (
        ("reserve_minor", "1"),
        ("bids_until", "now()"),
        ("criteria", "'[]'"),
        ("wrapped_key", "'x'"),
    ):
        with pytest.raises(asyncpg.PostgresError, match="do not change"):
            async with yard.db.transaction() as tx:
                await tx.execute(f"UPDATE tenders SET {column} = {value}")


async def test_only_leads_of_the_community_announce_open_and_award(yard: Yard, town: Town) -> None:
    tender = await yard.announce()
    bid = await yard.bid(tender)
    clerk = Actor(yard.director.person_id, roles=(StaffRole("clerk", town.xiqiao, frozenset({town.xiqiao})),))
    elsewhere = Actor(yard.director.person_id, roles=(StaffRole("director", town.liuyuan, frozenset({town.liuyuan})),))
    await yard.clock.set(DEADLINE)
    for stranger in (clerk, elsewhere, yard.bidders["one"]):
        with pytest.raises(Forbidden):
            await yard.open(tender, at=None, actor=stranger)
        with pytest.raises(Forbidden):
            await yard.award(tender, bid, actor=stranger)
        with pytest.raises(Forbidden):
            await tenders.cancel(yard.db, actor=stranger, tender_id=tender, reason="x")
    with pytest.raises(NotFound):
        await tender_bids.own(yard.db, actor=yard.director, partner="one")
    await yard.open(tender)
    await yard.points(tender, (bid, 1))
    partial = Actor(yard.director.person_id, roles=yard.director.roles, partners=yard.bidders["one"].partners)
    with pytest.raises(Forbidden, match="belongs to a bidder"):
        await yard.award(tender, bid, actor=partial)


async def test_nobody_bids_for_a_partner_of_others_or_below_the_terms(yard: Yard) -> None:
    tender = await yard.announce()
    with pytest.raises(NotFound):
        new = NewBid(partner="two", base_minor=AMOUNT, answers={"hours": 1})
        await tender_bids.place(yard.db, actor=yard.bidders["one"], settings=yard.settings, tender_id=tender, new=new)
    with pytest.raises(InvalidInput) as refused:
        await yard.bid(tender, "one", 99_999, hours=11)
    assert [name for name, _ in refused.value.fields] == ["base_minor", "answers.hours"]
    with pytest.raises(NotFound):
        await yard.bid(uuid4(), "one")
    assert await yard.value("SELECT count(*) FROM tender_bids") == 0


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"bids_until": NOW}, "bids_until"),
        ({"bids_until": datetime(2030, 1, 1)}, "bids_until"),  # noqa: DTZ001 - without an offset is what is refused
        ({"bids_until": NOW + timedelta(days=4000)}, "bids_until"),
        ({"first_day": DEADLINE.date() - timedelta(days=1)}, "first_day"),
        ({"last_day": FIRST - timedelta(days=1)}, "last_day"),
        ({"last_day": FIRST + timedelta(days=4000)}, "last_day"),
        ({"spaces": [UUID(int=1)]}, "spaces"),
        ({"title": " "}, "title"),
        ({"criteria": [Criterion("price", "price", "租金", 5000)]}, "criteria"),
    ],
)
async def test_terms_that_cannot_be_announced_name_their_field(yard: Yard, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await yard.announce(**facts)
    assert field in [name for name, _ in refused.value.fields]
    assert await yard.value("SELECT count(*) FROM tenders") == 0


async def test_an_award_into_taken_time_is_refused_whole_and_names_the_space(yard: Yard) -> None:
    tender = await yard.announce()
    bid = await yard.bid(tender)
    await yard.open(tender)
    await yard.points(tender, (bid, 1))
    busy = datetime(FIRST.year, FIRST.month, FIRST.day, 10, tzinfo=UTC) + timedelta(days=3)
    async with yard.db.transaction() as tx:
        await spaces.occupy(
            tx, space_id=yard.spaces[1], starts_at=busy, ends_at=busy + timedelta(hours=1), kind="booking"
        )
    with pytest.raises(tender_awarding.TenderSpaceTaken, match="铺面2"):
        await yard.award(tender, bid)
    assert await yard.value("SELECT count(*) FROM leases") == 0
    await yard.award(tender, bid, first=FIRST + timedelta(days=5))
    assert await yard.value("SELECT min(first_day) FROM leases") == FIRST + timedelta(days=5)


async def test_a_tender_that_is_called_off_keeps_its_bids_sealed(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender)
    await tenders.cancel(yard.db, actor=yard.director, tender_id=tender, reason="改作公益用途")
    with pytest.raises(tender_bids.BiddingOver):
        await yard.bid(tender)
    with pytest.raises(tenders.TenderNotThere):
        await yard.open(tender)
    shown = await tender_reading.tender(yard.db, tender_id=tender)
    assert (shown.status, shown.cancel_reason, shown.bids) == ("cancelled", "改作公益用途", [])


async def test_the_secret_of_another_environment_opens_nothing_and_changes_nothing(yard: Yard) -> None:
    tender = await yard.announce()
    await yard.bid(tender)
    yard.settings = yard.settings.model_copy(update={"tender_key": SecretStr("x" * 40)})
    with pytest.raises(tender_sealing.KeyIsAnother):
        await yard.open(tender)
    assert await yard.value("SELECT status FROM tenders") == "announced"
