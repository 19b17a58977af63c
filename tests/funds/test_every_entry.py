"""Each way money moves into and out of a fund, row by row: from where, to where, how much, under which words."""

from collections.abc import Callable
from uuid import UUID

import pytest

from market.funds import entries
from market.funds.close_rules import Closing
from market.funds.rules import RoutingRule, Sold, totals_under, with_rate
from market.ledger.rules import Transfer
from market.money import Money

TEN = Money(1000, "CNY")
SLUG = "liuyuan-charity"
INCOME, SPENDABLE, RESERVED = (f"fund:liuyuan:charity:{part}" for part in ("income", "spendable", "reserved"))
BANK, DESK, RELIEF = "bank:liuyuan-charity", "desk:liuyuan", "relief:liuyuan-charity"

Row = tuple[str, str, int, str]


def rows(transfers: list[Transfer]) -> list[Row]:
    assert {each.amount.currency for each in transfers} <= {"CNY"}
    assert not any(each.rule_id for each in transfers)
    return [(each.debit, each.credit, each.amount.minor, each.label) for each in transfers]


EVERY: list[tuple[str, Callable[[], list[Transfer]], list[Row]]] = [
    ("donation_received", lambda: entries.donation_received(SLUG, TEN, label="x"), [(BANK, INCOME, 1000, "x")]),
    ("income_released", lambda: entries.income_released(SLUG, TEN, label="x"), [(INCOME, SPENDABLE, 1000, "x")]),
    ("spending_reserved", lambda: entries.spending_reserved(SLUG, TEN, label="x"), [(SPENDABLE, RESERVED, 1000, "x")]),
    ("spending_freed", lambda: entries.spending_freed(SLUG, TEN, label="x"), [(RESERVED, SPENDABLE, 1000, "x")]),
    ("spending_paid", lambda: entries.spending_paid(SLUG, TEN, label="x"), [(RESERVED, BANK, 1000, "x")]),
    (
        "spending_paid at a desk",
        lambda: entries.spending_paid(SLUG, TEN, label="x", desk_community="liuyuan"),
        [(RESERVED, DESK, 1000, "x")],
    ),
    (
        "spending_into_pool",
        lambda: entries.spending_into_pool(SLUG, "liuyuan-meals", TEN, label="x"),
        [(RESERVED, BANK, 1000, "x"), ("bank:operating", "subsidy:liuyuan-meals", 1000, "x")],
    ),
    ("relief_paid", lambda: entries.relief_paid(SLUG, TEN), [(RELIEF, BANK, 1000, "relief")]),
    (
        "relief_paid at a desk",
        lambda: entries.relief_paid(SLUG, TEN, desk_community="liuyuan"),
        [(RELIEF, DESK, 1000, "relief")],
    ),
    (
        "relief_disclosed",
        lambda: entries.relief_disclosed(SLUG, TEN, families=6),
        [(RESERVED, RELIEF, 1000, "救助困难家庭 6 户")],
    ),
    (
        "enterprise_cost_paid",
        lambda: entries.enterprise_cost_paid("e", TEN, label="x"),
        [("enterprise:e:cost", "enterprise:e:bank", 1000, "x")],
    ),
]


@pytest.mark.parametrize(("name", "event", "expected"), EVERY, ids=[name for name, _, _ in EVERY])
def test_each_event_moves_exactly_this(name: str, event: Callable[[], list[Transfer]], expected: list[Row]) -> None:
    assert rows(event()) == expected, name


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        (
            Closing(
                income=1000,
                cost=200,
                covered=100,
                reserve=50,
                loss=0,
                parts=(("reinvestment", 300), ("livelihood", 350)),
            ),
            [
                ("income", "cost", 200, "五月"),
                ("income", "losses", 100, "五月"),
                ("income", "reserve", 50, "五月"),
                ("income", "kept", 300, "五月：再投入"),
                ("income", "fund", 350, "五月：民生项目"),
            ],
        ),
        (
            Closing(income=200, cost=500, covered=0, reserve=0, loss=0, parts=()),
            [("income", "cost", 200, "五月"), ("losses", "cost", 300, "五月")],
        ),
        (
            Closing(income=-50, cost=100, covered=0, reserve=0, loss=0, parts=()),
            [("losses", "income", 50, "五月"), ("losses", "cost", 100, "五月")],
        ),
        (Closing(income=0, cost=0, covered=0, reserve=0, loss=0, parts=()), []),
        (Closing(income=1, cost=0, covered=1, reserve=0, loss=0, parts=()), [("income", "losses", 1, "五月")]),
    ],
)
def test_a_close_moves_exactly_this(closing: Closing, expected: list[Row]) -> None:
    found = entries.period_closed("e", "liuyuan", closing, "CNY", label="五月")
    short = {"fund:liuyuan:development:income": "fund", "fund:liuyuan:charity:income": "fund"}
    assert [
        (short.get(d, d.removeprefix("enterprise:e:")), short.get(c, c.removeprefix("enterprise:e:")), minor, label)
        for d, c, minor, label in rows(found)
    ] == expected


RULES = [
    RoutingRule(UUID(int=1), 1, "service_turnover", "liuyuan-development", "f", None, 300),
    RoutingRule(UUID(int=2), 1, "service_turnover", "liuyuan-charity", "c", None, 100),
    RoutingRule(UUID(int=3), 1, "room_rent", "liuyuan-charity", "c", None, 1000),
]


def test_totals_under_rules_round_each_sale_as_a_sale_is() -> None:
    sold = [
        Sold("service_turnover", 99, 3),
        Sold("service_turnover", 10_000, 2),
        Sold("room_rent", 1005, 4),
        Sold("donation", 5, 1),
    ]
    assert totals_under(sold, RULES) == {"liuyuan-development": 606, "liuyuan-charity": 200 + 400}


def test_a_changed_rule_takes_the_place_of_its_former_version_alone() -> None:
    changed = RoutingRule(UUID(int=4), 2, "service_turnover", "liuyuan-charity", "c", None, 200)
    assert with_rate(RULES, changed) == [RULES[0], RULES[2], changed]
