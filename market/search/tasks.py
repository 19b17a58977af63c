"""Jobs of search: a changed document, the passing of time, an index that is missing."""

import asyncio

from market.jobs import Context, Worker
from market.search import queries, service, statistics
from market.search.batches import Batches
from market.search.documents import Key


def register(worker: Worker) -> None:
    """Hang the jobs of this slice into the worker."""
    context = worker.context
    engine = context.parts["engine"]
    source = queries.DatabaseSource(context.db, media_prefix=service.media_prefix(context.settings))

    async def write(keys: list[Key]) -> None:
        await service.apply(source, engine=engine, keys=keys)

    batches = Batches(write)

    async def refresh(context: Context, changes: list[service.Change]) -> None:
        refreshing = (
            service.refresh(context.db, batches=batches, engine=engine, change=change) for change in set(changes)
        )
        for fault in await asyncio.gather(*refreshing, return_exceptions=True):
            if fault is not None:
                raise fault

    async def keep_fresh(context: Context) -> None:
        if not await engine.needs_rebuild():
            await service.refresh_due(source, engine=engine)
        elif not await engine.is_rebuilding():
            await service.rebuild(context.db, engine=engine, prefix=service.media_prefix(context.settings))

    async def sweep(context: Context) -> None:
        await statistics.sweep(context.db, today=service.today().date())

    worker.on_many("search.refresh", refresh, service.Change)
    worker.every("search.keep_fresh", "* * * * *", keep_fresh)
    worker.every("search.sweep", "29 3 * * *", sweep)
