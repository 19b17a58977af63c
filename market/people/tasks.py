"""Jobs of accounts: codes for a forgotten password, and every hour the deletion of what nobody needs any more."""

import msgspec

from market import limits
from market.jobs import Context, Worker
from market.people import recovery, recovery_queries, sweep_queries


class SendReset(msgspec.Struct):
    login: str


async def send_reset(context: Context, job: SendReset) -> None:
    await recovery.send_code(context.db, settings=context.settings, login=job.login)


async def sweep(context: Context) -> None:
    """Windows of the rate limits, dead sessions, answered idempotency keys of a month ago, codes that are over."""
    async with context.db.transaction() as tx:
        await limits.delete_old(tx)
        await sweep_queries.delete_dead_sessions(tx)
        await sweep_queries.delete_old_idempotency_keys(tx, older_than_days=30)
        await recovery_queries.delete_old_resets(tx)


def register(worker: Worker) -> None:
    worker.on("people.send_reset", send_reset, SendReset)
    worker.every("people.sweep", "17 * * * *", sweep)
