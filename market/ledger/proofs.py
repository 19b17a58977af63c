"""How one transfer is proven with a published head: a tree over the links of a day, and days that are chained (pure).

A proof is plain JSON, so that the command and a browser check it alike; all hashes are SHA-256, written in hexadecimal."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from market.ledger.rules import Finding

Step = tuple[str, bytes]


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(left + right).digest()


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """From the leaves up to the root; who has no neighbour goes up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(
            [_joined(*below[at : at + 2]) if at + 1 < len(below) else below[at] for at in range(0, len(below), 2)]
        )
    return levels


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over one leaf or more."""
    return _levels(leaves)[-1][0]


def tree_path(leaves: Sequence[bytes], index: int) -> list[Step]:
    """The neighbours on the way from a leaf to the root, each with the side on which it stands."""
    path: list[Step] = []
    for level in _levels(leaves)[:-1]:
        other = index ^ 1
        if other < len(level):
            path.append(("left" if other < index else "right", level[other]))
        index //= 2
    return path


def root_of(leaf: bytes, path: Sequence[Step]) -> bytes:
    """Where a path leads."""
    for side, other in path:
        leaf = _joined(other, leaf) if side == "left" else _joined(leaf, other)
    return leaf


def day_head(before: bytes, *, day: str, from_id: int, upto_id: int, count: int, root: bytes) -> bytes:
    """The published head of a day: it also stands for every day before."""
    return hashlib.sha256(before + f"{day} {from_id} {upto_id} {count} ".encode() + root).digest()


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What a proof shows, and what is wrong with it."""

    entries: int
    heads: dict[str, str]
    findings: list[Finding]


def check_proof(proof: Mapping[str, Any], published: Mapping[str, str] | None = None) -> ProofResult:
    """Every entry of a proof against its link, its tree and the head of its day; `published` are heads by day, as read elsewhere.

    Raises ValueError, KeyError or TypeError for what is no proof."""
    found: list[Finding] = []
    heads: dict[str, str] = {}
    roots: dict[str, bytes] = {}
    for day in proof["days"]:
        facts = {name: int(day[name]) for name in ("from_id", "upto_id", "count")}
        roots[day["day"]] = bytes.fromhex(day["root"])
        head = day_head(bytes.fromhex(day["before"]), day=day["day"], root=roots[day["day"]], **facts).hex()
        heads[day["day"]] = head
        if head != day["head"]:
            found.append(Finding("day-wrong", f"the head of {day['day']} does not follow from its root"))
        if published is not None and published.get(day["day"]) != head:
            found.append(Finding("head-differs", f"the head of {day['day']} is not the one that was published"))
    for entry in proof["entries"]:
        name = f"entry {int(entry['id'])}"
        link = hashlib.sha256(bytes.fromhex(entry["before"]) + entry["text"].encode()).digest()
        path = [(str(side), bytes.fromhex(other)) for side, other in entry["path"]]
        if entry["day"] not in roots or root_of(link, path) != roots[entry["day"]]:
            found.append(Finding("entry-wrong", f"{name} is not what was sealed on {entry['day']}"))
    return ProofResult(len(proof["entries"]), heads, found)
