"""Two engines as one: the server answers, and the embedded index stands by with the same documents (F09)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from market.search.documents import Document, Key
from market.search.engine import EngineFault, Hits, Progress, SearchEngine
from market.search.rules import Query
from market.search.schemas import Suggestion

log = structlog.get_logger(__name__)


class WithStandby:
    """Reads from `first`, from `second` when the first does not answer; writes both. Who has no embedded index beside them (a web
    process in a container of its own) gets EngineFault from it, and the database answers."""

    def __init__(self, first: SearchEngine, second: SearchEngine) -> None:
        self._first, self._second = first, second
        self.is_behind = False  # the server has missed a change

    @property
    def generation(self) -> str:
        return f"{self._first.generation}|{self._second.generation}"

    async def search(self, query: Query) -> Hits:
        try:
            return await self._first.search(query)
        except EngineFault as fault:
            log.warning("search_on_standby", reason=str(fault))
            hits = await self._second.search(query)
            return replace(hits, is_standby=True)

    async def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        try:
            return await self._first.suggest(text, limit=limit)
        except EngineFault as fault:
            log.warning("search_on_standby", reason=str(fault))
            return await self._second.suggest(text, limit=limit)

    async def replace(self, documents: Sequence[Document], *, deleted: Sequence[Key] = ()) -> None:
        """The standby first; when the server cannot be written the job comes again."""
        try:
            await self._first.replace(documents, deleted=deleted)
        except EngineFault:
            self.is_behind = True
            raise
        finally:
            await self._second.replace(documents, deleted=deleted)

    async def due(self, *, limit: int = 2000) -> list[Key]:
        found: dict[Key, None] = {}
        for engine in (self._first, self._second):
            with suppress(EngineFault):
                found |= dict.fromkeys(await engine.due(limit=limit))
        return list(found)[:limit]

    async def rebuild(self, lots: AsyncIterator[list[Document]], *, progress: Progress | None = None) -> int:
        """Both, from one reading of the database."""
        queues: list[asyncio.Queue[list[Document] | None]] = [asyncio.Queue(maxsize=2) for _ in range(2)]
        built = [
            asyncio.create_task(self._second.rebuild(_lots(queues[0]))),
            asyncio.create_task(self._first.rebuild(_lots(queues[1]), progress=progress)),
        ]
        async for lot in lots:
            await _hand_on(lot, queues, built)
        await _hand_on(None, queues, built)
        counts = await asyncio.gather(*built, return_exceptions=True)
        for count in counts:
            if isinstance(count, BaseException):
                raise count
        self.is_behind = False
        return int(counts[0])  # type: ignore[arg-type]  # whatever was raised has been raised above

    async def needs_rebuild(self) -> bool:
        """One of them is missing, or the server has missed changes and answers again."""
        if await self._second.needs_rebuild() or await self._first.needs_rebuild():
            return True
        return self.is_behind and await self._answers()

    async def _answers(self) -> bool:
        try:
            await self._first.due(limit=1)
        except EngineFault:
            return False
        return True

    async def is_rebuilding(self) -> bool:
        if await self._second.is_rebuilding():
            return True
        try:
            return await self._first.is_rebuilding()
        except EngineFault:
            return False

    async def aclose(self) -> None:
        await self._first.aclose()
        await self._second.aclose()


async def _lots(queue: asyncio.Queue[list[Document] | None]) -> AsyncIterator[list[Document]]:
    while (lot := await queue.get()) is not None:
        yield lot


async def _hand_on(
    lot: list[Document] | None, queues: list[asyncio.Queue[list[Document] | None]], built: list[asyncio.Task[int]]
) -> None:
    """To each that still builds: who has failed takes nothing more."""
    for queue, task in zip(queues, built, strict=True):
        putting = asyncio.ensure_future(queue.put(lot))
        await asyncio.wait({putting, task}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
