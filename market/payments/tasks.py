"""Jobs of payments: refunds, events that came too early, and the reconciler."""

from uuid import UUID

import msgspec

from market.jobs import Context, Worker
from market.payments import service, transactions


class RefundJob(msgspec.Struct):
    refund_id: UUID


class ReplayJob(msgspec.Struct):
    provider_id: str


class ImportJob(msgspec.Struct):
    payment_id: str


async def perform_refund(context: Context, job: RefundJob) -> None:
    await service.perform_refund(
        context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"], refund_id=job.refund_id
    )


async def replay(context: Context, job: ReplayJob) -> None:
    await service.replay_waiting(context.db, handle=context.parts["payment_handler"], provider_id=job.provider_id)


async def import_refunds(context: Context, job: ImportJob) -> None:
    await service.import_refunds(
        context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"], payment_id=job.payment_id
    )


async def reconcile(context: Context) -> None:
    await service.reconcile(context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"])


async def import_transactions(context: Context) -> None:
    await transactions.import_transactions(
        context.db, gateway=context.parts["gateway"], handle=context.parts["payment_handler"]
    )


def register(worker: Worker) -> None:
    """Handlers and the schedule; the composition root puts `gateway` and `payment_handler` into the worker's parts."""
    worker.on("payments.refund", perform_refund, RefundJob)
    worker.on("payments.replay", replay, ReplayJob)
    worker.on("payments.import_refunds", import_refunds, ImportJob)
    worker.every("payments.reconcile", "* * * * * */30", reconcile)
    worker.every("payments.import_transactions", "*/5 * * * *", import_transactions)
