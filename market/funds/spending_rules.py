"""Who has to consent to spending from a fund, and what still stands in its way (pure; H3, S4, A06–A12)."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from market.errors import InvalidInput
from market.text import skeleton

DECIDING_ROLES = ("director", "street")
PAYING_ROLES = ("clerk", "director", "street")
CLOSED = frozenset({"refused", "withdrawn", "paid", "settled"})
# O08: help for families is told only in sums over at least this many of them.
MIN_CASES = 5

State = Literal["open", "announced", "approved", "refused", "withdrawn", "paid", "settled"]


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to `upto` minor units (None: any amount) all of `roles` must consent; then it is announced for `announce_days`."""

    upto: int | None
    roles: tuple[str, ...]
    announce_days: int = 0


# Up to 1,000 yuan the director; up to 10,000 also the street; above that both, and announced to all for a week.
SPENDING_TIERS = (
    Tier(100_000, ("director",)),
    Tier(1_000_000, ("director", "street")),
    Tier(None, ("director", "street"), 7),
)
RELEASE_TIERS = (Tier(1_000_000, ("director",)), Tier(None, ("director", "street")))


@dataclass(frozen=True, slots=True)
class Charter:
    """What a fund may be used for, in minor units of its currency; the defaults are the preset of every fund."""

    purposes: tuple[str, ...] = ()
    custodian: str = ""
    tiers: tuple[Tier, ...] = SPENDING_TIERS
    release_tiers: tuple[Tier, ...] = RELEASE_TIERS
    payer_roles: tuple[str, ...] = PAYING_ROLES
    split_days: int = 7
    max_request: int | None = None
    max_month: int | None = None
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        for name, tiers in (("tiers", self.tiers), ("release_tiers", self.release_tiers)):
            _check_tiers(name, tiers)
        if not self.payer_roles or not set(self.payer_roles) <= set(PAYING_ROLES):
            raise InvalidInput([("payer_roles", "must name clerk, director or street")])


def _check_tiers(name: str, tiers: Sequence[Tier]) -> None:
    limits = [tier.upto for tier in tiers[:-1]]
    if not tiers or tiers[-1].upto is not None or None in limits:
        raise InvalidInput([(name, "must end with a step for any amount, and only there")])
    known = [limit for limit in limits if limit is not None]
    if known != sorted(set(known)) or any(limit <= 0 for limit in known):
        raise InvalidInput([(name, "must rise from step to step")])
    for tier in tiers:
        if not tier.roles or len(set(tier.roles)) < len(tier.roles) or not set(tier.roles) <= set(DECIDING_ROLES):
            raise InvalidInput([(name, "must name director or street, each once")])
        if not 0 <= tier.announce_days <= 90:
            raise InvalidInput([(name, "must be announced for 0 to 90 days")])


def charter_of(stored: dict[str, Any], *, version: int = 0) -> Charter:
    """From the stored JSON; what it does not say is the preset, what this version does not know is left alone."""
    known = {each.name for each in fields(Charter)} - {"version"}
    facts = {key: value for key, value in stored.items() if key in known and value is not None}
    for key in ("tiers", "release_tiers"):
        if key in facts:
            facts[key] = tuple(
                Tier(each["upto"], tuple(each["roles"]), each.get("announce_days", 0)) for each in facts[key]
            )
    for key in ("purposes", "payer_roles"):
        if key in facts:
            facts[key] = tuple(facts[key])
    return Charter(**facts, version=version)


def stored_charter(charter: Charter) -> dict[str, Any]:
    """The JSON of a charter."""
    return {key: value for key, value in asdict(charter).items() if key != "version"}


def tier_of(charter: Charter, kind: str, amount: int) -> Tier:
    """The step that `amount` (minor units, with what belongs together added up) falls into."""
    tiers = charter.release_tiers if kind == "release" else charter.tiers
    return next(tier for tier in tiers if tier.upto is None or amount <= tier.upto)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody said about the revision at hand; `holds_role`: the person still has the role in which they spoke."""

    person_id: UUID
    role: str
    verdict: str
    holds_role: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands now. `missing` are the roles that still have to consent."""

    state: State
    tier: Tier
    missing: tuple[str, ...]
    counted_minor: int


def consents(decisions: Iterable[Decision], *, author_id: UUID) -> set[str]:
    """The roles that have consented: the author's own word, a second word of one person and a lost role do not count (A06, A07, A11)."""
    spoken: dict[UUID, str] = {}
    for each in decisions:
        if each.verdict == "approve" and each.holds_role and each.person_id != author_id:
            spoken.setdefault(each.person_id, each.role)
    return set(spoken.values())


def standing(
    charter: Charter, *, kind: str, status: str, amount: int, together: int, author_id: UUID, decisions: Sequence[Decision],
    announced_until: datetime | None, now: datetime,
) -> Standing:  # fmt: skip
    """`together` is the sum of this and of all requests for the same payee within the charter's days (A09)."""
    tier = tier_of(charter, kind, max(amount, together))
    given = consents(decisions, author_id=author_id)
    missing = tuple(role for role in tier.roles if role not in given)
    state: State
    if status in CLOSED:
        state = status  # type: ignore[assignment]  # CLOSED holds states only
    elif missing:
        state = "open"
    elif tier.announce_days and (announced_until is None or now < announced_until):
        state = "announced"
    else:
        state = "approved"
    return Standing(state, tier, missing, max(amount, together))


def announcement_end(tier: Tier, now: datetime) -> datetime | None:
    """Until when residents may object, counted from the consent that was the last to come."""
    return now + timedelta(days=tier.announce_days) if tier.announce_days else None


def role_for(missing: Sequence[str], held: Collection[str]) -> str | None:
    """The role in which somebody who holds `held` speaks: the first that is still missing."""
    return next((role for role in missing if role in held), None)


def check_against_charter(charter: Charter, *, kind: str, purpose: str, amount: int) -> None:
    """Raises InvalidInput for a purpose that the charter does not name or more than it allows at once (H3)."""
    if kind != "release" and purpose not in charter.purposes:
        raise InvalidInput([("purpose", "is not among the purposes of this fund: " + "、".join(charter.purposes))])
    if kind != "release" and charter.max_request is not None and amount > charter.max_request:
        raise InvalidInput([("amount", "is more than the charter of this fund allows at once")])


def payee_keys(name: str, account: str) -> list[str]:
    """Under which a payee is recognised again though the name is spelled a little differently (A09)."""
    keys = ["name:" + re.sub(r"[\W_]+", "", skeleton(name))]
    number = re.sub(r"[\W_]+", "", skeleton(account))
    return keys + (["account:" + number] if number else [])
