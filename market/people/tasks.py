"""Jobs of accounts: what nobody needs any more is deleted every hour."""

from market import limits
from market.jobs import Context, Worker
from market.people import sweep_queries


async def sweep(context: Context) -> None:
    """Windows of the rate limits, dead sessions, answered idempotency keys of a month ago."""
    async with context.db.transaction() as tx:
        await limits.delete_old(tx)
        await sweep_queries.delete_dead_sessions(tx)
        await sweep_queries.delete_old_idempotency_keys(tx, older_than_days=30)


def register(worker: Worker) -> None:
    worker.every("people.sweep", "17 * * * *", sweep)
