"""SQL of what nobody needs any more."""

from market.db import Connection


async def delete_dead_sessions(tx: Connection) -> None:
    await tx.execute("DELETE FROM sessions WHERE expires_at < now()")


async def delete_old_idempotency_keys(tx: Connection, *, older_than_days: int) -> None:
    await tx.execute(
        "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(days => $1)", older_than_days
    )
