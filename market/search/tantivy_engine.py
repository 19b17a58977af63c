"""The embedded engine: one process writes the index, any number of processes read it and see commits within a tenth of a second."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import structlog
import tantivy

from market.search.documents import Document, Key
from market.search.engine import EngineFault, Hits, Progress
from market.search.folders import Folders, RebuildRunning
from market.search.index import SCHEMA, id_term, lay_out, register_tokenizers
from market.search.labels import Labels
from market.search.reader import Reader, faults
from market.search.rules import Query
from market.search.schemas import Suggestion
from market.search.tokens import character_sounds

log = structlog.get_logger(__name__)

CHECK_EVERY_S = 0.1
WRITER_HEAP = 20_000_000
REBUILD_HEAP = 100_000_000


class _Writer:
    """The one writer of a folder; tantivy's lock file keeps a second one out."""

    def __init__(self, folder: Path, heap: int) -> None:
        self.folder = folder
        index = tantivy.Index(SCHEMA, path=str(folder))
        register_tokenizers(index)
        self._writer = index.writer(heap, 1)
        self._labels = Labels.load(folder)
        sounds = folder / "sounds.json"
        if not sounds.exists():
            sounds.write_text(json.dumps(character_sounds(), ensure_ascii=False), encoding="utf-8")

    def put(self, documents: Sequence[Document], *, is_new: bool = False) -> None:
        for document in documents:
            if not is_new:
                self.drop([document.key])
            self._writer.add_document(lay_out(document))
        if self._labels.learn(documents):
            self._labels.save(self.folder)

    def drop(self, keys: Sequence[Key]) -> None:
        for key in keys:
            self._writer.delete_documents_by_term("id", id_term(key))

    def commit(self) -> None:
        self._writer.commit()

    def close(self) -> None:
        self._writer.wait_merging_threads()


class TantivyEngine:
    """SearchEngine over `<data_dir>/search`."""

    def __init__(self, root: Path) -> None:
        self._folders = Folders(root)
        self._reader: Reader | None = None
        self._writer: _Writer | None = None
        self._writing = asyncio.Lock()
        self._checked_at = -1.0
        self._seen: tuple[object, ...] = ()
        self._meta: Path | None = None

    @property
    def generation(self) -> str:
        try:
            self._fresh_reader()
        except EngineFault:
            return ""
        return ":".join(map(str, self._seen))

    async def search(self, query: Query) -> Hits:
        with faults():
            return self._fresh_reader().search(query)

    async def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        with faults():
            return self._fresh_reader().suggest(Query(today=date.min, text=text, limit=limit))

    async def due(self, *, limit: int = 2000) -> list[Key]:
        with faults():
            return self._fresh_reader().due(int(time.time()), limit)

    async def replace(self, documents: Sequence[Document], *, deleted: Sequence[Key] = ()) -> None:
        async with self._writing:
            with faults():
                await asyncio.to_thread(self._replace, documents, deleted)
            self._checked_at = -1.0  # who writes sees it at once

    async def rebuild(self, lots: AsyncIterator[list[Document]], *, progress: Progress | None = None) -> int:
        try:
            with self._folders.rebuilding():
                return await self._rebuild(lots, progress)
        except RebuildRunning as running:
            raise EngineFault(str(running)) from running

    async def needs_rebuild(self) -> bool:
        try:
            self._fresh_reader()
        except EngineFault:
            return True
        return False

    async def is_rebuilding(self) -> bool:
        return self._folders.is_rebuilding()

    async def aclose(self) -> None:
        async with self._writing:
            writer, self._writer = self._writer, None
            self._reader = None
            self._seen = ()
            if writer is not None:
                with contextlib.suppress(EngineFault), faults():
                    await asyncio.to_thread(writer.close)

    def _fresh_reader(self) -> Reader:
        """The reader of the folder in use at its newest commit, looked for at most every CHECK_EVERY_S."""
        now = time.monotonic()
        if self._reader is None or now - self._checked_at >= CHECK_EVERY_S:
            with faults():
                self._checked_at = now
                self._look()
        if self._reader is None:
            raise EngineFault("there is no search index yet")
        if self._reader.size == 0:
            raise EngineFault("the search index is empty")
        return self._reader

    def _look(self) -> None:
        stamp = self._folders.stamp()
        if self._seen[:1] != (stamp,):
            self._reader, self._seen = None, ()
            folder = self._folders.current()
            if folder is None:
                return
            self._meta = folder / "meta.json"
            mark = self._mark()
            self._reader = Reader(folder)
            self._seen = (stamp, mark)
        elif self._reader is not None and (mark := self._mark()) != self._seen[1]:
            self._reader.refresh()
            self._seen = (stamp, mark)

    def _mark(self) -> tuple[int, int]:
        assert self._meta is not None
        found = self._meta.stat()
        return (found.st_mtime_ns, found.st_ino)

    def _replace(self, documents: Sequence[Document], deleted: Sequence[Key]) -> None:
        writer = self._open_writer()
        try:
            writer.drop(deleted)
            writer.put(documents)
            writer.commit()
        except BaseException:
            self._writer = None  # its state is unknown: the next one starts from the last commit
            raise

    def _open_writer(self) -> _Writer:
        folder = self._folders.current()
        if folder is None:
            raise EngineFault("there is no search index yet")
        if self._writer is None or self._writer.folder != folder:
            self._writer = None
            self._writer = _Writer(folder, WRITER_HEAP)
        return self._writer

    async def _rebuild(self, lots: AsyncIterator[list[Document]], progress: Progress | None) -> int:
        folder = self._folders.fresh()
        count = 0
        with faults():
            writer: Any = await asyncio.to_thread(_Writer, folder, REBUILD_HEAP)
            async for lot in lots:
                await asyncio.to_thread(writer.put, lot, is_new=True)
                count += len(lot)
                if progress is not None:
                    progress(count)
            await asyncio.to_thread(writer.commit)
            await asyncio.to_thread(writer.close)
            self._folders.publish(folder)
        self._checked_at = -1.0
        return count
