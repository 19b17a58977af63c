"""The asset register as a file: every fault by line and field, no formula, and out and in again the same (T1, I14)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.spaces.asset_rules import COLUMNS, KINDS, SIZES, STATES, hours_of, hours_text, read, table

SOUND = "register_no,kind,name,capacity,area_m2,hours\nA-1,room,瑜伽室,20,68.5,1-5 08:00-21:00\n"


def faults(text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.message) for each in read(text).faults]


def test_a_line_becomes_values_by_field() -> None:
    (line,) = read(SOUND).lines
    assert line.line == 2
    hours = [{"weekday": day, "opens": "08:00", "closes": "21:00"} for day in range(5)]
    assert line.values == {
        "register_no": "A-1", "kind": "room", "name": "瑜伽室", "capacity": 20, "area_m2": 68.5, "hours": hours
    }  # fmt: skip


def test_the_header_and_the_words_may_be_chinese() -> None:
    text = "资产编号,类别,名称,状态,无障碍,综合体级别\nX,综合体,文化中心,闲置,是,片区\n"
    (line,) = read("\ufeff" + text).lines
    assert line.values == {
        "register_no": "X", "kind": "complex", "name": "文化中心", "state": "idle", "is_step_free": True, "complex_size": "area"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field", "message"),
    [
        ("A,castle,n,1,1,", "kind", "must be one of room, stall, pitch, shop, kiosk, ad_site, parking, complex"),
        (",room,n,1,1,", "register_no", "must not be empty"),
        ("A,room,,1,1,", "name", "must not be empty"),
        ("A,room,n,0,1,", "capacity", "must be a whole number from 1 to 10000"),
        ("A,room,n,１２,1,", "capacity", "must be a whole number from 1 to 10000"),
        ("A,room,n,1e3,1,", "capacity", "must be a whole number from 1 to 10000"),
        ("A,room,n,1,-5,", "area_m2", "must be a number up to 1000000 with at most two decimals"),
        ("A,room,n,1,NaN,", "area_m2", "must be a number up to 1000000 with at most two decimals"),
        ("A,room,n,1,1.234,", "area_m2", "must be a number up to 1000000 with at most two decimals"),
        ("A,room,n,1,1,mon 8-9", "hours", 'must be like "1-5 08:00-21:00; 6,7 09:00-18:00"'),
        ("A,room,n,1,1,5-1 08:00-09:00", "hours", 'must be like "1-5 08:00-21:00; 6,7 09:00-18:00"'),
        ("A,room,n,1,1,1 08:00-24:30", "hours", 'must be like "1-5 08:00-21:00; 6,7 09:00-18:00"'),
        ("A,room,n,1", "line", "has 4 cells instead of 6"),
        ("A,room,\x00,1,1,", "name", "contains a character that cannot be used"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_field(cells: str, field: str, message: str) -> None:
    assert faults(SOUND + "\n" + cells + "\n") == [(4, field, message)]


def test_every_bad_line_is_told_at_once_also_after_a_cell_of_several_lines() -> None:
    text = 'register_no,kind,name,house_rules\nA,room,n,"one\ntwo"\nB,castle,,x\nA,room,n,x\n'
    assert [(line, field) for line, field, _ in faults(text)] == [(4, "kind"), (4, "name"), (5, "register_no")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "register_no", "the column is missing")]),
        ("kind,name\n", [(1, "register_no", "the column is missing")]),
        ("register_no,colour\n", [(1, "colour", "is no column of the register")]),
        ("register_no,name,name\n", [(1, "name", "stands twice"), (1, "name", "stands twice")]),
        ('register_no,name\nA,"n"x\n', [(2, "file", "is not CSV from here on")]),
        ("register_no,complex_size,kind\nA,area,room\n", [(2, "complex_size", "only a complex has a size")]),
    ],
)
def test_a_file_that_is_none_is_told_so(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert faults(text) == expected


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20).map(str.strip)
NAME = TEXT.filter(lambda text: text and not text.startswith("'"))
SPAN = st.sampled_from(["08:00-12:00", "13:00-21:00", "21:30-24:00"])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(KINDS)))
    spans = draw(st.sets(st.tuples(st.integers(0, 6), SPAN), max_size=8))
    return {
        "register_no": draw(NAME), "kind": kind, "name": draw(NAME), "name_en": draw(TEXT.filter(lambda text: text[:1] != "'")),
        "complex_size": draw(st.sampled_from([None, *SIZES])) if kind == "complex" else None,
        "parent": draw(st.none() | NAME), "area_m2": draw(st.none() | st.integers(1, 10**7).map(lambda n: n / 100)),
        "capacity": draw(st.integers(1, 10_000)), "floor": draw(NAME), "address": draw(NAME),
        "is_step_free": draw(st.booleans()), "state": draw(st.sampled_from(list(STATES))),
        "equipment": draw(st.lists(NAME.filter(lambda text: not set("、,，") & set(text)), max_size=3)),
        "rate": draw(st.integers(0, 10**8)), "contact": draw(NAME), "house_rules": draw(NAME), "ownership_no": draw(NAME),
        "hours": [{"weekday": day, "opens": span[:5], "closes": span[6:]} for day, span in sorted(spans)],
    }  # fmt: skip


@given(st.lists(rows(), max_size=4, unique_by=lambda row: row["register_no"]), st.booleans())
def test_what_is_written_reads_back_the_same(found: list[dict[str, Any]], chinese: bool) -> None:
    reading = read(table(found, chinese=chinese))
    assert reading.faults == []
    assert [dict(each.values) for each in reading.lines] == found


@pytest.mark.parametrize("text", ["=1+1", "+86 10", "-1", "@x", " =cmd|' /C calc'!A0", "＝１"])
def test_I14_no_cell_of_the_register_is_a_formula(text: str) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"kind": "room", "state": "idle", "equipment": [text], "hours": [], "rate": 0}
    row |= {
        "area_m2": None,
        "complex_size": None,
        "is_step_free": False,
        "capacity": 1,
        "name": text,
        "register_no": text,
    }
    cells = table([row], chinese=False).splitlines()[1]
    assert "'" + text in cells
    assert read(table([row], chinese=False)).lines[0].values["name"] == text.strip()


def test_hours_of_a_cell() -> None:
    assert hours_of("") == []
    assert hours_text(hours_of("6,7 09:00-18:00; 1-2 08:00-12:00") or []) == "1,2 08:00-12:00; 6,7 09:00-18:00"
