"""Changes that arrive together are committed together: a commit takes as long for twenty documents as for one."""

import asyncio
from collections.abc import Awaitable, Callable

from market.search.documents import Key

PAUSE_S = 0.8  # after a batch of several: a commit costs the same for two changes as for hundreds, and is seen within two seconds
MAX_BATCH = 1000


class Batches:
    """Collects keys while a batch is being written; a single change is written at once."""

    def __init__(self, write: Callable[[list[Key]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: dict[Key, list[asyncio.Future[None]]] = {}
        self._running: asyncio.Task[None] | None = None

    async def add(self, key: Key) -> None:
        """Return when the key has been written; raises what its batch raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(done)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever is ready to add may still join
            batch = dict(list(self._waiting.items())[:MAX_BATCH])
            for key in batch:
                del self._waiting[key]
            fault = await self._written(list(batch))
            for done in (each for waiting in batch.values() for each in waiting if not each.done()):
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)
            if len(batch) > 1:
                await asyncio.sleep(PAUSE_S)

    async def _written(self, keys: list[Key]) -> Exception | None:
        try:
            await self._write(keys)
        except Exception as fault:  # handed on to everybody who waits for this batch
            return fault
        return None
