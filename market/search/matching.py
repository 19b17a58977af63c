"""What a query means in the index: every run of the text must match, by word, sound, beginning or with one slip; filters are terms.

Nothing that a caller sends is ever parsed as a query language: it becomes terms and numbers only (I10, I11)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import Any

from tantivy import FieldType, Occur
from tantivy import Query as Match

from market.search.index import ANY_DAY, EVERYBODY, FACET_FIELDS, NEVER, SCHEMA, day_number, moment_number
from market.search.nearness import Nearness
from market.search.rules import Query, Word, asked_days
from market.search.tokens import STOP_WORDS, is_han, runs, squeezed, stem

AUDIENCE = 10.0  # made for those who are asked for, not only suitable
HOME = 2.0  # in the searcher's own community
# exact name > word in the title > sound of a name > anything else > a beginning > a slip
# A synonym counts a little less than the word itself, a weak word little.
SAME, WEAK = 0.8, 0.3
EXACT, TITLE, SAID, SOUND, TEXT, BEGINNING, SLIP = 12.0, 5.0, 4.0, 2.0, 1.5, 1.5, 0.5
MAX_CHARACTERS = 64  # of a query that are looked at
MAX_RUNS = 12
MAX_BEGINNINGS = 200
FEW = 24  # up to so many terms are looked up one by one, which is quicker than building a set
LONGEST_WORD = 4
MAX_READINGS = 12
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# The field that tells by name what a facet filters by.
NAMED = {facet: FACET_FIELDS[facet] for facet in ("kind", "category", "free")} | {"community": "area"}
FUZZY_FROM, FUZZY_TO = 4, 20  # letters of a word that may have a slip


def term(field: str, value: object, boost: float = 1.0) -> Any:
    found = Match.term_query(SCHEMA, field, value, "basic" if field != "title" else "freq")
    return found if boost == 1.0 else Match.boost_query(found, boost)


def all_of(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else Match.boolean_query([(Occur.Must, part) for part in parts])


def best_of(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else Match.disjunction_max_query(parts)


def any_of(field: str, values: list[Any]) -> Any:
    """Whatever has one of the values."""
    if len(values) > FEW:
        return Match.term_set_query(SCHEMA, field, values)
    return Match.boolean_query([(Occur.Should, term(field, value)) for value in values])


def filters(query: Query) -> list[Any]:
    """The query's filters; they let through or not, and add nothing to the score."""
    found = []
    asked = {"kind": query.kind, "category": query.category}
    found += [term(FACET_FIELDS[facet], value) for facet, value in asked.items() if value is not None]
    plain = {"listing_kind": query.listing_kind, "partner": query.partner}
    found += [term(field, value) for field, value in plain.items() if value is not None]
    if query.community is not None:
        found.append(term("area", query.community))
    if query.free:
        found.append(term(FACET_FIELDS["free"], "true"))
    if query.max_price is not None:
        found.append(_affordable(query.max_price, query.resident))
    if query.people is not None:
        found.append(Match.range_query(SCHEMA, "people", FieldType.Unsigned, query.people, NEVER))
    if query.audience is not None:
        suited = [query.audience, EVERYBODY, *(["adult"] if query.audience == "elder" else [])]
        found.append(any_of("audience", suited))
    if (moments := _moments(query)) is not None:
        found.append(moments)
    return [Match.const_score_query(each, 0.0) for each in found]


def named_filter(query: Query, facets: Iterable[str]) -> str:
    """These filters in the only form that an aggregation inside another takes; all names and values in it are slugs (I11)."""
    asked = {"kind": query.kind, "category": query.category, "community": query.community, "free": "true"}
    parts = []
    for facet in facets:
        value = asked[facet]
        if value is None or not SLUG.fullmatch(value):
            raise ValueError(f"{facet} cannot be filtered by this value")
        parts.append(f'{NAMED[facet]}:"{value}"')
    return " AND ".join(parts) or "*"


def _affordable(most: int, resident: str | None) -> Any:
    def at_most(field: str) -> Any:
        return Match.range_query(SCHEMA, field, FieldType.Unsigned, 0, min(most, NEVER - 1))

    if resident is None:
        return at_most("price")
    here = all_of([term(FACET_FIELDS["community"], resident), at_most("resident_price")])
    return Match.boolean_query([(Occur.Should, at_most("price")), (Occur.Should, here)])


def _moments(query: Query) -> Any | None:
    """Whatever has something left on an asked day, or in the asked part of one."""
    days = asked_days(query)
    if query.day_part is None:
        if days is None:
            return None
        return any_of("day", [day_number(day) for day in days]) if days else Match.empty_query()
    wanted = [moment_number(day, query.day_part) for day in ((ANY_DAY,) if days is None else days)]
    return any_of("moment", wanted) if wanted else Match.empty_query()


def whole(query: Query, text: Any | None) -> Any:
    """Text and filters together; everything when neither is asked for."""
    parts = ([text] if text is not None else []) + filters(query)
    return all_of(parts) if parts else Match.all_query()


@dataclass(frozen=True, slots=True)
class Matched:
    """What a hit must have, None when anything will do; and the same with what lifts it, None when there is no relevance."""

    needed: Any | None
    ranked: Any | None


def _needed(strong: list[Any], query: Query) -> Any | None:
    """All of the words, or all but one."""
    if not strong:
        return None
    if query.is_loose and len(strong) > 1:
        return Match.boolean_query([(Occur.Should, each) for each in strong], len(strong) - 1)
    return all_of(strong)


class TextMatcher:
    """Reads a text in the light of one index: which of its pieces are words there decides how it is cut."""

    def __init__(self, searcher: Any, character_sounds: dict[str, str]) -> None:
        self._searcher = searcher
        self._sounds = character_sounds
        self._nearness = Nearness(searcher)

    def match(self, query: Query) -> Matched:
        """The match for the words of a query."""
        strong, weak = (self._words(query, are_weak=each) for each in (False, True))
        needed = _needed(strong, query)
        lifts = [*self._lifts(query), *(Match.boost_query(each, WEAK) for each in weak)]
        if not lifts or (needed is None and not weak and query.audience is None):
            return Matched(needed, needed)
        must = Match.all_query() if needed is None else needed
        return Matched(needed, Match.boolean_query([(Occur.Must, must), *((Occur.Should, lift) for lift in lifts)]))

    def _words(self, query: Query, *, are_weak: bool) -> list[Any]:
        words = (self._word(word, query) for word in query.asked if word.is_weak == are_weak)
        return [word for word in words if word is not None]

    def _lifts(self, query: Query) -> list[Any]:
        """What is good to have beside the words."""
        lifts = []
        if whole := squeezed(query.text):
            lifts.append(term("exact", whole, EXACT))
            if whole.isascii() and self._df("said", whole):  # yu jia is yujia
                lifts.append(term("said", whole, EXACT))
        if query.audience is not None:
            lifts.append(Match.const_score_query(term("audience", query.audience), AUDIENCE))
        if query.home is not None:
            lifts.append(Match.const_score_query(term("area", query.home), HOME))
        return [*lifts, *self._nearness.lifts(query)]

    def _word(self, word: Word, query: Query) -> Any | None:
        """A word in any of its ways; None when there is no letter or digit in it."""
        is_open = query.text.rstrip().lower().endswith(word.text.lower())  # it may still be being typed
        first = self._way(word.text, is_open=is_open)
        if first is None:
            return None
        others = [way for text in word.same if self._may_match(text) and (way := self._way(text)) is not None]
        return best_of([first, *(Match.boost_query(way, SAME) for way in others)])

    def _way(self, text: str, *, is_open: bool = False) -> Any | None:
        pieces = runs(text[: MAX_CHARACTERS * 2])[:MAX_RUNS]
        words = [piece for piece in pieces if piece not in STOP_WORDS] or pieces
        if not words:
            return None
        parts: list[Any] = []
        for word in dict.fromkeys(words):
            if is_han(word):
                parts += self._han(word)
            else:
                parts.append(self._latin(word, is_last=is_open and word == words[-1]))
        return all_of(parts)

    def _may_match(self, text: str) -> bool:
        """Whether every Latin word and every pair of characters of a synonym is known: what is not costs no time."""
        for run in runs(text):
            pairs = [run] if not is_han(run) or len(run) < 2 else map("".join, pairwise(run))
            if not all(self._known(piece) or self._known(stem(piece)) for piece in pairs):
                return False
        return True

    def _df(self, field: str, value: str) -> int:
        return int(self._searcher.doc_freq(field, value))

    def _known(self, word: str) -> int:
        return self._df("title", word) + self._df("text", word)

    def _spoken(self, word: str) -> list[str]:
        """Ways to say the word, joined toneless pinyin, that name something here."""
        if len(word) < 2:
            return []
        readings = [self._sounds.get(char, "").split() for char in word]
        ways = islice(product(*readings), MAX_READINGS)
        return [sound for sound in map("".join, ways) if self._df("sound", sound)]

    def _han(self, run: str) -> list[Any]:
        found = []
        for piece in self._cut(run[:MAX_CHARACTERS]):
            ways = [term("title", piece, TITLE), term("text", piece, TEXT)]
            ways += [
                term("sound", sound, SOUND / 2) for sound in self._spoken(piece)
            ]  # a same-sound slip: 瑜珈 for 瑜伽
            found.append(best_of(ways))
        return found

    def _cut(self, run: str) -> list[str]:
        """The cheapest cut into pieces that the index knows: few and frequent words, then same-sounding ones, then characters."""
        best: list[tuple[float, list[str]]] = [(0.0, [])]
        for end in range(1, len(run) + 1):
            choices = []
            for start in range(max(0, end - LONGEST_WORD), end):
                piece = run[start:end]
                cost = self._cost(piece)
                if cost is not None:
                    choices.append((best[start][0] + cost, [*best[start][1], piece]))
            best.append(min(choices, key=lambda choice: choice[0]))
        return best[-1][1]

    def _cost(self, piece: str) -> float | None:
        if len(piece) == 1:
            return 1.6 if self._known(piece) else 3.0
        if known := self._known(piece):
            return 1.0 + 0.1 / known  # of two cuts into known pairs, the more usual pairs are the words
        return 1.4 if self._spoken(piece) else None

    def _latin(self, word: str, *, is_last: bool) -> Any:
        root = stem(word)
        known = self._known(word) + self._df("sound", word) + (self._known(root) if root != word else 0)
        ways = [
            term("title", word, TITLE),
            term("text", word, TEXT),
            term("sound", word, SOUND),
            term("said", word, SAID),
        ]
        if root != word:
            ways += [term("title", root, TITLE * 0.8), term("text", root, TEXT * 0.8)]
        begun = self._beginnings(word) if is_last else []
        ways += begun
        if not known and not begun and FUZZY_FROM <= len(word) <= FUZZY_TO and not word.isdigit():
            ways += [
                Match.boost_query(
                    Match.fuzzy_term_query(SCHEMA, field, word, 1, True, is_last and field == "title"), boost
                )
                for field, boost in (("title", SLIP), ("text", SLIP / 2), ("sound", SLIP / 2))
            ]
        return best_of(ways)

    def _beginnings(self, word: str) -> list[Any]:
        """As you type: the last word may be only begun."""
        found = []
        for field, boost in (("title", BEGINNING), ("sound", BEGINNING / 2)):
            begun = [
                value
                for value, _ in self._searcher.terms_with_prefix(field, word, None, MAX_BEGINNINGS)
                if value != word
            ]
            if begun:
                found.append(Match.const_score_query(any_of(field, begun), boost))
        return found
