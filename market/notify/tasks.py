"""Jobs of messages."""

from uuid import UUID

import msgspec

from market.jobs import Context, Worker
from market.notify import delivery


class Deliver(msgspec.Struct):
    message_ids: list[UUID] = []
    message_id: UUID | None = None  # of jobs that an earlier version queued


async def deliver(context: Context, job: Deliver) -> None:
    ids = [*job.message_ids, job.message_id] if job.message_id else job.message_ids
    await delivery.deliver(context.db, settings=context.settings, message_ids=ids)


def register(worker: Worker) -> None:
    """At most five jobs at once, each with at most eight connections: a slow mail server must not keep other jobs waiting, nor a
    busy hour its receipts."""
    worker.on("notify.deliver", deliver, Deliver, concurrency=5)
