"""Printed reports: Chinese on a bare machine, amounts to the unit, nobody's text as markup."""

import re

from market import paper
from market.printing import Bars, Heading, Table, Text, money_text


def report(text: str = "四月") -> bytes:
    return paper.pdf(
        title="柳园发展基金",
        lead=text,
        blocks=[
            Heading("收入 Income"),
            Text("一共", small=True),
            Table(["日期", "金额"], [["4月1日", "¥80.00"]] * 80, [2, 1], numbers=frozenset({1}), total=True),
            Bars([("课程", 300, "¥3.00"), ("租金", 0, "¥0.00")]),
        ],
        footer="邻里集市",
    )


def test_a_report_has_pages_and_carries_the_letters_it_uses() -> None:
    made = report()
    assert made.startswith(b"%PDF-")
    assert made == report(), "equal content makes equal bytes"
    assert len(re.findall(rb"/Type /Page\b", made)) >= 2
    assert b"/FontFile3" in made
    assert len(made) < 60_000


def test_I12_what_people_wrote_is_text_and_no_markup() -> None:
    made = report('<a href="https://evil.test">x</a><font size=99>&lt;<para></b>')
    assert b"/URI" not in made


def test_amounts_are_written_exactly() -> None:
    assert money_text(123_456_789, "CNY") == "¥1,234,567.89"
    assert money_text(-5, "CNY") == "-¥0.05"
    assert money_text(501, "JPY") == "¥501"
    assert money_text(1_005, "KWD") == "KWD 1.005"
