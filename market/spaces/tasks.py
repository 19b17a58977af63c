"""Jobs of spaces: freed times are offered to who waits, calendars kept elsewhere are looked at."""

from uuid import UUID

import msgspec

from market.jobs import Context, Worker
from market.spaces import fetching, imports, waiting


class OfferedJob(msgspec.Struct):
    wait_id: UUID


async def tell_offered(context: Context, job: OfferedJob) -> None:
    await waiting.tell(context.db, settings=context.settings, wait_id=job.wait_id)


async def sweep_waits(context: Context) -> None:
    await waiting.sweep(context.db)


async def look_at_imports(context: Context) -> None:
    await imports.look_at_due(context.db, fetch=fetching.fetch)


def register(worker: Worker) -> None:
    """Waits are looked at every 20 seconds, calendars that are due every minute."""
    worker.on("spaces.offered", tell_offered, OfferedJob)
    worker.every("spaces.waits", "* * * * * */20", sweep_waits)
    worker.every("spaces.imports", "* * * * * 30", look_at_imports)
