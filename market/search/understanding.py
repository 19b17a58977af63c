"""What a typed text asks for: its words with all their ways of being said, and the filters that are hidden in it.

Pure: the lexicon and the day are passed in. Every filter taken from the text becomes a chip that the reader may take back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from market.search.moments import unfold
from market.search.reading import Lexicon, Piece, read
from market.search.rules import Query, Word
from market.search.tokens import normalise

CHIPS = ("category", "community", "audience", "kind", "free", "price", "people", "date", "weekday", "time")
# Taken back, these are words like any other; of the rest (周六, 100元以下) nothing is left, for nobody writes them into a title.
WORDY = frozenset({"category", "community", "audience", "kind", "free"})

FIELDS = {"price": "max_price", "time": "day_part"}  # of Query; the others are named alike


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that was read from the text: `text` is the part of the text that says it."""

    kind: str
    value: str
    label: str
    label_en: str
    text: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The query with its words and filters, and the filters that came from the text."""

    query: Query
    chips: tuple[Chip, ...] = ()


def understand(query: Query, lexicon: Lexicon, *, ignore: Iterable[str] = ()) -> Understood:
    """Read the query's text. A filter that the query has already wins over one in the text; kinds in `ignore` are not taken."""
    if not query.text:
        return Understood(query)
    pieces = _settled(read(unfold(normalise(query.text)), lexicon, today=query.today), frozenset(ignore))
    found = query
    chips: list[Chip] = []
    for piece in pieces:
        if piece.kind in CHIPS and (taken := _taken(piece, query, found)) is not None:
            found = structs.replace(found, **taken)
            chips.append(Chip(piece.kind, piece.value, piece.label, piece.label_en, piece.text))
    words = _words(pieces, has_filters=bool(chips))
    return Understood(structs.replace(found, words=words), tuple(_joined(chips)))


def _settled(pieces: list[Piece], ignore: frozenset[str]) -> list[Piece]:
    """Pieces after what the reader took back; a category's name is a filter only where nothing else is asked for by words."""
    settled = []
    for piece in pieces:
        if piece.kind not in ignore:
            settled.append(piece)
        elif piece.kind in WORDY:
            settled.append(piece.as_word())
    if any(piece.kind == "word" for piece in settled):
        settled = [piece.as_word() if piece.kind == "category" else piece for piece in settled]
    return settled


def _words(pieces: list[Piece], *, has_filters: bool) -> tuple[Word, ...]:
    """The words of the text, each once. Weak words without any other word or filter are all there is to go by."""
    found = {piece.text: Word(piece.text, piece.same) for piece in pieces if piece.kind == "word"}
    weak = {
        piece.text: Word(piece.text, piece.same, is_weak=has_filters or bool(found))
        for piece in pieces
        if piece.kind == "weak"
    }
    return (*found.values(), *(word for text, word in weak.items() if text not in found))


def _taken(piece: Piece, asked: Query, found: Query) -> dict[str, Any] | None:
    """The fields of the query that a piece sets; None where the searcher has set them otherwise."""
    if piece.kind in {"date", "weekday"}:
        if asked.day_from is not None or asked.day_to is not None or asked.weekdays:
            return None
        if piece.kind == "weekday":
            return {"weekdays": found.weekdays | piece.weekdays}
        return {"day_from": piece.first, "day_to": piece.last}
    if piece.kind == "free":
        return {"free": True}
    name = FIELDS.get(piece.kind, piece.kind)
    value = int(piece.value) if piece.kind in {"price", "people"} else piece.value
    return {name: value} if getattr(asked, name) is None else None


def _joined(chips: list[Chip]) -> list[Chip]:
    """One chip a kind: two weekdays are one chip, of two audiences the last counts."""
    found: dict[str, Chip] = {}
    for chip in chips:
        known = found.get(chip.kind)
        if known is None or chip.kind not in {"weekday"}:
            found[chip.kind] = chip
        elif chip.value not in known.value.split(","):
            found[chip.kind] = Chip(
                chip.kind,
                f"{known.value},{chip.value}",
                f"{known.label}、{chip.label}",
                f"{known.label_en}, {chip.label_en}",
                f"{known.text} {chip.text}",
            )
    return list(found.values())
