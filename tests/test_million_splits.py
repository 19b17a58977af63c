"""A million splits over amounts up to 1,000 yuan and fifty tables of weights: no unit is lost, none is more than one off (M02).

A file of its own, so that the hunt for mutants does not repeat it for each of them."""

import random

from market.money import split

TABLES, UP_TO = 50, 100_000


def test_M02_a_million_splits_lose_no_unit_and_are_never_more_than_one_off() -> None:
    chance = random.Random(2026)
    done = 0
    for number in range(TABLES):
        weights = [chance.randint(0, 9_999) for _ in range(chance.randint(1, 5))] + [chance.randint(1, 9_999)]
        whole = sum(weights)
        # Each table takes every fifth amount, shifted by one, so that five tables together see all of them.
        for amount in range(1 + number % 5, UP_TO + 1, 5):
            parts = split(amount, weights)
            assert sum(parts) == amount
            assert min(parts) >= 0
            assert all(
                -whole <= part * whole - amount * weight <= whole for part, weight in zip(parts, weights, strict=True)
            )
            done += 1
    assert done == 1_000_000
