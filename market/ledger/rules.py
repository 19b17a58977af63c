"""What a group of transfers must satisfy, how it is reversed or unwound in part, and how rows are chained (pure; design §3)."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from market.errors import MarketError
from market.money import Money

FIRST_LINK = hashlib.sha256(b"ledger").digest()
MAX_TRANSFERS = 2_000
MAX_LABEL = 500


class LedgerRefused(MarketError):
    """The books do not take this."""

    status = 409
    slug = "ledger-refused"
    title = "The books do not take this"


class MixedCurrencies(LedgerRefused):
    """One event moves money of one currency (M05)."""


class KeyTaken(LedgerRefused):
    """The event key was used for another movement before."""


class NotReversible(LedgerRefused):
    """The event is a reversal itself, was reversed in full before, or the reversal would take back more than there was (M39)."""


class InvalidTransfer(LedgerRefused, ValueError):
    """The transfer moves from an account to itself, a negative amount, or under an unusable label."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Debit `debit` and credit `credit` (codes of ledger/chart.py) with `amount`: balanced by construction.

    An amount of zero is allowed here and moves nothing: posting leaves it out (M03).
    `label` is public wording: what it was for, never who."""

    debit: str
    credit: str
    amount: Money
    rule_id: UUID | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if self.debit == self.credit or not self.debit or not self.credit:
            raise InvalidTransfer("A transfer needs two different accounts.")
        if self.amount.minor < 0:
            raise InvalidTransfer("A transfer moves a positive amount; turn it round instead.")
        if len(self.label) > MAX_LABEL or "\0" in self.label:
            raise InvalidTransfer("The label of a transfer cannot be used.")


def checked_group(transfers: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """The transfers that move something; raises MixedCurrencies unless all are of one currency."""
    group = tuple(each for each in transfers if each.amount.minor)
    if len({each.amount.currency for each in group}) > 1:
        raise MixedCurrencies("One event cannot move money of several currencies.")
    if len(group) > MAX_TRANSFERS:
        raise InvalidTransfer("One event cannot move that many amounts.")
    return group


def same_movement(one: Iterable[Transfer], other: Iterable[Transfer]) -> bool:
    """Whether both groups move the same money for the same rules; wording may differ between versions of the program."""

    def counted(group: Iterable[Transfer]) -> Counter[tuple[str, str, int, str, UUID | None]]:
        return Counter((t.debit, t.credit, t.amount.minor, t.amount.currency, t.rule_id) for t in group)

    return counted(one) == counted(other)


def reversal(transfers: Iterable[Transfer]) -> list[Transfer]:
    """The opposite group: posting both leaves every account as it was."""
    return [Transfer(t.credit, t.debit, t.amount, t.rule_id, t.label) for t in transfers]


def unwind(transfers: Sequence[Transfer], part: int, whole: int, already: int = 0) -> list[Transfer]:
    """The opposite transfers when `part` of `whole` goes back after `already` of it went back before (minor units; M27, M28).

    What each transfer has given back depends on the sum that went back alone, not on the steps: it never shrinks, never exceeds the
    transfer, and equals it when everything is back. If the group sums to `whole`, the result sums to `part`. At any time each is
    less than two units from its exact proportion, less than one in a group of up to three."""
    parts = unwind_parts([t.amount.minor for t in transfers], part, whole, already)
    return [
        Transfer(t.credit, t.debit, Money(minor, t.amount.currency), t.rule_id, t.label)
        for t, minor in zip(transfers, parts, strict=True)
        if minor
    ]


def unwind_parts(amounts: Sequence[int], part: int, whole: int, already: int = 0) -> list[int]:
    """How much of each amount goes back in this step of `unwind` (minor units)."""
    if part <= 0 or already < 0 or already + part > whole:
        raise ValueError("what goes back must be positive and, with what went back before, at most the whole")
    total = sum(amounts)
    before = _proportional(total * already // whole, amounts)
    after = _proportional(total * (already + part) // whole, amounts)
    return [now - then for then, now in zip(before, after, strict=True)]


def _proportional(units: int, weights: Sequence[int]) -> list[int]:
    """`units` ≤ sum(weights) in proportion to `weights`, such that one unit more never takes one from anybody.

    Floors and left-overs do not have that property (the Alabama paradox), so the units are divided between two halves at a time,
    rounding to the nearest; the halves come from merging the two lightest until one is left."""
    if not weights:
        return []
    halves: dict[int, tuple[int, int]] = {}
    weight_of = dict(enumerate(weights))
    heap = [(weight, index) for index, weight in enumerate(weights)]
    heapq.heapify(heap)
    while len(heap) > 1:
        light, one = heapq.heappop(heap)
        heavy, other = heapq.heappop(heap)
        node = len(weight_of)
        halves[node] = (other, one)
        weight_of[node] = light + heavy
        heapq.heappush(heap, (light + heavy, node))
    given = {heap[0][1]: units}
    for node in range(len(weight_of) - 1, len(weights) - 1, -1):
        first, second = halves[node]
        whole = weight_of[node]
        given[first] = (2 * given[node] * weight_of[first] + whole) // (2 * whole) if whole else 0
        given[second] = given[node] - given[first]
    return [given[index] for index in range(len(weights))]


@dataclass(frozen=True, slots=True)
class SealedRow:
    """Everything a transfer says, as it enters the hash chain."""

    id: int
    event_id: UUID
    event_key: str
    kind: str
    reverses: UUID | None
    reference: Mapping[str, object]
    debit: str
    credit: str
    amount_minor: int
    currency: str
    rule_id: UUID | None
    label: str
    occurred_at: datetime


def canonical(row: SealedRow) -> bytes:
    """The text of a row that is hashed: a JSON array in UTF-8, times in UTC, keys sorted, so that no two rows share a text."""
    parts = [
        row.id, row.event_id, row.event_key, row.kind, row.reverses, row.reference, row.debit, row.credit,
        row.amount_minor, row.currency, row.rule_id, row.label, row.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]  # fmt: skip
    return msgspec.json.encode(parts, order="deterministic")


def link(before: bytes, row: SealedRow) -> bytes:
    """The next link of the chain."""
    return hashlib.sha256(before + canonical(row)).digest()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the audit found wrong; `check` names the kind, `message` the row in words."""

    check: str
    message: str
