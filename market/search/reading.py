"""How a query is cut from left to right: the longest phrase that the lexicon, a moment or an amount knows; what is left are words."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from market.search import amounts, moments
from market.search.tokens import HAN, MAX_WORD, normalise

MAX_PIECES = 24
READINGS = 2048  # that are remembered
_RUN = re.compile(f"[{HAN}]|[^\\W_{HAN}]+(?:['’][a-z]+)?")
_LETTER = re.compile(f"[^\\W_{HAN}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a query: a "word", a "weak" word, a "filler", or one of understanding.CHIPS."""

    kind: str
    text: str
    value: str = ""
    label: str = ""
    label_en: str = ""
    same: tuple[str, ...] = ()
    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None

    def as_word(self) -> "Piece":
        """The same text, taken literally."""
        return Piece("word", self.text, same=self.same)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases by their normalised text."""

    phrases: Mapping[str, Piece] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)  # by the first character
    readings: dict[tuple[str, date], list[Piece]] = field(default_factory=dict, compare=False)  # what was read lately

    def at(self, text: str, start: int) -> Piece | None:
        """The longest phrase that begins here and, in Latin letters, ends where a word ends."""
        for end in range(min(len(text), start + self.longest.get(text[start], 0)), start, -1):
            piece = self.phrases.get(text[start:end])
            if piece is not None and not _cuts_word(text, end):
                return piece
        return None


def lexicon_of(pieces: Iterable[Piece]) -> Lexicon:
    """A lexicon; of two pieces with one text the later wins, and both keep each other's synonyms."""
    phrases: dict[str, Piece] = {}
    longest: dict[str, int] = {}
    for piece in pieces:
        text = normalise(piece.text).strip()
        if not text:
            continue
        known = phrases.get(text)
        same = tuple(dict.fromkeys((*(known.same if known else ()), *piece.same)))
        phrases[text] = replace(piece, text=text, same=tuple(each for each in same if each != text))
        longest[text[0]] = max(longest.get(text[0], 0), len(text))
    return Lexicon(phrases, longest)


def read(text: str, lexicon: Lexicon, *, today: date) -> list[Piece]:
    """The pieces of a normalised text in order, without fillers; characters that nothing knows are joined into words."""
    if (known := lexicon.readings.get((text, today))) is None:
        if len(lexicon.readings) >= READINGS:
            lexicon.readings.clear()
        known = lexicon.readings[text, today] = _read(text, lexicon, today)
    return known


def _read(text: str, lexicon: Lexicon, today: date) -> list[Piece]:
    found: list[Piece] = []
    ends_at = -1  # where the last unknown run of Chinese characters ended
    for start, piece in _pieces(text, lexicon, today):
        is_unknown = piece.kind == "unknown"
        if is_unknown and ends_at == start and found and found[-1].kind == "word":
            found[-1] = replace(found[-1], text=found[-1].text + piece.text)
        elif piece.kind != "filler":
            found.append(replace(piece, kind="word") if is_unknown else piece)
        ends_at = start + len(piece.text) if is_unknown and not _LETTER.match(piece.text) else -1
        if len(found) >= MAX_PIECES:
            break
    return found


def _pieces(text: str, lexicon: Lexicon, today: date) -> Iterator[tuple[int, Piece]]:
    at = 0
    while (run := _RUN.search(text, at)) is not None:
        start = run.start()
        piece = _longest(text, start, lexicon, today) or Piece("unknown", run.group()[:MAX_WORD])
        yield start, piece
        at = max(start + len(piece.text), run.end() if piece.kind == "unknown" else 0)


def _longest(text: str, start: int, lexicon: Lexicon, today: date) -> Piece | None:
    choices = [_moment(text, start, today), _amount(text, start), lexicon.at(text, start)]
    known = [piece for piece in choices if piece is not None and not _cuts_word(text, start + len(piece.text))]
    return max(known, key=lambda piece: len(piece.text), default=None)


def _cuts_word(text: str, end: int) -> bool:
    """Whether a Latin word goes on across `end`."""
    return end < len(text) and bool(_LETTER.match(text[end])) and bool(_LETTER.match(text[end - 1]))


def _moment(text: str, start: int, today: date) -> Piece | None:
    moment = moments.read(text, start, today)
    if moment is None:
        return None
    return Piece(moment.kind, moment.text, moment.value, moment.label, moment.label_en,
                 weekdays=moment.weekdays, first=moment.first, last=moment.last)  # fmt: skip


def _amount(text: str, start: int) -> Piece | None:
    amount = amounts.read(text, start)
    return None if amount is None else Piece(amount.kind, amount.text, amount.value, amount.label, amount.label_en)
