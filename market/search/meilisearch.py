"""SearchEngine over a Meilisearch server: two indexes (documents, and the names of facet values), swapped in when built anew."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from market.search import meilisearch_layout as layout
from market.search.documents import Document, Key, with_distance
from market.search.engine import EngineFault, Hits, Progress
from market.search.labels import Labels
from market.search.meilisearch_client import Client, NotThere, Task
from market.search.rules import Query, date_choices, distance_m
from market.search.schemas import FacetValue, Suggestion
from market.search.tokens import character_sounds, squeezed

_NAMES = UUID("0d9c6d0e-6f0c-5b0e-9a57-58d1f8a4b1b2")  # names our search key
LABELS_KEPT_S = 30.0
STALE = timedelta(minutes=10)  # an index that was being built and has not moved for so long is abandoned
Words = Callable[[], Awaitable[tuple[dict[str, list[str]], list[str]]]]


class Hit(msgspec.Struct):
    card: str = "{}"
    key: str = ""
    title_shown: tuple[str | None, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


class Answer(msgspec.Struct):
    """Of one query; which of the two totals there is depends on how the page was asked for."""

    hits: list[Hit]
    totalHits: int | None = None  # noqa: N815 - as they are called there
    estimatedTotalHits: int | None = None  # noqa: N815 - Meilisearch's name
    facetDistribution: dict[str, dict[str, int]] = {}  # noqa: N815 - Meilisearch's name

    @property
    def total(self) -> int:
        found = self.estimatedTotalHits if self.totalHits is None else self.totalHits
        if found is None:
            raise EngineFault("Meilisearch gave no total")
        return found


class Answers(msgspec.Struct):
    results: list[Answer]


class LabelRow(msgspec.Struct):
    facet: str
    slug: str
    name: str
    name_en: str | None
    spoken: str


class LabelRows(msgspec.Struct):
    hits: list[LabelRow]


class Stats(msgspec.Struct):
    numberOfDocuments: int  # noqa: N815 - Meilisearch's name


class IndexFacts(msgspec.Struct):
    updatedAt: datetime  # noqa: N815 - Meilisearch's name


class MeilisearchEngine:
    """`words` gives synonyms and dictionary for the settings when the index is built."""

    def __init__(self, url: str, key: str, *, index: str = "market", words: Words | None = None) -> None:
        self._index, self._next, self._labels_index = index, f"{index}_next", f"{index}_labels"
        own = [self._index, self._labels_index]
        self._client = Client(url, key, key_id=str(uuid5(_NAMES, index)), indexes=own)
        self._words = words
        self._labels = Labels()
        self._labels_at = -LABELS_KEPT_S
        self._number = 0
        self._sounds: asyncio.Future[dict[str, str]] | None = None

    @property
    def generation(self) -> str:
        """Of what this process has written; another process's writing is seen at once, but not counted here."""
        return f"{self._index}:{self._number}"

    async def search(self, query: Query) -> Hits:
        text = layout.words_of(query)
        answer, counts = await self._asked(query, text)
        if answer.total == 0 and text and (sound := layout.sound_of(query, self._readings())):
            answer, counts = await self._asked(query, sound)
        if answer.total == 0 and await self._is_empty():
            raise EngineFault("the search index is empty")
        labels = await self._known_labels()
        cards = [with_distance(hit.card.encode(), _metres(query, hit)) for hit in answer.hits]
        return Hits(cards, answer.total, lambda: _facets(query, answer, counts, labels), engine="meilisearch")

    def _readings(self) -> dict[str, str]:
        """How characters are read; none while the table is being made beside the searches, which takes a second or two."""
        if self._sounds is None:
            self._sounds = asyncio.get_running_loop().run_in_executor(None, character_sounds)
        return self._sounds.result() if self._sounds.done() else {}

    async def sounds_ready(self) -> None:
        """Wait for the table."""
        self._readings()
        assert self._sounds is not None
        await self._sounds

    async def _asked(self, query: Query, text: str) -> tuple[Answer, dict[str, Answer]]:
        """The page, and the answers that count the facets which are filtered by."""
        asked = {"": self._page(query, text)}
        for facet in query.active:
            counted = ["days", "windows"] if facet == "date" else [f"facet_{facet}"]
            asked[facet] = self._count(query.without(facet), text, facets=counted)
        found = await self._client.search("/multi-search", {"queries": list(asked.values())}, Answers)
        if len(found.results) != len(asked):
            raise EngineFault("Meilisearch answered another question")
        answers = dict(zip(asked, found.results, strict=True))
        return answers.pop(""), answers

    def _question(self, query: Query, text: str) -> dict[str, Any]:
        return {
            "indexUid": self._index,
            "q": text,
            "filter": layout.filters(query),
            "matchingStrategy": "last" if query.is_loose else "all",
        }

    def _count(self, query: Query, text: str, *, facets: Sequence[str] = ()) -> dict[str, Any]:
        fixed = {"hitsPerPage": 1, "page": 1, "facets": list(facets), "attributesToRetrieve": ["key"]}
        return self._question(query, text) | fixed

    def _page(self, query: Query, text: str) -> dict[str, Any]:
        asked = self._question(query, text) | {
            "facets": [*(f"facet_{facet}" for facet in layout.FACETED), "days", "windows"],
            "attributesToRetrieve": ["card", "latitude", "longitude"],
            "sort": self._sort(query, text),
        }
        if query.offset % query.limit == 0:  # pages are counted exactly, offsets are estimated
            return asked | {"page": query.offset // query.limit + 1, "hitsPerPage": query.limit}
        return asked | {"offset": query.offset, "limit": query.limit}

    @staticmethod
    def _sort(query: Query, text: str) -> list[str]:
        if query.sort == "distance" and query.near is not None:
            return [f"_geoPoint({query.near[0]:.6f}, {query.near[1]:.6f}):asc"]
        # browsing without a text has no relevance: what comes next is what is looked for
        by = layout.SORTS.get(query.sort) or ("" if text else layout.SORTS["next"])
        return [by] if by else []

    async def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        query = Query(today=date.min, text=text, limit=limit)
        words = layout.words_of(query)
        if not words:
            return []
        labels = await self._known_labels()
        found = labels.begun("category", squeezed(text))[:3]
        asked = self._question(query, words) | {"limit": limit * 2, "attributesToRetrieve": ["key", "title_shown"]}
        answers = await self._client.search("/multi-search", {"queries": [asked]}, Answers)
        for hit in answers.results[0].hits:
            kind, _, each = hit.key.partition("-")
            title, title_en = (*hit.title_shown, None, None)[:2]
            if title and title not in {known.text for known in found}:
                found.append(Suggestion(title, kind, each, title_en))
        return found[:limit]

    async def replace(self, documents: Sequence[Document], *, deleted: Sequence[Key] = ()) -> None:
        if not await self._client.exists(f"/indexes/{self._index}"):
            raise EngineFault("there is no search index yet")
        tasks: list[Task] = []
        if deleted:
            ids = [layout.document_id(key.kind, key.id) for key in deleted]
            tasks.append(await self._client.call("POST", f"/indexes/{self._index}/documents/delete-batch", ids))
        if documents:
            tasks.append(await self._put(self._index, documents))
            await self._put_labels(documents)
        for task in tasks:
            await self._client.done(task)
        self._number += 1

    async def due(self, *, limit: int = 2000) -> list[Key]:
        asked = {
            "q": "",
            "filter": [layout.due_before(int(time.time()))],
            "limit": limit,
            "attributesToRetrieve": ["key"],
        }
        answer = await self._client.call("POST", f"/indexes/{self._index}/search", asked, Answer)
        pairs = (hit.key.partition("-") for hit in answer.hits)
        return [Key(kind, each) for kind, _, each in pairs]  # type: ignore[arg-type]  # kinds are what we stored

    async def rebuild(self, lots: AsyncIterator[list[Document]], *, progress: Progress | None = None) -> int:
        if await self.is_rebuilding():
            raise EngineFault("the search index is being rebuilt by another process")
        synonyms, dictionary = await self._words() if self._words else ({}, [])
        await self._fresh(self._next, layout.settings(synonyms, dictionary))
        count = 0
        async for lot in lots:
            await self._client.done(await self._put(self._next, lot))
            await self._put_labels(lot)
            count += len(lot)
            if progress is not None:
                progress(count)
        if not await self._client.exists(f"/indexes/{self._index}"):
            await self._client.do("POST", "/indexes", {"uid": self._index, "primaryKey": "key"})
        await self._client.do("POST", "/swap-indexes", [{"indexes": [self._index, self._next]}])
        await self._client.do("DELETE", f"/indexes/{self._next}")
        self._number += 1
        return count

    async def needs_rebuild(self) -> bool:
        """False while the server does not answer: then nothing could be built."""
        try:
            facts = await self._client.call("GET", f"/indexes/{self._index}/stats", shape=Stats)
        except NotThere:
            return True
        except EngineFault:
            return False
        return facts.numberOfDocuments == 0

    async def is_rebuilding(self) -> bool:
        try:
            facts = await self._client.call("GET", f"/indexes/{self._next}", shape=IndexFacts)
        except NotThere:
            return False
        return datetime.now(UTC) - facts.updatedAt < STALE

    async def drop(self) -> None:
        """Take all indexes away again; for tests on a server that others use too."""
        for index in (self._index, self._next, self._labels_index):
            if await self._client.exists(f"/indexes/{index}"):
                await self._client.do("DELETE", f"/indexes/{index}")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _fresh(self, index: str, settings: dict[str, Any]) -> None:
        if await self._client.exists(f"/indexes/{index}"):
            await self._client.do("DELETE", f"/indexes/{index}")
        await self._client.do("POST", "/indexes", {"uid": index, "primaryKey": "key"})
        await self._client.do("PATCH", f"/indexes/{index}/settings", settings)

    async def _put(self, index: str, documents: Sequence[Document]) -> Task:
        rows = [layout.lay_out(document) for document in documents]
        return await self._client.call("POST", f"/indexes/{index}/documents", rows)

    async def _put_labels(self, documents: Sequence[Document]) -> None:
        """Names that were not known yet, in this process."""
        fresh = Labels()
        fresh.learn(documents)
        if not self._labels.learn(documents):
            return
        if not await self._client.exists(f"/indexes/{self._labels_index}"):
            await self._client.do("POST", "/indexes", {"uid": self._labels_index, "primaryKey": "key"})
        await self._client.do("POST", f"/indexes/{self._labels_index}/documents", layout.label_rows(fresh))
        self._labels_at = -LABELS_KEPT_S

    async def _known_labels(self) -> Labels:
        """Names of facet values, read again after LABELS_KEPT_S."""
        if time.monotonic() - self._labels_at >= LABELS_KEPT_S:
            rows = await self._client.search(
                f"/indexes/{self._labels_index}/search", {"q": "", "limit": 1000}, LabelRows
            )
            self._labels = Labels.of_rows((row.facet, row.slug, row.name, row.name_en, row.spoken) for row in rows.hits)
            self._labels_at = time.monotonic()
        return self._labels

    async def _is_empty(self) -> bool:
        everything = self._count(Query(today=date.min), "")
        found = await self._client.search("/multi-search", {"queries": [everything]}, Answers)
        return found.results[0].total == 0


def _metres(query: Query, hit: Hit) -> int | None:
    if query.near is None or hit.latitude is None or hit.longitude is None:
        return None
    return distance_m(query.near, (hit.latitude, hit.longitude))


def _facets(query: Query, answer: Answer, counts: dict[str, Answer], labels: Labels) -> dict[str, list[FacetValue]]:
    """Counts as every engine gives them: a facet that is filtered by is counted as if it were not."""
    found: dict[str, list[FacetValue]] = {}
    for facet in layout.FACETED:
        spread = (counts.get(facet) or answer).facetDistribution.get(f"facet_{facet}", {})
        values = [FacetValue(value, *labels.of(facet, value), count) for value, count in spread.items()]
        found[facet] = sorted(values, key=labels.order)
    dates = (counts.get("date") or answer).facetDistribution
    found["date"] = []
    for choice, days in date_choices(query.today).items():
        attribute, value = layout.date_value(choice, days)
        if count := dates.get(attribute, {}).get(value, 0):
            found["date"].append(FacetValue(choice, *labels.of("date", choice), count))
    return found
