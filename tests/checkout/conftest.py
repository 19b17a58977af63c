"""The town of the checkout tests; when a test ends, everything that was under way is finished and the books are audited."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from market.app import Parts, create_worker
from market.jobs import Context
from tests.checkout.town import Town
from tests.invariants import check_invariants


async def _no_search(_: Context, __: Any) -> None:
    """The index is another slice's: these tests need none."""


@pytest.fixture
async def town(parts: Parts) -> AsyncIterator[Town]:
    """A town to buy in; afterwards all jobs are run and the invariants of quality.md must hold."""
    async with parts.running():
        worker = create_worker(parts)
        worker.on("search.refresh", _no_search)
        made = await Town(parts, worker).build()
        yield made
        await made.hear()
        await made.worker.drain()
        await made.hear()
        await check_invariants(made.db)
        if not made.is_staged:
            assert (await made.parts.gateway.balance()).get("CNY", 0) == -(await made.balances("provider:stripe"))[0]
