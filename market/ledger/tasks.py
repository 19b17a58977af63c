"""The ledger's clockwork: seals every minute. Roll-ups are driven by the funds slice, which sums up on top of them."""

from market.jobs import Context, Worker
from market.ledger import service


async def seal(context: Context) -> None:
    """Seal what has settled."""
    await service.seal(context.db)


def register(worker: Worker) -> None:
    worker.every("ledger.seal", "* * * * *", seal)
