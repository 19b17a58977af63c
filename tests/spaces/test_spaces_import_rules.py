"""What a calendar kept elsewhere blocks here: series at the wall, exceptions, bounds."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.spaces.import_rules import NotACalendar, blocks

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LOW, HIGH = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)


def file(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".replace("\n", "\r\n")
        .replace("\r\r", "\r")
        .encode()
    )


def read(*events: str, zone: ZoneInfo = SHANGHAI) -> list[tuple[str, str, str | None]]:
    return [
        (f"{each.starts_at.astimezone(zone):%m-%d %H:%M}", f"{each.ends_at.astimezone(zone):%m-%d %H:%M}", each.problem)
        for each in blocks(file(*events), zone=zone, low=LOW, high=HIGH)
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("UID:a\nDTSTART:20260310T010000Z\nDTEND:20260310T030000Z", [("03-10 09:00", "03-10 11:00", None)]),
        ("UID:a\nDTSTART:20260310T090000\nDURATION:PT2H", [("03-10 09:00", "03-10 11:00", None)]),
        ("UID:a\nDTSTART;VALUE=DATE:20260310", [("03-10 00:00", "03-11 00:00", None)]),
        ("UID:a\nDTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260312", [("03-10 00:00", "03-12 00:00", None)]),
        ("UID:a\nDTSTART:20260310T090000\nDTEND:20260310T090000", []),
        ("UID:a\nDTSTART:20260310T090000\nDURATION:PT2H\nSTATUS:CANCELLED", []),
        ("UID:a\nDTSTART:20260310T090000\nDURATION:PT2H\nTRANSP:TRANSPARENT", []),
        ("UID:a\nDTSTART:20200310T090000\nDURATION:PT2H", []),
        ("UID:a\nDTSTART:20260310T090000\nDURATION:P40D", [("03-10 09:00", "04-19 09:00", "too_long")]),
        (
            "UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260317T090000",
            [("03-10 09:00", "03-10 10:00", None), ("03-24 09:00", "03-24 10:00", None)],
        ),
        (
            "UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260501",
            [("03-10 09:00", "03-10 10:00", None), ("04-14 09:00", "04-14 10:00", None)],
        ),
        ("UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", [("03-10 09:00", "03-10 10:00", "not_understood")]),
        (
            "UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            [("03-10 09:00", "03-10 10:00", "not_understood")],
        ),
        ("UID:a\nSUMMARY:no start", [("03-01 08:00", "03-01 09:00", "not_understood")]),
    ],
)  # fmt: skip
def test_an_event_blocks_the_time_that_it_takes_at_the_wall(
    event: str, expected: list[tuple[str, str, str | None]]
) -> None:
    assert read(event) == expected


def test_B12_a_series_keeps_its_wall_time_over_a_change_of_the_clock() -> None:
    rule = "UID:a\nDTSTART;TZID=Europe/Berlin:20260327T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"
    found = blocks(file(rule), zone=BERLIN, low=LOW, high=HIGH)
    assert [each.starts_at.hour for each in found] == [9, 9, 8, 8]


def test_a_date_that_was_moved_is_blocked_where_it_went() -> None:
    series = "UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
    moved = "UID:a\nRECURRENCE-ID:20260317T090000\nDTSTART:20260318T140000\nDURATION:PT1H"
    assert [each[0] for each in read(series, moved)] == ["03-10 09:00", "03-18 14:00"]


MANY = "UID:{n}\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY"
TOO_MUCH = {
    "no calendar": b"<html>",
    "bytes": b"\xff\xfe\x00",
    "cut off": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
    "too many events": file(*["UID:a\nDTSTART:20260310T090000"] * 2001),
    "too many dates": file(*[MANY.replace("{n}", str(number)) for number in range(60)]),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_no_calendar_or_too_much_of_one_is_refused_soon(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(NotACalendar):
        blocks(TOO_MUCH[name], zone=SHANGHAI, low=LOW, high=HIGH)
    assert time.perf_counter() - began < 10


PARTS = (
    "BYDAY=MO",
    "BYMONTHDAY=31",
    "BYMONTHDAY=30",
    "BYMONTH=2",
    "BYSETPOS=-1",
    "INTERVAL=7",
    "COUNT=9",
    "UNTIL=20260601",
    "BYHOUR=3",
)


@settings(max_examples=60, deadline=None)
@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"]),
    parts=st.lists(st.sampled_from(PARTS), unique=True, max_size=4),
)
def test_any_rule_comes_to_an_end_and_stays_within_the_window(frequency: str, parts: list[str]) -> None:
    rule = ";".join([f"FREQ={frequency}", *parts])
    event = f"UID:a\nDTSTART:20260310T090000\nDURATION:PT1H\nRRULE:{rule}"
    began = time.perf_counter()
    for each in blocks(file(event), zone=SHANGHAI, low=LOW, high=HIGH):
        assert LOW <= each.starts_at < HIGH
    assert time.perf_counter() - began < 5
