"""Jobs of messages."""

from uuid import UUID

import msgspec

from market.jobs import Context, Worker
from market.notify import delivery


class Deliver(msgspec.Struct):
    message_id: UUID


async def deliver(context: Context, job: Deliver) -> None:
    await delivery.deliver(context.db, settings=context.settings, message_id=job.message_id)


def register(worker: Worker) -> None:
    """At most forty deliveries at once: a slow mail server must not keep other jobs waiting, nor a busy hour its receipts."""
    worker.on("notify.deliver", deliver, Deliver, concurrency=40)
