"""The lexicon in force: phrases of the package, names of places and categories, and the groups of synonyms that staff keep."""

import time
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

import structlog

from market.db import Database
from market.errors import Unavailable
from market.search import synonym_queries as queries
from market.search.reading import Lexicon, Piece, lexicon_of
from market.search.tokens import field_words, normalise

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0  # so soon a changed synonym is in force in every process
_SPACE = UUID("5b1f6f0e-6c0b-5a51-9d5e-2f6f1f0c7a10")  # names the package's own groups
_PLACE_ENDS = ("社区", "街道", "小区", "区")


@dataclass(frozen=True, slots=True)
class Group:
    """Words that mean the same; `is_own` are the package's, which can be switched off but not changed."""

    id: UUID
    words: tuple[str, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database adds to the package."""

    places: tuple[tuple[str, str, str | None], ...] = ()  # slug, name, English name
    categories: tuple[tuple[str, str, str | None], ...] = ()  # the top ones
    groups: tuple[Group, ...] = ()
    off: frozenset[UUID] = frozenset()  # groups of the package that staff have switched off


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(files("market.search").joinpath(f"lexicon/{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def own_groups() -> tuple[Group, ...]:
    """The package's groups."""
    rows = (words for part in _file("synonyms").values() for words in part)
    return tuple(Group(uuid5(_SPACE, "|".join(words)), tuple(words), is_own=True) for words in rows)


@lru_cache(maxsize=1)
def audiences() -> dict[str, tuple[str, ...]]:
    """Words by the group of people that they name."""
    return {row["value"]: tuple(row["words"]) for row in _file("phrases")["filter"] if row["kind"] == "audience"}


@lru_cache(maxsize=1)
def _marks() -> dict[str, tuple[str, ...]]:
    return {row["value"]: tuple(row["marks"]) for row in _file("phrases")["filter"] if row["kind"] == "audience"}


def made_for(*names: str | None) -> frozenset[str]:
    """The audiences that a title or a category's name tells of; none when it is for everybody."""
    text = " ".join(name for name in names if name).lower()
    return frozenset(audience for audience, marks in _marks().items() if any(mark in text for mark in marks))


@lru_cache(maxsize=1)
def _phrases() -> tuple[Piece, ...]:
    stored = _file("phrases")
    found = [
        Piece(row["kind"], word, row["value"], row["label"], row["label_en"])
        for row in stored["filter"]
        for word in row["words"]
    ]
    found += [Piece("filler", word) for row in stored["filler"] for word in row["words"]]
    found += [Piece("weak", word) for row in stored["weak"] for word in row["words"]]
    return tuple(found)


def _synonyms(groups: Iterable[Group]) -> Iterator[Piece]:
    """Every word of a group, with all the others of all groups that it is in."""
    others: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for group in groups:
        words = [normalise(word).strip() for word in group.words]
        for word in words:
            others[word] |= dict.fromkeys(each for each in words if each != word)
    for word, same in others.items():
        yield Piece("word", word, same=tuple(same))


def _names(kind: str, rows: Sequence[tuple[str, str, str | None]]) -> Iterator[Piece]:
    """A place or category by each of its names; a place also without the word that says what it is."""
    for slug, name, name_en in rows:
        spoken = {name, name_en or name}
        if kind == "community":
            spoken |= {name.removesuffix(end) for end in _PLACE_ENDS if len(name) > len(end) + 1}
            spoken |= {f"{each}{end}" for each in tuple(spoken) for end in _PLACE_ENDS[:1] if each + end == name}
        for each in sorted(spoken):
            yield Piece(kind, each, slug, name, name_en or name)


def make_lexicon(facts: Facts) -> Lexicon:
    """Later ones win: names over the dictionary, synonyms over names, phrases that filter over everything."""
    groups = [group for group in own_groups() if group.id not in facts.off]
    words = [Piece("word", word) for word in field_words()]
    names = [*_names("category", facts.categories), *_names("community", facts.places)]
    return lexicon_of([*words, *names, *_synonyms([*groups, *facts.groups]), *_phrases()])


@dataclass
class Vocabulary:
    """Keeps the lexicon of one process up to date: looks for changes at most once in LOOK_EVERY_S.

    While the database does not answer, the last one stays in force."""

    _facts: Facts | None = None
    _lexicon: Lexicon = field(default_factory=Lexicon)
    _looked_at: float = -LOOK_EVERY_S

    async def lexicon(self, db: Database) -> Lexicon:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now  # whoever comes meanwhile does not look too
            await self._look(db)
        return self._lexicon

    async def for_server(self, db: Database) -> tuple[dict[str, list[str]], list[str]]:
        """Synonyms and dictionary as a search server's settings have them."""
        facts = await read_facts(db)
        groups = [*(group for group in own_groups() if group.id not in facts.off), *facts.groups]
        return {piece.text: list(piece.same) for piece in _synonyms(groups)}, list(field_words())

    def forget(self) -> None:
        """Look again at the next use."""
        self._looked_at = -LOOK_EVERY_S

    async def _look(self, db: Database) -> None:
        try:
            facts = await read_facts(db)
        except Unavailable as fault:
            log.warning("lexicon_not_read", reason=str(fault))
            facts = self._facts or Facts()
        if facts != self._facts:
            self._facts, self._lexicon = facts, make_lexicon(facts)


async def read_facts(db: Database) -> Facts:
    """What the database knows now."""
    async with db.read() as connection:
        return Facts(
            places=tuple(map(_name, await queries.place_names(connection))),
            categories=tuple(map(_name, await queries.top_category_names(connection))),
            groups=tuple(Group(row["id"], tuple(row["words"])) for row in await queries.synonym_groups(connection)),
            off=frozenset(await queries.switched_off(connection)),
        )


def _name(row: Any) -> tuple[str, str, str | None]:
    return row["slug"], row["name"], row["name_en"]
