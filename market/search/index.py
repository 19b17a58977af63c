"""The tantivy index: its fields, and how a document is laid out in them."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import tantivy

from market.search.documents import Document, Key, encoded_card
from market.search.rules import DAY_PARTS, facet_values, worth
from market.search.tokens import name_terms, sayings, sounds, squeezed, terms

NEVER = 2**62  # sorts behind every price and date
MAX_TERMS = 4000  # of one text field
LONGEST_GAP = 63  # days; longer than any choice of the date facet
WORDINGS = 1000  # documents whose words a writer remembers
# A column per facet: counting five narrow columns is quicker than counting one that holds everything.
FACET_FIELDS = {facet: f"facet_{facet}" for facet in ("kind", "category", "community", "price", "free")}
PARTS = {part: number for number, part in enumerate(DAY_PARTS)}
ANY_DAY = date.min
EVERYBODY = "all"  # stands for the audience of what is made for nobody in particular


def build_schema() -> Any:
    """`title` and `text` hold terms, `sound` pinyin, `said` that of the field's words in
    the title, `exact` whole names, `facet_*` values that are filtered and counted,
    `moment` parts of days, `day_gap` days to be counted; `listing_kind`, `partner` (slugs) and `audience` are only filtered by."""
    builder = tantivy.SchemaBuilder()
    for name in ("id", "exact", "area", "listing_kind", "partner", "audience"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="terms", index_option="freq")
    for name in ("text", "sound", "said"):
        builder.add_text_field(name, tokenizer_name="terms", index_option="basic")
    for name in (*FACET_FIELDS.values(), "place"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("day", "moment"):
        builder.add_unsigned_field(name, indexed=True)
    for name in ("price", "resident_price", "next_at", "people", "refresh_at", "day_gap"):
        builder.add_unsigned_field(name, fast=True)
    for name in ("latitude", "longitude", "weight"):
        builder.add_float_field(name, fast=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


SCHEMA = build_schema()


def register_tokenizers(index: Any) -> None:
    """Terms are made by tokens.py; tantivy only cuts at the spaces between them."""
    index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def id_term(key: Key) -> str:
    return f"{key.kind}:{key.id}"


def place_term(latitude: float | None, longitude: float | None) -> str:
    """A place to about ten metres; documents at one place are equally far from everybody."""
    return "" if latitude is None or longitude is None else f"{latitude:.4f},{longitude:.4f}"


def day_number(day: date) -> int:
    return day.toordinal()


def moment_number(day: date, part: str) -> int:
    return day.toordinal() * 8 + PARTS[part]


def gap_number(day: date, gap: int) -> int:
    """A day of a document that comes `gap` days after its day before, at most LONGEST_GAP.

    A document has something from day a to b when one of its days lies there whose gap reaches behind a, and then has only one
    such day: so documents are counted by ranges of these numbers, and none twice."""
    return day.toordinal() * (LONGEST_GAP + 1) + min(gap, LONGEST_GAP)


def gap_numbers(days: Iterable[date]) -> list[int]:
    ordered = sorted(days)
    gaps = (day.toordinal() - before.toordinal() for before, day in pairwise(ordered))
    return [gap_number(day, gap) for day, gap in zip(ordered, chain([LONGEST_GAP], gaps), strict=False)]


def _seconds(moment: datetime | None) -> int:
    return NEVER if moment is None else int(moment.timestamp())


def _names(document: Document) -> tuple[str, ...]:
    """What the thing is called: this makes a title match."""
    return tuple(name for name in (document.title, document.title_en) if name)


def _kinship(document: Document) -> tuple[str, ...]:
    """Short names around it: findable by their sound, but less than the title."""
    around = [document.community, *document.categories, *([document.partner] if document.partner else [])]
    names = [name for label in around for name in (label.name, label.name_en) if name]
    return (*names, *document.equipment, *document.keywords)


@lru_cache(maxsize=WORDINGS)
def _wording(
    names: tuple[str, ...], around: tuple[str, ...], keywords: tuple[str, ...], about: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """(field, terms) of all texts of a document: a sale changes its numbers a hundred times, its words never."""
    found = chain(*map(terms, about), *map(name_terms, around))
    return (
        *(("exact", whole) for whole in {squeezed(name) for name in (*names, *keywords)}),
        ("title", " ".join(term for name in names for term in terms(name))),
        ("text", " ".join(list(dict.fromkeys(found))[:MAX_TERMS])),
        ("sound", " ".join(set().union(*map(sounds, (*names, *around))))),
        ("said", " ".join({sound for name in names for sound in sayings(name)})),
    )


def lay_out(document: Document) -> Any:
    """The document as tantivy stores it."""
    row = tantivy.Document()
    row.add_text("id", id_term(document.key))
    about = (document.about, document.about_en or "")
    for field, text in _wording(_names(document), _kinship(document), document.keywords, about):
        row.add_text(field, text)
    for facet, value in facet_values(document):
        row.add_text(FACET_FIELDS[facet], value)
    for slug in {document.community.slug, *document.community_path}:
        row.add_text("area", slug)
    if document.listing_kind is not None:
        row.add_text("listing_kind", document.listing_kind)
    if document.partner is not None:
        row.add_text("partner", document.partner.slug)
    for day in document.days:
        row.add_unsigned("day", day_number(day))
    for gap in gap_numbers(document.days):
        row.add_unsigned("day_gap", gap)
    for day, part in document.times:
        row.add_unsigned("moment", moment_number(day, part))
    for part in {part for _, part in document.times}:
        row.add_unsigned("moment", moment_number(ANY_DAY, part))
    for audience in document.audiences or {EVERYBODY}:
        row.add_text("audience", audience)
    _lay_out_values(row, document)
    row.add_bytes("card", encoded_card(document))
    return row


def _lay_out_values(row: Any, document: Document) -> None:
    starts_at = document.next_offer.starts_at if document.next_offer else None
    row.add_unsigned("price", NEVER if document.price_minor is None else document.price_minor)
    cheapest = document.price_minor if document.resident_price_minor is None else document.resident_price_minor
    row.add_unsigned("resident_price", NEVER if cheapest is None else cheapest)
    row.add_float("weight", 2 ** worth(document) - 2)  # a score is multiplied by log2(2 + weight)
    row.add_unsigned("next_at", _seconds(starts_at))
    row.add_unsigned("people", document.capacity or 0)
    row.add_unsigned("refresh_at", _seconds(document.refresh_at))
    row.add_text("place", place_term(document.latitude, document.longitude))
    if document.latitude is not None and document.longitude is not None:
        row.add_float("latitude", document.latitude)
        row.add_float("longitude", document.longitude)
