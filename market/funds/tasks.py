"""The funds' clockwork: sums are rolled up every fifteen seconds."""

from market.funds import service
from market.jobs import Context, Worker


async def roll_up(context: Context) -> None:
    """Roll up what has settled."""
    await service.roll_up(context.db)


def register(worker: Worker) -> None:
    worker.every("funds.roll_up", "* * * * * */15", roll_up)
