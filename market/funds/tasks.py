"""The funds' clockwork: sums are rolled up every fifteen seconds, books chained every minute and their heads published once a day."""

from market.funds import sealing, service
from market.jobs import Context, Worker


async def roll_up(context: Context) -> None:
    """Roll up what has settled."""
    await service.roll_up(context.db)


async def seal_books(context: Context) -> None:
    """Chain what the ledger has sealed."""
    await sealing.seal_books(context.db)


async def publish_heads(context: Context) -> None:
    """Publish today's heads, where that was not done yet."""
    await sealing.publish(context.db)


def register(worker: Worker) -> None:
    worker.every("funds.roll_up", "* * * * * */15", roll_up)
    worker.every("funds.seal_books", "* * * * * 40", seal_books)
    worker.every("funds.publish_heads", "*/10 * * * *", publish_heads)
