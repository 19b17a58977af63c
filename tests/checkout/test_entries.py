"""Every way money moves around an order, without a database."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.checkout import entries
from market.checkout.entries import SoldLine, SoldShare
from market.ledger.rules import Transfer
from market.money import Money

RULE = UUID(int=3)
LINE = SoldLine("瑜伽", "CNY", (SoldShare("partner:qinghe", 7760), SoldShare("fund:liuyuan-development", 240, 0, RULE)))
EARNED = SoldLine(LINE.title, LINE.currency, LINE.shares, is_earned=True)


def moved(transfers: list[Transfer]) -> dict[str, int]:
    """Credit minus debit per account."""
    found: Counter[str] = Counter()
    for each in transfers:
        found[each.credit] += each.amount.minor
        found[each.debit] -= each.amount.minor
    return {code: amount for code, amount in found.items() if amount}


def test_a_card_payment_goes_from_the_provider_to_every_share() -> None:
    transfers = entries.sale_paid([LINE])
    assert moved(transfers) == {
        "provider:stripe": -8000,
        "partner:qinghe:pending": 7760,
        "fund:liuyuan:development:income": 240,
    }
    assert [t.rule_id for t in transfers] == [None, RULE]


def test_cash_goes_from_the_desk_to_the_same_shares() -> None:
    assert moved(entries.desk_payment([LINE], community="liuyuan"))["desk:liuyuan"] == -8000


def test_rent_goes_to_the_enterprise() -> None:
    rent = SoldLine("议事厅", "CNY", (SoldShare("enterprise:xiqiao", 7200), SoldShare("fund:xiqiao-charity", 800)))
    assert moved(entries.sale_paid([rent])) == {
        "provider:stripe": -8000,
        "enterprise:xiqiao:income": 7200,
        "fund:xiqiao:charity:income": 800,
    }
    assert entries.voucher_redeemed(rent) == []


def test_M27_a_full_refund_leaves_every_account_as_it_was() -> None:
    assert moved(entries.sale_paid([LINE]) + entries.sale_refunded(LINE, 8000)) == {}


def test_a_refund_after_redemption_takes_from_what_is_available() -> None:
    everything = entries.sale_paid([LINE]) + entries.voucher_redeemed(LINE) + entries.sale_refunded(EARNED, 8000)
    assert moved(everything) == {}


def test_cash_goes_back_over_the_desk() -> None:
    assert moved(entries.sale_refunded(LINE, 8000, desk_community="liuyuan"))["desk:liuyuan"] == 8000


def test_redeeming_makes_what_is_left_of_the_partners_share_available() -> None:
    part = entries.after(LINE, 4000)
    assert moved(entries.voucher_redeemed(part)) == {"partner:qinghe:pending": -3880, "partner:qinghe:available": 3880}
    assert entries.booking_ended(part) == entries.voucher_redeemed(part)


def test_M44_a_free_order_moves_nothing_and_a_paid_one_is_not_free() -> None:
    assert entries.free_order([SoldLine("讲座", "CNY", ())]) == []
    with pytest.raises(ValueError, match="not free"):
        entries.free_order([LINE])


def test_parked_money_that_goes_back_leaves_nothing_in_suspense() -> None:
    amount = Money(700, "CNY")
    assert moved(entries.late_payment_parked(amount)) == {"provider:stripe": -700, "suspense": 700}
    assert moved(entries.late_payment_parked(amount) + entries.late_payment_returned(amount)) == {}


def test_a_refund_that_fails_is_owed_in_suspense() -> None:
    assert moved(
        entries.sale_paid([LINE]) + entries.sale_refunded(LINE, 8000) + entries.refund_failed(Money(8000, "CNY"))
    ) == {
        "provider:stripe": -8000,
        "suspense": 8000,
    }


def test_a_lost_dispute_is_borne_like_a_refund_and_a_won_one_by_nobody() -> None:
    amount = Money(8000, "CNY")
    assert moved(entries.sale_paid([LINE]) + entries.dispute_opened(amount) + entries.dispute_lost(LINE, 8000)) == {}
    assert moved(entries.dispute_opened(amount) + entries.dispute_won(amount)) == {}


def test_more_than_is_left_cannot_go_back() -> None:
    for amount in (0, -1, 8001):
        with pytest.raises(ValueError, match="more would go back"):
            entries.sale_refunded(LINE, amount)


@given(
    amounts=st.lists(st.integers(0, 100_000), min_size=1, max_size=5).filter(any),
    steps=st.lists(st.integers(1, 50_000), max_size=30),
)
def test_M28_any_series_of_partial_refunds_is_exact_and_ends_at_zero(amounts: list[int], steps: list[int]) -> None:
    line = SoldLine("x", "CNY", tuple(SoldShare(f"fund:c-f{n}", amount) for n, amount in enumerate(amounts)))
    whole = line.left
    gone = 0
    for step in [*steps, whole]:
        part = min(step, line.left)
        if part == 0:
            break
        assert sum(t.amount.minor for t in entries.sale_refunded(line, part)) == part
        line = entries.after(line, part)
        gone += part
        assert all(0 <= share.refunded <= share.amount for share in line.shares)
        assert sum(share.refunded for share in line.shares) == gone <= whole
    assert line.left == whole - gone


def test_M28_a_third_of_a_three_way_split_comes_back_in_thirds() -> None:
    line = SoldLine(
        "x", "CNY", (SoldShare("partner:a", 7001), SoldShare("fund:a-b", 2000), SoldShare("fund:a-c", 1000))
    )
    assert entries.unwind(line, 3333) == [2333, 667, 333]


def test_M28_many_tiny_refunds_cost_every_share_its_part_at_every_step() -> None:
    line = LINE
    for _ in range(2000):
        line = entries.after(line, 1)
    assert [share.refunded for share in line.shares] == [1940, 60]
    assert [share.refunded for share in entries.after(LINE, 2000).shares] == [1940, 60]
