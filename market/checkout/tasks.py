"""Jobs of checkout: messages about orders, holds that end, and bookings that are over."""

from uuid import UUID

import msgspec

from market.checkout import guests, holds, letters, visits
from market.jobs import Context, Worker


class ReceiptJob(msgspec.Struct):
    order_id: UUID


class MoneyBackJob(msgspec.Struct):
    order_id: UUID
    amount: int
    key: str


async def send_receipts(context: Context, jobs: list[ReceiptJob]) -> None:
    orders = [job.order_id for job in jobs]
    await letters.send_receipts(context.db, settings=context.settings, order_ids=orders)
    await visits.tell_guests(context.db, order_ids=orders)


async def tell_refunded(context: Context, job: MoneyBackJob) -> None:
    await letters.send_money_back(
        context.db,
        settings=context.settings,
        order_id=job.order_id,
        template="refund_done",
        amount=job.amount,
        dedupe_key=f"refunded:{job.key}",
    )


async def tell_returned(context: Context, job: MoneyBackJob) -> None:
    await letters.send_money_back(
        context.db,
        settings=context.settings,
        order_id=job.order_id,
        template="late_payment_returned",
        amount=job.amount,
        dedupe_key=f"returned:{job.key}",
    )


async def expire_holds(context: Context) -> None:
    await holds.expire_holds(context.db, gateway=context.parts["gateway"])


async def end_bookings(context: Context) -> None:
    await holds.end_bookings(context.db)


async def remind(context: Context) -> None:
    await visits.remind(context.db, settings=context.settings)


async def forget_guests(context: Context) -> None:
    await guests.forget(context.db)


def register(worker: Worker) -> None:
    """Handlers and schedules: holds are looked at every 20 seconds, ended sessions and reminders every five minutes."""
    worker.on_many("checkout.receipt", send_receipts, ReceiptJob)
    worker.on("checkout.refunded", tell_refunded, MoneyBackJob)
    worker.on("checkout.payment_returned", tell_returned, MoneyBackJob)
    worker.every("checkout.expire_holds", "* * * * * */20", expire_holds)
    worker.every("checkout.end_bookings", "*/5 * * * *", end_bookings)
    worker.every("checkout.remind", "2-59/5 * * * *", remind)
    worker.every("checkout.forget_guests", "41 3 * * *", forget_guests)
