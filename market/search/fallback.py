"""Search without an index: newest first from the database, with the same filters, over a bounded number of candidates (F09)."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from market.db import Database
from market.search import queries
from market.search.documents import KINDS, Document, Key, encoded_card, with_distance
from market.search.engine import Hits
from market.search.labels import Labels
from market.search.rules import DATES, Query, date_choices, distance_m, facet_values, passes
from market.search.schemas import FacetValue, Suggestion

CANDIDATES = 200  # of each kind
MAX_WORDS = 8
FAR = 2**62


async def candidates(
    db: Database, *, words: Sequence[str], limit: int = CANDIDATES, prefix: str = "/media/"
) -> list[Document]:
    """What literally contains every word."""
    keys: list[Key] = []
    async with db.read() as connection:
        for kind in KINDS:
            ids: list[UUID] = await queries.ids_containing(connection, kind=kind, words=words[:MAX_WORDS], limit=limit)
            keys += [Key(kind, str(each)) for each in ids]
    found = {
        document.key: document for document in await queries.DatabaseSource(db, media_prefix=prefix).documents(keys)
    }
    return [found[key] for key in keys if key in found]


async def search(db: Database, *, query: Query, prefix: str = "/media/") -> Hits:
    """The page and the facets of the candidates."""
    words = [piece for word in query.asked if not word.is_weak for piece in word.text.split()]
    documents = await candidates(db, words=words, prefix=prefix)
    found = order([document for document in documents if passes(document, query)], query)
    page = found[query.offset : query.offset + query.limit]
    cards = [with_distance(encoded_card(document), distance(document, query)) for document in page]
    return Hits(cards, len(found), lambda: facets(documents, query), engine="database", is_standby=True)


async def suggest(db: Database, *, text: str, limit: int = 8) -> list[Suggestion]:
    """Titles that contain the words."""
    if not text.strip():
        return []
    documents = await candidates(db, words=text.split(), limit=limit)
    return [Suggestion(document.title, document.kind, document.id, document.title_en) for document in documents][:limit]


def distance(document: Document, query: Query) -> int | None:
    """Metres from the place that the query names."""
    if query.near is None or document.latitude is None or document.longitude is None:
        return None
    return distance_m(query.near, (document.latitude, document.longitude))


def order(documents: list[Document], query: Query) -> list[Document]:
    """In the asked order; without an index there is no relevance, so what comes next comes first."""

    def rank(document: Document) -> float:
        if query.sort == "price":
            return FAR if document.price_minor is None else document.price_minor
        if query.sort == "distance":
            metres = distance(document, query)
            return FAR if metres is None else metres
        starts_at = document.next_offer.starts_at if document.next_offer else None
        return FAR if starts_at is None else starts_at.timestamp()

    return sorted(documents, key=rank)


def facets(documents: list[Document], query: Query) -> dict[str, list[FacetValue]]:
    """Counts as every engine must give them: each facet over the documents that pass all filters but its own."""
    labels = Labels()
    labels.learn(documents)
    found: dict[str, list[FacetValue]] = {}
    for facet in query.facets:
        asked = query.without(facet) if facet in query.active else query
        counts: Counter[str] = Counter()
        for document in documents:
            if passes(document, asked):
                counts.update(_values(document, facet, query))
        values = [FacetValue(value, *labels.of(facet, value), count) for value, count in counts.items()]
        found[facet] = sorted(values, key=(lambda each: DATES.index(each.value)) if facet == "date" else Labels.order)
    return found


def _values(document: Document, facet: str, query: Query) -> list[str]:
    if facet != "date":
        return [value for own, value in facet_values(document) if own == facet]
    return [value for value, days in date_choices(query.today).items() if set(days) & set(document.days)]
