"""The whole money life as a state machine: sell, with coupons, passes and subsidies too, redeem, refund, fail, dispute, pay out, take back,
donate, spend, close and reopen months, change rules, crash and retry.

`MONEY_STEPS` sizes it: `make soak` runs 100,000 steps, the suite as many as its time allows."""

import os
import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from market.checkout import entries
from market.ledger.rules import Transfer, checked_group
from tests.checkout.money_covers import WHOLE_ACTS, WholeLife
from tests.checkout.money_life import cny

STEPS = int(os.environ.get("MONEY_STEPS", "20000"))
A_LIFE = 100
SHRUNK = 8


def live(seed: int, steps: int, *, life: type[WholeLife] = WholeLife) -> WholeLife:
    """One life of many acts, drawn by chance, checked after each."""
    dice = random.Random(seed)
    made = life(pick=dice.randrange)
    for _ in range(steps):
        WHOLE_ACTS[dice.randrange(len(WHOLE_ACTS))](made)
        made.check()
    return made


def test_M01_M24_M27_M30_M35_no_life_of_money_breaks_an_invariant() -> None:
    moved = [live(seed, A_LIFE) for seed in range(STEPS // A_LIFE)]
    kinds = {key.split(":")[0] for each in moved for key in each.events}
    assert kinds >= {"sale", "given", "gift", "earned", "refund", "refund_failed", "dispute_opened", "dispute_closed", "payout",
                     "payout_sent", "payout_failed",
                     "transfer_reversed", "provider_fee", "provider_payout", "deposit", "parked", "released", "spent",
                     "cover", "cover_earned",
                     "cover_returned", "pass_expired", "pool", "cost", "close"}  # fmt: skip


class MoneyLife(RuleBasedStateMachine):
    """The same acts, chosen by hypothesis, which makes a failure as short as it can be."""

    def __init__(self) -> None:
        super().__init__()
        self.life = WholeLife(pick=lambda _: 0)

    @rule(act=st.sampled_from(WHOLE_ACTS), data=st.data())
    def something_happens(self, act, data) -> None:
        self.life.pick = lambda size: data.draw(st.integers(0, size - 1))
        act(self.life)

    @invariant()
    def the_books_hold(self) -> None:
        self.life.check()


TestMoneyLife = MoneyLife.TestCase
TestMoneyLife.settings = settings(
    max_examples=max(SHRUNK, STEPS // 2500),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "fault",
    ["no owed", "paid twice", "refund keeps the fund's share", "pool gets nothing back", "a month settled twice"],
)
def test_a_fault_in_the_entries_is_found(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The negative control: with a fault put in, some invariant goes red."""

    class Faulty(WholeLife):
        def owing(self, transfers):
            return list(transfers) if fault == "no owed" else super().owing(transfers)

        def post(self, key, transfers):
            if fault == "paid twice" and key.startswith("payout_sent") and key in self.events:
                self.books[transfers[0].debit] -= transfers[0].amount.minor
                return False
            if fault.startswith("pool") and key.startswith("cover_returned"):
                is_new = key not in self.events
                self.events[key] = checked_group(transfers)
                return is_new
            if fault.startswith("a month") and key.startswith("close") and key not in self.events:
                super().post(f"{key}:twin", transfers)
            if fault.startswith("refund") and key.startswith("refund:"):
                transfers = [
                    Transfer(t.debit.replace("fund:liuyuan:development:income", "platform:fee"), t.credit, t.amount)
                    for t in transfers
                ]
            return super().post(key, transfers)

    with pytest.raises(AssertionError):
        for seed in range(30):
            live(seed, A_LIFE, life=Faulty)
    assert entries.payout_failed("a", cny(1))
