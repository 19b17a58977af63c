"""Each way money moves around an order, row by row: from where, to where, how much, by which rule, under which words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from market.checkout import entries
from market.checkout.entries import SoldLine, SoldShare
from market.checkout.hold_rules import hold_until
from market.ledger.rules import Transfer
from market.money import Money

RULE = UUID(int=3)
TEN = Money(1000, "CNY")
LINE = SoldLine("瑜伽", "CNY", (SoldShare("partner:qinghe", 970), SoldShare("fund:liuyuan-development", 30, 0, RULE)))
ROOM = SoldLine("议事厅", "CNY", (SoldShare("enterprise:xiqiao", 900), SoldShare("fund:xiqiao-charity", 100, 0, RULE)))
EARNED = SoldLine("瑜伽", "CNY", LINE.shares, is_earned=True)
PENDING, AVAILABLE, OWED = "partner:qinghe:pending", "partner:qinghe:available", "partner:qinghe:owed"
PAYOUT, DEFERRED = "partner:qinghe:payout", "partner:qinghe:deferred"
DEPOSIT = "partner:qinghe:deposit"
STRIPE, FEES, SUSPENSE, BANK = "provider:stripe", "provider:fees", "suspense", "bank:operating"
DESK, FUND = "desk:liuyuan", "fund:liuyuan:development:income"

Row = tuple[str, str, int, UUID | None, str]


def rows(transfers: list[Transfer]) -> list[Row]:
    assert {each.amount.currency for each in transfers} <= {"CNY"}
    return [(each.debit, each.credit, each.amount.minor, each.rule_id, each.label) for each in transfers]


def both(source: str, *, partner: str = PENDING) -> list[Row]:
    """The two shares of the line, from one source."""
    return [(source, partner, 970, None, "瑜伽"), (source, FUND, 30, RULE, "瑜伽")]


def back(sink: str, *, partner: str = PENDING) -> list[Row]:
    return [(partner, sink, 970, None, "瑜伽"), (FUND, sink, 30, RULE, "瑜伽")]


EVERY: list[tuple[str, Callable[[], list[Transfer]], list[Row]]] = [
    ("sale_paid", lambda: entries.sale_paid([LINE]), both(STRIPE)),
    ("desk_payment", lambda: entries.desk_payment([LINE], community="liuyuan"), both(DESK)),
    ("sale_refunded", lambda: entries.sale_refunded(LINE, 1000), back(STRIPE)),
    (
        "sale_refunded at a desk",
        lambda: entries.sale_refunded(EARNED, 1000, desk_community="liuyuan"),
        back(DESK, partner=AVAILABLE),
    ),
    ("voucher_redeemed", lambda: entries.voucher_redeemed(LINE), [(PENDING, AVAILABLE, 970, None, "瑜伽")]),
    ("booking_ended", lambda: entries.booking_ended(LINE), [(PENDING, AVAILABLE, 970, None, "瑜伽")]),
    ("voucher_expired", lambda: entries.voucher_expired(LINE), [(PENDING, AVAILABLE, 970, None, "瑜伽")]),
    ("cover_earned", lambda: entries.cover_earned(LINE), [(PENDING, AVAILABLE, 970, None, "瑜伽")]),
    ("a room earns nothing later", lambda: entries.booking_ended(ROOM), []),
    (
        "late_payment_parked",
        lambda: entries.late_payment_parked(TEN),
        [(STRIPE, SUSPENSE, 1000, None, "payment that matches no order")],
    ),
    (
        "late_payment_returned",
        lambda: entries.late_payment_returned(TEN),
        [(SUSPENSE, STRIPE, 1000, None, "payment returned")],
    ),
    (
        "refund_failed",
        lambda: entries.refund_failed(TEN),
        [(STRIPE, SUSPENSE, 1000, None, "refund that did not arrive")],
    ),
    ("refund_repeated", lambda: entries.refund_repeated(TEN), [(SUSPENSE, STRIPE, 1000, None, "refund paid again")]),
    (
        "refund_repeated at a desk",
        lambda: entries.refund_repeated(TEN, desk_community="liuyuan"),
        [(SUSPENSE, DESK, 1000, None, "refund paid again")],
    ),
    ("dispute_opened", lambda: entries.dispute_opened(TEN), [(SUSPENSE, STRIPE, 1000, None, "payment disputed")]),
    ("dispute_won", lambda: entries.dispute_won(TEN), [(STRIPE, SUSPENSE, 1000, None, "dispute won")]),
    ("dispute_lost", lambda: entries.dispute_lost(LINE, 1000), back(SUSPENSE)),
    (
        "payout_started",
        lambda: entries.payout_started("qinghe", paid=Money(700, "CNY"), netted=Money(300, "CNY")),
        [(AVAILABLE, OWED, 300, None, "paid what was owed"), (AVAILABLE, PAYOUT, 700, None, "payout")],
    ),
    (
        "payout_sent by bank",
        lambda: entries.payout_sent("qinghe", TEN, by_bank=True),
        [(PAYOUT, BANK, 1000, None, "payout")],
    ),
    (
        "payout_sent by transfer",
        lambda: entries.payout_sent("qinghe", TEN, by_bank=False),
        [(PAYOUT, STRIPE, 1000, None, "payout")],
    ),
    (
        "payout_failed",
        lambda: entries.payout_failed("qinghe", TEN),
        [(PAYOUT, AVAILABLE, 1000, None, "payout that did not arrive")],
    ),
    (
        "transfer_reversed",
        lambda: entries.transfer_reversed("qinghe", TEN),
        [(STRIPE, OWED, 1000, None, "payout taken back")],
    ),
    ("provider_fee", lambda: entries.provider_fee(TEN), [(FEES, STRIPE, 1000, None, "card fee")]),
    ("provider_fee back", lambda: entries.provider_fee(TEN, back=True), [(STRIPE, FEES, 1000, None, "fee returned")]),
    ("provider_paid_out", lambda: entries.provider_paid_out(TEN), [(BANK, STRIPE, 1000, None, "to the bank")]),
    (
        "provider_paid_out back",
        lambda: entries.provider_paid_out(TEN, back=True),
        [(STRIPE, BANK, 1000, None, "from the bank")],
    ),
    (
        "desk_deposited",
        lambda: entries.desk_deposited(TEN, community="liuyuan"),
        [(BANK, DESK, 1000, None, "cash to the bank")],
    ),
    (
        "rent_due",
        lambda: entries.rent_due(ROOM, partner="qinghe"),
        [
            (AVAILABLE, "enterprise:xiqiao:income", 900, None, "议事厅"),
            (AVAILABLE, "fund:xiqiao:charity:income", 100, RULE, "议事厅"),
        ],
    ),
    ("rent_paid", lambda: entries.rent_paid("qinghe", TEN), [(BANK, OWED, 1000, None, "rent paid")]),
    ("deposit_held", lambda: entries.deposit_held("qinghe", TEN), [(BANK, DEPOSIT, 1000, None, "deposit held")]),
    (
        "deposit_returned",
        lambda: entries.deposit_returned("qinghe", TEN),
        [(DEPOSIT, BANK, 1000, None, "deposit returned")],
    ),
    (
        "deposit_kept",
        lambda: entries.deposit_kept("qinghe", TEN, enterprise="xiqiao"),
        [(DEPOSIT, "enterprise:xiqiao:income", 1000, None, "deposit kept")],
    ),
    ("cover_paid", lambda: entries.cover_paid(LINE, source="subsidy:liuyuan-meals"), both("subsidy:liuyuan-meals")),
    (
        "cover_returned",
        lambda: entries.cover_returned(EARNED, 1000, source="subsidy:x"),
        back("subsidy:x", partner=AVAILABLE),
    ),
    ("pass_expired", lambda: entries.pass_expired(LINE, partner="qinghe"), both(DEFERRED, partner=AVAILABLE)),
    ("free_order", lambda: entries.free_order([SoldLine("咨询", "CNY", ())]), []),
    (
        "shares of nothing",
        lambda: entries.pass_expired(SoldLine("x", "CNY", (SoldShare("partner:a", 0),)), partner="a"),
        [],
    ),
]


@pytest.mark.parametrize(("name", "event", "expected"), EVERY, ids=[name for name, _, _ in EVERY])
def test_each_event_moves_exactly_this(name: str, event: Callable[[], list[Transfer]], expected: list[Row]) -> None:
    assert rows(event()) == expected, name


@pytest.mark.parametrize(
    ("to", "is_earned", "account"),
    [
        ("partner:qinghe", False, PENDING),
        ("partner:qinghe", True, AVAILABLE),
        ("deferred:qinghe", False, DEFERRED),
        ("fund:liuyuan-development", True, FUND),
        ("enterprise:xiqiao", False, "enterprise:xiqiao:income"),
        ("platform", False, "platform:fee"),
    ],
)
def test_each_receiver_has_its_account(to: str, is_earned: bool, account: str) -> None:
    assert entries.account_of(to, is_earned=is_earned) == account


def test_there_is_no_account_for_nobody() -> None:
    with pytest.raises(ValueError, match=r"^nobody to pay: 'somebody:else'$"):
        entries.account_of("somebody:else")


def test_an_order_with_a_price_is_not_free() -> None:
    with pytest.raises(ValueError, match=r"^an order with a price is not free$"):
        entries.free_order([LINE])


@pytest.mark.parametrize(
    ("has", "expected"),
    [
        (2000, [(AVAILABLE, STRIPE, 970)]),
        (970, [(AVAILABLE, STRIPE, 970)]),
        (969, [(AVAILABLE, STRIPE, 969), (OWED, STRIPE, 1)]),
        (1, [(AVAILABLE, STRIPE, 1), (OWED, STRIPE, 969)]),
        (0, [(OWED, STRIPE, 970)]),
        (-5, [(OWED, STRIPE, 970)]),
    ],
)
def test_M30_what_a_partner_no_longer_has_it_owes(has: int, expected: list[tuple[str, str, int]]) -> None:
    found = entries.with_owed(entries.sale_refunded(EARNED, 1000), {AVAILABLE: has})
    assert [(t.debit, t.credit, t.amount.minor) for t in found] == [*expected, (FUND, STRIPE, 30)]
    assert [t.label for t in found] == ["瑜伽"] * len(found)
    assert [t.rule_id for t in found][-1] == RULE and not any(t.rule_id for t in found[:-1])


def test_several_transfers_of_one_partner_share_what_it_has() -> None:
    twice = entries.sale_refunded(EARNED, 1000) + entries.sale_refunded(EARNED, 1000)
    found = entries.with_owed(twice, {AVAILABLE: 1000})
    assert [(t.debit, t.amount.minor) for t in found if t.debit != FUND] == [
        (AVAILABLE, 970),
        (AVAILABLE, 30),
        (OWED, 940),
    ]


@pytest.mark.parametrize(
    ("fee", "sellers", "expected"),
    [
        (10, [True, True], [(AVAILABLE, FEES, 5, "card fee"), ("enterprise:xiqiao:cost", FEES, 5, "card fee")]),
        (11, [True, True], [(AVAILABLE, FEES, 6, "card fee"), ("enterprise:xiqiao:cost", FEES, 5, "card fee")]),
        (1, [True, True], [(AVAILABLE, FEES, 1, "card fee")]),
        (10, [False, True], [("enterprise:xiqiao:cost", FEES, 5, "card fee")]),
        (10, [False, False], []),
    ],
)
def test_a_fee_falls_on_the_lines_in_proportion(
    fee: int, sellers: list[bool], expected: list[tuple[str, str, int, str]]
) -> None:
    found = entries.fee_borne([LINE, ROOM], Money(fee, "CNY"), sellers)
    assert [(t.debit, t.credit, t.amount.minor, t.label) for t in found] == expected
    assert {t.amount.currency for t in found} <= {"CNY"}


def test_a_fee_on_a_line_that_is_nobodys_falls_on_nobody() -> None:
    nobody = SoldLine("x", "CNY", ())
    platform = SoldLine("y", "CNY", (SoldShare("platform", 1000),))
    assert entries.fee_borne([nobody, platform, LINE], Money(10, "CNY"), [True, True, True])[0].amount.minor == 5


NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pay_by", "minutes", "starts_in_h", "until"),
    [
        ("card", [15], [], timedelta(minutes=15)),
        ("card", [30, 15], [1], timedelta(minutes=15)),
        ("desk", [15], [], timedelta(days=1)),
        ("desk", [15], [5, 3], timedelta(hours=3)),
        ("desk", [15], [48], timedelta(days=1)),
        ("desk", [30, 20], [0], timedelta(minutes=20)),
    ],
)
def test_an_unpaid_order_keeps_what_it_claimed_for_so_long(
    pay_by: str, minutes: list[int], starts_in_h: list[int], until: timedelta
) -> None:
    starts = [NOW + timedelta(hours=hours) for hours in starts_in_h]
    assert hold_until(pay_by, now=NOW, minutes=minutes, starts=starts) == NOW + until
