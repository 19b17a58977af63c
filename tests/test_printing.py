"""Printed reports: Chinese on a bare machine, amounts to the unit, nobody's text as markup."""

import re
import zlib

from market import paper
from market.printing import Bars, Block, Heading, NewPage, Table, Text, money_text


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


def drawn(*blocks: Block) -> list[str]:
    """What is drawn on each page, in the language of PDF."""
    made = paper.pdf(title="", blocks=blocks, footer="x", title_points=0)
    streams = [
        zlib.decompress(each)
        for each in re.findall(rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)\r?\nendstream", made, re.S)
    ]
    return [each.decode("latin-1") for each in streams if b" Tf" in each]


def test_the_colour_of_the_bars_stays_in_the_bars() -> None:
    table = Table(["用途", "金额"], [["助老", "¥1.00"], ["助学", "¥2.00"]], [2, 1])
    (page,) = drawn(Bars([("课程", 300, "¥3.00"), ("租金", 150, "¥1.50")]), table)
    (alone,) = drawn(table)
    filled = re.compile(r"re f\b|re B\b")
    assert len(filled.findall(page)) - len(filled.findall(alone)) == 2, "one for each bar, none behind the rows"


def test_a_heading_is_on_the_page_of_its_table_and_a_new_page_is_one() -> None:
    rows = Table(["a", "b"], [["1", "2"]] * 20, [1, 1])
    pages = drawn(rows, rows, Heading("Plan"), Table(["c", "d"], [["3", "4"]] * 3, [1, 1]))
    assert len(pages) == 2 and pages[1].count("14.00 Tf") == 1, "the heading went to the second page with its table"
    assert "14.00 Tf" not in pages[0]
    assert len(drawn(Text("x"), NewPage(), Text("y"))) == 2


def test_a_long_name_of_a_bar_is_cut_with_a_mark_and_never_runs_into_its_amount() -> None:
    sheet = paper._Paper("")
    sheet.use(11)
    for text, width in (("Share of service turnover " * 9, 60.0), ("场地租金提成" * 30, 90.0), ("short", 60.0)):
        shown = paper._fitting(sheet, text, width)
        assert sheet.get_string_width(shown) <= width
        assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]) and len(shown) > 5)
