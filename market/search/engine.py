"""What any search engine must do for the market: a small interface with an embedded implementation."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from market.search.documents import Document, Key
from market.search.rules import Query
from market.search.schemas import FacetValue, Suggestion

Progress = Callable[[int], None]


class EngineFault(Exception):
    """The index is missing, empty or damaged, or the engine does not answer: search falls back to the database (F09)."""


Facets = dict[str, list[FacetValue]]


@dataclass(frozen=True)
class Hits:
    """One page: result cards as encoded JSON objects, how many there are in all, and how to count by facet."""

    cards: list[bytes]
    total: int
    counting: Callable[[], Facets] = dict
    engine: str = "index"
    is_standby: bool = False  # the engine that was asked for did not answer

    @cached_property
    def facets(self) -> Facets:
        """Counts by facet, counted when first asked for: nobody looks at those of a page that is searched once more. Raises
        EngineFault."""
        return self.counting()


class SearchEngine(Protocol):
    """Every method raises EngineFault when the engine cannot do it."""

    @property
    def generation(self) -> str:
        """Changes whenever an answer may change; empty when nothing can be searched."""
        ...

    async def search(self, query: Query) -> Hits:
        """One page with facets."""
        ...

    async def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        """Completions while typing."""
        ...

    async def replace(self, documents: Sequence[Document], *, deleted: Sequence[Key] = ()) -> None:
        """Put documents in place of what has their keys, drop the deleted ones, and make it visible."""
        ...

    async def due(self, *, limit: int = 2000) -> list[Key]:
        """Documents that the passing of time has made wrong."""
        ...

    async def rebuild(self, lots: AsyncIterator[list[Document]], *, progress: Progress | None = None) -> int:
        """Build a new index from all documents, then put it in place of the old one at once; returns how many there are."""
        ...

    async def needs_rebuild(self) -> bool:
        """Whether there is no index, an empty one, or one that has missed changes."""
        ...

    async def is_rebuilding(self) -> bool:
        """Whether somebody builds a new index now: what changes meanwhile must be applied again afterwards."""
        ...

    async def aclose(self) -> None:
        """Let go of files and locks."""
        ...
