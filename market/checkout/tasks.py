"""Jobs of checkout: messages about orders, holds that end, and bookings that are over."""

from uuid import UUID

import msgspec

from market.checkout import (
    approvals,
    gaps,
    guests,
    holds,
    lease_settling,
    letters,
    no_shows,
    passes,
    payout_transfers,
    payouts,
    reconciling,
    standing_gifts,
    usage,
    visits,
    wall_times,
)
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


class MovedJob(msgspec.Struct):
    move_id: UUID


async def tell_moved(context: Context, job: MovedJob) -> None:
    await letters.tell_moved(context.db, settings=context.settings, move_id=job.move_id)


class ApprovalJob(msgspec.Struct):
    order_id: UUID


async def tell_decided(context: Context, job: ApprovalJob) -> None:
    await approvals.tell(context.db, settings=context.settings, order_id=job.order_id)


class TransferJob(msgspec.Struct):
    payout_id: UUID


class ReversalJob(msgspec.Struct):
    reversal_id: UUID


async def transfer(context: Context, job: TransferJob) -> None:
    await payout_transfers.perform_transfer(context.db, gateway=context.parts["gateway"], payout_id=job.payout_id)


async def reverse_transfer(context: Context, job: ReversalJob) -> None:
    await payout_transfers.perform_reversal(context.db, gateway=context.parts["gateway"], reversal_id=job.reversal_id)


async def run_payouts(context: Context) -> None:
    await payouts.run_due(context.db)


async def resume_payouts(context: Context) -> None:
    await payout_transfers.resume(context.db, gateway=context.parts["gateway"])


async def close_gaps(context: Context) -> None:
    await gaps.close_gaps(context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"])


async def compare_provider(context: Context) -> None:
    await reconciling.compare_provider(
        context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"]
    )


async def expire_holds(context: Context) -> None:
    await holds.expire_holds(context.db, gateway=context.parts["gateway"])


async def end_bookings(context: Context) -> None:
    await holds.end_bookings(context.db)


async def remind(context: Context) -> None:
    await visits.remind(context.db, settings=context.settings)


async def forget_guests(context: Context) -> None:
    await guests.forget(context.db)


async def free_no_shows(context: Context) -> None:
    await no_shows.free_no_shows(context.db)


async def count_days(context: Context) -> None:
    await usage.count_days(context.db)


async def follow_clocks(context: Context) -> None:
    await wall_times.follow_clocks(context.db)


async def end_passes(context: Context) -> None:
    await passes.end_passes(context.db)


async def ask_for_gifts(context: Context) -> None:
    await standing_gifts.ask_due(context.db, settings=context.settings)


async def settle_leases(context: Context) -> None:
    await lease_settling.settle_due(context.db)


def register(worker: Worker) -> None:
    """Handlers and schedules: holds are looked at every 20 seconds, no-shows every minute, ended sessions and reminders every five
    minutes, payouts every ten; every hour the days that ended somewhere are counted,
    the months of leases and passes that are over settled, monthly gifts asked for, and bookings compared with the clocks of their
    places."""
    worker.on_many("checkout.receipt", send_receipts, ReceiptJob)
    worker.on("checkout.refunded", tell_refunded, MoneyBackJob)
    worker.on("checkout.approval", tell_decided, ApprovalJob)
    worker.on("checkout.moved", tell_moved, MovedJob)
    worker.on("checkout.payment_returned", tell_returned, MoneyBackJob)
    worker.every("checkout.expire_holds", "* * * * * */20", expire_holds)
    worker.every("checkout.free_no_shows", "* * * * *", free_no_shows)
    worker.every("checkout.end_bookings", "*/5 * * * *", end_bookings)
    worker.every("checkout.remind", "2-59/5 * * * *", remind)
    worker.every("checkout.count_days", "12 * * * *", count_days)
    worker.every("checkout.follow_clocks", "46 * * * *", follow_clocks)
    worker.every("checkout.end_passes", "32 * * * *", end_passes)
    worker.every("checkout.settle_leases", "22 * * * *", settle_leases)
    worker.every("checkout.ask_for_gifts", "52 * * * *", ask_for_gifts)
    worker.every("checkout.forget_guests", "41 3 * * *", forget_guests)
    worker.on("checkout.transfer", transfer, TransferJob)
    worker.on("checkout.reverse_transfer", reverse_transfer, ReversalJob)
    worker.every("checkout.run_payouts", "3-59/10 * * * *", run_payouts)
    worker.every("checkout.resume_payouts", "* * * * *", resume_payouts)
    worker.every("checkout.close_gaps", "* * * * *", close_gaps)
    worker.every("checkout.compare_provider", "20 2 * * *", compare_provider)
