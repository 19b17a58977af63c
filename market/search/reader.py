"""Answers queries from one opened index: hits, counts, distances, completions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from msgspec import structs
from tantivy import Query as Match

from market.search.documents import Key, with_distance
from market.search.engine import EngineFault, Facets, Hits
from market.search.facets import count_of, pieces_of
from market.search.index import NEVER, SCHEMA, register_tokenizers
from market.search.labels import Labels
from market.search.matching import NAMED, Matched, TextMatcher, all_of, named_filter, term, whole
from market.search.nearness import MAX_PLACES, metres_to
from market.search.rules import Query, Said, distance_m
from market.search.schemas import FacetValue, Suggestion
from market.search.tokens import squeezed

CACHED_COUNTS = 2048
CACHED_MATCHES = 512
CACHED_CARDS = 4096  # of about 700 bytes
CACHED_ANSWERS = 2048  # of about 2 kB: cards and counts are shared
CACHED_VALUES = 8192
SORT_FIELDS = {"price": "price", "next": "next_at"}


@contextmanager
def faults() -> Iterator[None]:
    """Turn what a missing or damaged index raises into EngineFault."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as fault:
        raise EngineFault(str(fault)) from fault
    except BaseException as fault:
        if type(fault).__name__ == "PanicException":  # from the Rust side, which has no importable class for it
            raise EngineFault(str(fault)) from fault
        raise


class _Card(msgspec.Struct):
    kind: str
    id: str
    title: str
    title_en: str | None = None


class Reader:
    """A snapshot of the index; refresh() moves it to the newest commit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = tantivy.Index.open(str(folder))
        register_tokenizers(self._index)
        self._index.config_reader("manual", 0)
        self._sounds: dict[str, str] = json.loads((folder / "sounds.json").read_text(encoding="utf-8"))
        self.refresh()

    def refresh(self) -> None:
        """See the newest commit."""
        self._index.reload()
        self._searcher: Any = self._index.searcher()  # its type stub lacks what it has
        self._matcher = TextMatcher(self._searcher, self._sounds)
        self._labels = Labels.load(self._folder)
        self._answers: dict[Query, Hits] = {}
        self._cards: dict[tuple[int, int], bytes] = {}
        self._matched: dict[Said, Matched] = {}
        self._counted: dict[tuple[Query, tuple[str, ...]], Facets] = {}
        self._values: dict[tuple[str, str, int], tuple[tuple[int, str], FacetValue]] = {}
        self.size = int(self._searcher.num_docs)

    def search(self, query: Query) -> Hits:
        """One page; the same question is answered once per commit."""
        if (known := self._answers.get(query)) is not None:
            return known
        if len(self._answers) >= CACHED_ANSWERS:
            self._answers.clear()
        hits = self._answers[query] = self._search(query)
        return hits

    def _match(self, query: Query) -> Matched:
        """What the words mean in this commit: the same for all filters, prices and pages that are tried with them."""
        said = query.said
        if (known := self._matched.get(said)) is None:
            if len(self._matched) >= CACHED_MATCHES:
                self._matched.clear()
            known = self._matched[said] = self._matcher.match(query)
        return known

    def _search(self, query: Query) -> Hits:
        matched = self._match(query)
        everything = whole(query, matched.ranked)

        def counting() -> Facets:
            with faults():
                return self._facets(query, matched.needed)

        if query.sort == "distance" and query.near is not None:
            total, found = self._nearest(query, everything)
        else:
            total, found = self._ordered(query, everything, has_text=matched.ranked is not None)
        cards = [self._card(address) for address in found]
        if query.near is None:
            return Hits(cards, total, counting)
        distances = self._distances(query.near, found)
        return Hits(
            [with_distance(card, metres) for card, metres in zip(cards, distances, strict=True)], total, counting
        )

    def _card(self, address: Any) -> bytes:
        """The card of a hit; the best hits of a word are shown again and again."""
        place = (address.segment_ord, address.doc)
        if (known := self._cards.get(place)) is None:
            if len(self._cards) >= CACHED_CARDS:
                self._cards.clear()
            found: bytes = self._searcher.doc(address).get_first("card")
            known = self._cards[place] = found
        return known

    def _ordered(self, query: Query, everything: Any, *, has_text: bool) -> tuple[int, list[Any]]:
        # browsing without a text has no relevance: what comes next is what is looked for
        field = SORT_FIELDS.get(query.sort) or (None if has_text else "next_at")
        if field is None:
            result = self._searcher.search(everything, query.limit, offset=query.offset, weight_by_field="weight")
        else:
            result = self._searcher.search(
                everything, query.limit, offset=query.offset, order_by_field=field, order=tantivy.Order.Asc
            )
        return int(result.count), [address for _, address in result.hits]

    def _nearest(self, query: Query, everything: Any) -> tuple[int, list[Any]]:
        """Nearest places first, within a place by relevance: only the places of the asked page are looked into."""
        assert query.near is not None
        total = int(self._searcher.search(everything, 1).count)
        asked = {"places": {"terms": {"field": "place", "size": MAX_PLACES}}}
        buckets = self._searcher.aggregate(everything, asked)["places"]["buckets"]
        places = sorted(
            (metres_to(query.near, bucket["key"]), bucket["key"], bucket["doc_count"]) for bucket in buckets
        )
        found: list[Any] = []
        skip = query.offset
        for _, place, count in places:
            if skip >= count:
                skip -= count
                continue
            here = all_of([everything, Match.const_score_query(term("place", place), 0.0)])
            left = query.limit - len(found)
            found += [address for _, address in self._searcher.search(here, left, offset=skip).hits]
            skip = 0
            if len(found) >= query.limit:
                break
        return total, found

    def _distances(self, near: tuple[float, float], found: list[Any]) -> list[int | None]:
        if not found:
            return []
        latitudes = self._searcher.fast_field_values("latitude", found)
        longitudes = self._searcher.fast_field_values("longitude", found)
        return [
            None if latitude is None or longitude is None else distance_m(near, (latitude, longitude))
            for latitude, longitude in zip(latitudes, longitudes, strict=True)
        ]

    def _facets(self, query: Query, text: Any | None) -> Facets:
        """Counts over what the query finds; a facet that is filtered by is counted as if it were not."""
        active = query.active.intersection(query.facets)
        asked = query.counted()
        named = tuple(sorted(active.intersection(NAMED)))
        # With a text the hits are what costs: they are gone through once, and told apart by the filters inside.
        if text is not None and named:
            counted = dict(self._told_apart(asked, text, named))
            active = active.difference(named)
        else:
            counted = dict(self._counts(asked, text, tuple(facet for facet in query.facets if facet not in active)))
        for facet in active:
            counted |= self._counts(asked.without(facet), text, (facet,))
        return {facet: counted[facet] for facet in query.facets}

    def _told_apart(self, query: Query, text: Any, named: tuple[str, ...]) -> Facets:
        """The counts of facets that are not filtered by and of these that are, in one pass over what has the text."""
        if (known := self._counted.get((query, named))) is not None:
            return known
        plain = tuple(facet for facet in query.facets if facet not in query.active)
        asked = {
            "": (plain, named),
            **{facet: ((facet,), tuple(each for each in named if each != facet)) for facet in named},
        }
        wide = query
        for facet in named:
            wide = wide.without(facet)
        found = self._searcher.aggregate(
            whole(wide, text),
            {
                name or "others": {
                    "filter": named_filter(query, filtered_by),
                    "aggs": {facet: count_of(facet, query.today) for facet in facets},
                }
                for name, (facets, filtered_by) in asked.items()
                if facets
            },
        )
        counts = {
            facet: self._read_counts(facet, found[name or "others"], query.today)
            for name, (facets, _) in asked.items()
            for facet in facets
        }
        return self._keep(query, named, counts)

    def _counts(self, query: Query, text: Any | None, facets: tuple[str, ...]) -> Facets:
        """Kept until the next commit: whoever moves the price sees the same prices counted."""
        if not facets:
            return {}
        if (known := self._counted.get((query, facets))) is not None:
            return known
        found = self._searcher.aggregate(whole(query, text), {facet: count_of(facet, query.today) for facet in facets})
        return self._keep(query, facets, {facet: self._read_counts(facet, found, query.today) for facet in facets})

    def _keep(self, query: Query, facets: tuple[str, ...], counts: Facets) -> Facets:
        if len(self._counted) >= CACHED_COUNTS:
            self._counted.clear()
        self._counted[query, facets] = counts
        return counts

    def _read_counts(self, facet: str, found: dict[str, Any], today: date) -> list[FacetValue]:
        return self._dates(found[facet], today) if facet == "date" else self._named(facet, found)

    def _named(self, facet: str, found: dict[str, Any]) -> list[FacetValue]:
        counts = [self._value(facet, bucket["key"], bucket["doc_count"]) for bucket in found[facet]["buckets"]]
        counts.sort(key=itemgetter(0))
        return [value for _, value in counts]

    def _value(self, facet: str, slug: str, count: int) -> tuple[tuple[int, str], FacetValue]:
        """A value of a facet with its place in the order; most answers share the small counts."""
        if (known := self._values.get((facet, slug, count))) is None:
            if len(self._values) >= CACHED_VALUES:
                self._values.clear()
            value = FacetValue(slug, *self._labels.of(facet, slug), count)
            known = self._values[facet, slug, count] = (self._labels.order(value), value)
        return known

    def _dates(self, found: dict[str, Any], today: date) -> list[FacetValue]:
        pieces = [(bucket.get("from"), bucket["doc_count"]) for bucket in found["buckets"] if bucket["doc_count"]]
        counts = ((value, sum(count for edge, count in pieces if edge in begins)) for value, begins in pieces_of(today))
        return [FacetValue(value, *self._labels.of("date", value), count) for value, count in counts if count]

    def suggest(self, query: Query) -> list[Suggestion]:
        """Categories that begin so, then titles that match."""
        text = self._match(query).ranked
        if text is None:
            return []
        wanted = squeezed(query.text)
        found = self._labels.begun("category", wanted)[:3]
        seen = {suggestion.text for suggestion in found}
        for _, address in self._searcher.search(
            whole(structs.replace(query, limit=1), text), query.limit * 2, count=False, weight_by_field="weight"
        ).hits:
            card = msgspec.json.decode(self._card(address), type=_Card)
            if card.title not in seen:
                seen.add(card.title)
                found.append(Suggestion(card.title, card.kind, card.id, card.title_en))
        return found[: query.limit]

    def due(self, now_s: int, limit: int) -> list[Key]:
        """Documents whose time has come before `now_s` (epoch seconds)."""
        late = Match.range_query(SCHEMA, "refresh_at", tantivy.FieldType.Unsigned, 0, min(now_s, NEVER - 1))
        hits = self._searcher.search(late, limit, count=False).hits
        cards = [msgspec.json.decode(self._card(address), type=_Card) for _, address in hits]
        return [Key(card.kind, card.id) for card in cards]  # type: ignore[arg-type]  # kinds are what we stored
