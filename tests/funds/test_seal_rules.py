"""A downloaded book is checked with nothing but the file and a published head, and whatever was done to it is named (O04)."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.funds.books import CSV, JSON, Book, BookLine, plain_cell, whole_book
from market.funds.seal_rules import FIRST, Head, book_link, check_book, read_book, read_heads, utc_text
from market.money import decimal_text

COUNT = 9


def book_lines(count: int = COUNT, labels: list[str] | None = None) -> list[BookLine]:
    start = datetime(2026, 3, 1, 15, 50, tzinfo=UTC)
    made, before = [], FIRST
    for n in range(1, count + 1):
        at, label = start + timedelta(minutes=3 * n), (labels or ["瑜伽"])[n % len(labels or [""])]
        cells = {
            "n": str(n),
            "id": str(n * 2),
            "time": utc_text(at),
            "kind": "donation",
            "label": plain_cell(label),
            "amount": decimal_text(n * 101, "CNY"),
            "currency": "CNY",
            "seal": "1",
        } | dict.fromkeys(("rule_id", "rule_version", "rule_rate_bp"), "")
        before = book_link(before, cells)
        made.append(BookLine(n * 2, at, "donation", label, n * 101, "income", "bank:x", seal=1, n=n, link=before))
    return made


def written(lines: list[BookLine], form: object = CSV) -> str:
    return whole_book(form, Book("liuyuan-charity", "柳园", "CNY", "Asia/Shanghai"), lines)


def head_of(lines: list[BookLine], n: int = 0) -> Head:
    return Head("2026-03-02", n or len(lines), lines[(n or len(lines)) - 1].link)


def findings(text: str, *heads: Head) -> list[str]:
    return check_book(read_book(text), heads).findings


def edited(text: str, change: object) -> str:
    """The CSV after `change` has worked on its rows (lists of dicts)."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    rows = list(reader)
    rows = change(rows) or rows
    out = io.StringIO()
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("form", [CSV, JSON])
def test_O04_an_untouched_book_meets_its_heads_in_both_forms(form: object) -> None:
    lines = book_lines(labels=["=1+1", '瑜伽, "课"', "+86", "  x"])
    result = check_book(read_book(written(lines, form)), [head_of(lines, 4), head_of(lines)])
    assert (result.findings, result.chained, result.proven, result.unsealed) == ([], COUNT, COUNT, 0)


@pytest.mark.parametrize("cell", ["id", "time", "date", "kind", "label", "amount", "currency", "balance", "rule_id",
                                  "rule_version", "rule_rate_bp", "seal", "link"])  # fmt: skip
def test_O04_an_edit_of_any_cell_is_found_and_the_line_named(cell: str) -> None:
    lines = book_lines()
    new = {
        "id": "999",
        "time": "2026-03-02T00:02:01+08:00",
        "date": "2026-03-03",
        "amount": "5.06",
        "balance": "9.99",
        "link": "ab" * 32,
    }

    def change(rows: list[dict[str, str]]) -> None:
        rows[4][cell] = new.get(cell, "2")

    said = findings(edited(written(lines), change), head_of(lines))
    assert said
    assert any("line 5" in each or "entry 10" in each or "entry 999" in each for each in said)


def test_O04_a_removed_line_is_named_in_the_middle_at_the_start_and_at_the_end() -> None:
    lines = book_lines()
    for at in (0, 4, COUNT - 1):
        said = findings(edited(written(lines), lambda rows, at=at: rows.pop(at) and rows), head_of(lines))
        named = f"line {at + 1} was removed" if at < COUNT - 1 else f"lines {COUNT} to {COUNT} are missing"
        assert any(named in each for each in said), said


def test_O04_lines_that_changed_places_are_named() -> None:
    def swap(rows: list[dict[str, str]]) -> None:
        rows[2], rows[6] = rows[6], rows[2]

    lines = book_lines()
    said = findings(edited(written(lines), swap), head_of(lines))
    assert any("entry 6" in each and "after a later one" in each for each in said)

    def renumber(rows: list[dict[str, str]]) -> None:
        swap(rows)
        for cell in ("n", "link"):
            rows[2][cell], rows[6][cell] = rows[6][cell], rows[2][cell]

    said = findings(edited(written(lines), renumber), head_of(lines))
    assert {"line 3 (entry 14) is not what was sealed", "line 7 (entry 6) is not what was sealed"} <= set(said)


def test_O04_a_line_twice_or_slipped_in_is_named() -> None:
    lines = book_lines()
    assert any("stands in the book twice" in each
               for each in findings(edited(written(lines), lambda rows: [*rows[:3], rows[2], *rows[3:]]), head_of(lines)))  # fmt: skip


def test_O04_a_book_chained_anew_after_an_edit_does_not_meet_the_heads_and_the_stretch_is_named() -> None:
    lines, forged = (
        book_lines(),
        book_lines(labels=["瑜伽", "瑜伽", "瑜伽", "瑜伽", "舞蹈", "瑜伽", "瑜伽", "瑜伽", "瑜伽"]),
    )
    assert lines[2].link == forged[2].link and lines[4].link != forged[4].link
    assert findings(written(forged)) == [], "by itself it fits"
    said = findings(written(forged), head_of(lines, 3), head_of(lines, 6), head_of(lines))
    assert "something in lines 4 to 6 was rewritten" in said[0]


def test_what_is_not_sealed_yet_is_counted_and_not_believed() -> None:
    lines = book_lines()
    late = BookLine(40, lines[-1].at + timedelta(hours=1), "donation", "新", 5, "income", "bank:x")
    result = check_book(read_book(written([*lines, late])), [head_of(lines)])
    assert (result.findings, result.unsealed, result.proven) == ([], 1, COUNT)


def test_a_head_alone_is_enough_and_a_foreign_one_is_refused() -> None:
    lines = book_lines()
    assert findings(written(lines), *read_heads(lines[-1].link)) == []
    assert findings(written(lines), *read_heads("ab" * 32))
    heads = read_heads(f"# x\n2026-03-02 4 {lines[3].link}\n2026-03-03 {COUNT} {lines[-1].link} # y\n")
    assert [head.n for head in heads] == [4, COUNT] and findings(written(lines), *heads) == []


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n", '{"lines": [{"id": 1}]}', "{", "[]"])
def test_what_is_no_book_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_book(text)
    with pytest.raises(ValueError, match="no published head"):
        read_heads("2026 what")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_label_survives_the_way_through_the_file(labels: list[str]) -> None:
    labels = [each.encode("utf-8", "ignore").decode() for each in labels]
    lines = book_lines(5, labels)
    for form in (CSV, JSON):
        assert findings(written(lines, form), head_of(lines)) == []


@given(st.integers(0, COUNT - 1), st.integers(1, 10_000))
def test_no_amount_can_be_changed_unseen(at: int, by: int) -> None:
    lines = book_lines()
    book = json.loads(written(lines, JSON))
    line = book["lines"][at]
    line["amount"] = decimal_text(int(line["amount"].replace(".", "")) + by, "CNY")
    assert findings(json.dumps(book), head_of(lines))
