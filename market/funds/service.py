"""Use cases around funds: charters, versioned routing rules, and the sums of the public page. Donations are in donations.py, new
versions of rules in drafts.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from market.communities import service as communities
from market.communities.rules import Policies, policies_of
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.funds import close_queries, gift_queries, pool_queries, queries, spending_queries
from market.funds.close_rules import check_parts
from market.funds.rules import RoutingRule, Sum
from market.ledger import chart
from market.ledger import service as ledger
from market.ledger.rules import Finding
from market.money import BASIS
from market.text import clean_text

ROLL_UP_STEP = 200_000

# L4, S3: what each community's two funds are for until its own charter says otherwise.
CHARTERS: dict[str, dict[str, Any]] = {
    "development": {
        "name": "发展基金",
        "name_en": "development fund",
        "about": "合作伙伴营业额的一部分自动进入本基金，用于社区空间、设备和共同项目。每一笔收支都在此公开。",
        "about_en": "A part of every partner's turnover comes here by itself. It pays for shared rooms, equipment and projects.",
        "custodian": "社区居民委员会",
        "purposes": ["公共空间与设备", "社区活动", "居民培训", "共同项目"],
    },
    "charity": {
        "name": "慈善基金",
        "name_en": "charity fund",
        "about": "场地租金的一部分和居民、企业的捐款进入本基金，专用于本社区的老人、困难家庭和小小心愿。",
        "about_en": "A part of the room rent and all donations come here, earmarked for elders, families in need and small wishes nearby.",
        "custodian": "街道慈善协会",
        "purposes": ["助老", "助困", "助学", "微心愿"],
    },
}


class CommunityOfFunds(Protocol):
    """What a fund has to know of its community."""

    @property
    def id(self) -> UUID: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str | None: ...
    @property
    def currency(self) -> str: ...


class RatesAddUp(Conflict):
    """With this rate, funds would get more than the whole of a payment."""

    slug = "rates-add-up"


async def create_funds(tx: Connection, community: CommunityOfFunds) -> dict[str, UUID]:
    """The development and the charity fund of a community, with their charters and ledger accounts; ids by kind.

    Raises Conflict when the community has its funds already."""
    made = {}
    for kind, preset in CHARTERS.items():
        slug = f"{community.slug}-{kind}"
        charter = preset | {
            "name": community.name + preset["name"],
            "name_en": f"{community.name_en or community.slug.capitalize()} {preset['name_en']}",
        }
        fund_id = await queries.insert_fund(
            tx, community_id=community.id, slug=slug, kind=kind, currency=community.currency, charter=charter
        )
        if fund_id is None:
            raise Conflict("The community has its funds already.")
        codes = {
            "income": chart.fund_income(slug),
            "spendable": chart.fund_spendable(slug),
            "reserved": chart.fund_reserved(slug),
        }
        ids = await ledger.open_accounts(tx, codes=[*codes.values(), chart.bank(slug)], currency=community.currency)
        await queries.insert_fund_accounts(
            tx, fund_id=fund_id, accounts={part: ids[code] for part, code in codes.items()}
        )
        made[kind] = fund_id
    return made


async def fund_row(tx: Connection, key: str) -> Row:
    """A fund by slug or id; raises NotFound."""
    key = clean_text("fund", key, max_len=200)
    try:
        found = await queries.fund(tx, fund_id=UUID(key))
    except ValueError:
        found = await queries.fund(tx, slug=key)
    if found is None:
        raise NotFound("This fund")
    return found


async def list_funds(db: Database, *, community: str | None) -> list[tuple[Row, list[Sum]]]:
    """Every fund, or those of one community, with its sums."""
    wanted = clean_text("community", community, max_len=200) if community is not None else None
    async with db.read() as connection:
        return await funds_of(connection, community=wanted)


async def funds_of(tx: Connection, *, community: str | None) -> list[tuple[Row, list[Sum]]]:
    """The funds of one community (slug), or all of them, with their sums of one moment."""
    rows = await queries.funds(tx, community=community)
    sums = await queries.sums(tx, [row["id"] for row in rows])
    return [(row, sums[row["id"]]) for row in rows]


async def fund_detail(db: Database, *, key: str) -> tuple[Row, list[Sum], list[Row]]:
    """A fund, its sums (one statement, one moment: M43) and all versions of its rules. Raises NotFound."""
    async with db.read() as connection:
        row = await fund_row(connection, key)
        sums = await queries.sums(connection, [row["id"]])
        return row, sums[row["id"]], await queries.rules(connection, fund_id=row["id"])


# Rules ---------------------------------------------------------------------------------------------------------------------------


async def rules_in_force(
    tx: Connection, *, community_ids: Sequence[UUID], at: datetime | None = None
) -> dict[UUID, list[RoutingRule]]:
    """The rules of each community that are in force at `at`, by default now by the database's clock (M41)."""
    found: dict[UUID, list[RoutingRule]] = {each: [] for each in community_ids}
    for community_id, rule in await queries.rules_in_force(tx, community_ids=community_ids, at=at):
        found[community_id].append(rule)
    return found


@dataclass(frozen=True, slots=True)
class Terms:
    """What a sale in a community goes by at this moment."""

    policies: Policies
    rules: list[RoutingRule]
    has_pools: bool = False


async def terms_in_force(tx: Connection, *, community_ids: Sequence[UUID]) -> dict[UUID, Terms]:
    """Policies and rules in force of each community, now by the database's clock, in one statement (M41)."""
    found: dict[UUID, Terms] = {}
    for row in await queries.terms_in_force(tx, community_ids=community_ids):
        terms = found.get(row["community_id"])
        if terms is None:
            terms = found[row["community_id"]] = Terms(policies_of(row["policies"]), [], row["has_pools"])
        if row["rule_id"] is not None:
            terms.rules.append(
                RoutingRule(
                    row["rule_id"], row["version"], row["applies_to"], row["slug"], row["name"], row["name_en"],
                    row["rate_bp"], row["bearer"],
                )
            )  # fmt: skip
    return found


async def list_rules(db: Database, *, community: str) -> list[Row]:
    """Every version of every rule of a community: the history is public."""
    async with db.read() as connection:
        found = await communities.community_by_slug(connection, community)
        return await queries.rules(connection, community_id=found.id)


async def require_room(
    tx: Connection, *, community_id: UUID, applies_to: str, fund_id: UUID, rate_bp: int, since: datetime
) -> None:
    """Raises RatesAddUp when `rate_bp` for this fund and the other funds' rates from `since` on are more than the whole."""
    others = await queries.rates_at(
        tx, community_id=community_id, applies_to=applies_to, without_fund=fund_id, since=since
    )
    if rate_bp + sum(row["rate_bp"] for row in others) > BASIS:
        raise RatesAddUp("With this rate the funds would get more than the whole of a payment.")


async def record_rule(
    tx: Connection,
    *,
    community_id: UUID,
    applies_to: str,
    fund_slug: str,
    rate_bp: int,
    bearer: str,
    effective_from: datetime,
    approved_by: str,
    minutes: str,
    proposed_by: str = "",
    decided_on: date | None = None,
) -> UUID:
    """The next version of a rule as it was decided; loaders may bring a history with them. People go through drafts.py.

    Raises InvalidInput for a fund of another community, RatesAddUp."""
    await queries.lock_community_rules(tx, community_id)
    fund = await queries.fund(tx, slug=fund_slug)
    if fund is None or fund["community_id"] != community_id:
        raise InvalidInput([("fund", "is no fund of this community")])
    await require_room(
        tx, community_id=community_id, applies_to=applies_to, fund_id=fund["id"], rate_bp=rate_bp, since=effective_from
    )
    return await queries.insert_rule(
        tx,
        community_id=community_id,
        applies_to=applies_to,
        fund_id=fund["id"],
        rate_bp=rate_bp,
        bearer=bearer,
        effective_from=effective_from,
        approved_by=clean_text("approved_by", approved_by, max_len=200),
        minutes=clean_text("minutes", minutes, max_len=10_000),
        proposed_by=clean_text("proposed_by", proposed_by, max_len=200),
        decided_on=decided_on,
    )


async def record_scheme(
    tx: Connection, *, community_id: UUID, name: str, parts: list[dict[str, object]], effective_from: datetime | None = None,
    approved_by: str = "", minutes: str = "", reserve_rate_bp: int = 0, reserve_cap: int = 0,
) -> UUID:  # fmt: skip
    """The next version of a community's distribution scheme (D1, T4, L6): parts `{"to", "rate_bp"}` that make up the whole of what
    is left once losses are covered and the reserve has its rate, up to its cap (minor units)."""
    check_parts(parts)
    rates = [part.get("rate_bp") for part in parts]
    if (
        not all(isinstance(rate, int) and rate >= 0 for rate in rates)
        or sum(r for r in rates if isinstance(r, int)) != BASIS
    ):
        raise InvalidInput([("parts", "must add up to 100 %")])
    return await queries.insert_scheme(
        tx,
        community_id=community_id,
        name=clean_text("name", name, max_len=200, min_len=1),
        parts=parts,
        effective_from=effective_from,
        approved_by=clean_text("approved_by", approved_by, max_len=200),
        minutes=clean_text("minutes", minutes, max_len=10_000),
        reserve_rate_bp=reserve_rate_bp,
        reserve_cap=reserve_cap,
    )


async def list_schemes(tx: Connection, *, community_id: UUID) -> list[Row]:
    """Every version, newest first."""
    return await queries.schemes(tx, community_id)


# Sums and audit ------------------------------------------------------------------------------------------------------------------


async def roll_up(db: Database) -> int:
    """Roll up the ledger, then the funds' sums over the same transfers; returns the id up to which they stand."""
    target = await ledger.roll_up(db)
    while True:
        async with db.transaction() as tx:
            done = await queries.lock_mark(tx)
            if done >= target:
                return done
            await queries.update_rollups(tx, after_id=done, upto_id=min(target, done + ROLL_UP_STEP))


async def check_funds(tx: Connection) -> Sequence[Finding]:
    """The funds' part of the audit: pass it to ledger.service.verify(db, also=[check_funds])."""
    return await queries.findings(
        tx, queries.AUDIT | spending_queries.AUDIT | pool_queries.AUDIT | close_queries.AUDIT | gift_queries.AUDIT
    )
