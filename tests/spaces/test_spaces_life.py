"""Books, moves, cancels, closes, leases, checks in and out at random against a model: no difference (B03, B05, B22).

`SPACE_STEPS` sizes it: the suite lives twenty thousand steps."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from market.spaces import occupancy_queries
from seeds.clock import Clock, movable_clock
from tests.spaces.occupancy_life import ACTS, Life, begin, build

STEPS = int(os.environ.get("SPACE_STEPS", "20000"))
A_LIFE = 250
DRAWN = 40  # steps of one life that hypothesis draws, and can make shorter


@pytest.fixture
async def clock(dsn: str) -> AsyncIterator[Clock]:
    """A database whose time passes when the life says so."""
    async with movable_clock(dsn) as found:
        yield found


async def live(clock: Clock, spaces: dict[str, UUID], seed: int, steps: int) -> Life:
    """One life drawn by chance."""
    dice = random.Random(seed)
    life = await begin(clock, spaces, dice.randrange)
    for _ in range(steps):
        await life.act(dice.randrange(len(ACTS)))
    await life.compare()
    return life


async def test_B03_B05_B22_no_life_of_spaces_differs_from_the_model(clock: Clock) -> None:
    spaces = await build(clock.db)
    lives = [await live(clock, spaces, seed, A_LIFE) for seed in range(STEPS * 9 // 10 // A_LIFE)]
    kinds = {(each.kind, each.status) for life in lives for each in life.model.groups.values()}
    assert kinds >= {
        ("booking", "active"), ("booking", "held"), ("booking", "lapsed"), ("booking", "released"), ("session", "active"),
        ("closure", "active"), ("lease", "active"), ("lease", "released"),
    }  # fmt: skip
    ends = {(each.gone, each.came) for life in lives for each in life.model.groups.values() if each.code}
    assert ends == {("", False), ("", True), ("left", True), ("nobody came", False)}


async def test_a_service_that_forgets_the_rooms_of_a_hall_is_found(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is inside is not looked at."""
    spaces = await build(clock.db)
    only_itself = "WITH RECURSIVE inside AS (SELECT id, space_no FROM spaces WHERE id = $1)"
    monkeypatch.setattr(occupancy_queries, "INSIDE", only_itself)
    with pytest.raises(AssertionError):
        for seed in range(20):
            await live(clock, spaces, seed, A_LIFE)


async def test_a_door_that_leaves_the_rest_taken_is_found(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: who has left keeps the time."""

    async def forget(*_: object, **__: object) -> None: ...

    spaces = await build(clock.db)
    monkeypatch.setattr(occupancy_queries, "update_left", forget)
    with pytest.raises(AssertionError):
        for seed in range(20):
            await live(clock, spaces, seed, A_LIFE)


@pytest.fixture
def own_loop(dsn: str) -> Iterator[Callable[[Any], Any]]:
    """Runs coroutines from a test that is none itself, as hypothesis wants it."""
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete
    loop.close()


def test_the_same_drawn_by_hypothesis(dsn: str, own_loop: Callable[[Any], Any]) -> None:
    """A tenth of the steps: what fails here is made as short as it can be."""
    clocks = movable_clock(dsn)
    clock = own_loop(clocks.__aenter__())
    spaces = own_loop(build(clock.db))

    class SpaceLife(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.life = own_loop(begin(clock, spaces, lambda _: 0))

        @rule(number=st.integers(0, len(ACTS) - 1), data=st.data())
        def something_happens(self, number: int, data: st.DataObject) -> None:
            self.life.pick = lambda size: data.draw(st.integers(0, size - 1))
            own_loop(self.life.act(number))

        def teardown(self) -> None:
            own_loop(self.life.compare())

    examples = max(5, STEPS // 10 // DRAWN)
    try:
        run_state_machine_as_test(
            SpaceLife,
            settings=settings(
                max_examples=examples, stateful_step_count=DRAWN, deadline=None, database=None,
                suppress_health_check=list(HealthCheck), derandomize=True,
            ),
        )  # fmt: skip
    finally:
        own_loop(clocks.__aexit__(None, None, None))
