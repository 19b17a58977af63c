"""The downloads: no formula in a spreadsheet, and books that hledger and beancount accept (I14)."""

import csv
import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from market.funds.books import BEANCOUNT, CSV, JOURNAL, Book, BookLine, plain_cell, whole_book

NASTY = ["=1+1", "+8613800138000", "-2", "@SUM(A1)", "\tx", "\r=x", " =1", "＝1", "＋1", "－1", "＠a", '"; drop', "a;b|c", "(x) y", "* !",
         "",
         "\\\"'", "{tag: 1}", "a  b\nc", "  2.00 CNY", "# no", "2026-01-01 x"]  # fmt: skip


def book(currency: str = "CNY") -> Book:
    return Book(slug="liuyuan-charity", name="柳园慈善基金", currency=currency, time_zone="Asia/Shanghai")


def lines() -> list[BookLine]:
    start = datetime(2026, 1, 31, 15, 59, tzinfo=UTC)
    rule = UUID(int=7)
    made = [
        BookLine(number, start + timedelta(minutes=number), "service_turnover", label, 240 + number, "income", "provider:stripe",
                 rule_id=rule, rule_version=2, rate_bp=300, seal=1 if number < 9 else None)
        for number, label in enumerate(NASTY, 1)
    ]  # fmt: skip
    last = made[-1].at
    return [
        *made,
        BookLine(
            101,
            last,
            "service_turnover",
            "退款",
            -240,
            "income",
            "provider:stripe",
            rule_id=rule,
            rule_version=2,
            rate_bp=300,
        ),
        BookLine(102, last, "donation", "义卖", 100_000, "income", "bank:liuyuan-charity"),
        BookLine(103, last, "room_rent", "现金", 5, "income", "desk:liuyuan"),
        BookLine(104, last, "internal", "批准", 50_000, "spendable", "fund:liuyuan:charity:income", is_internal=True),
        BookLine(105, last, "spending", "轮椅", -30_000, "spendable", "bank:liuyuan-charity"),
        BookLine(106, last, "other", "追回", -7, "income", "partner:qinghe:owed"),
    ]


BALANCE = sum(240 + number for number in range(1, len(NASTY) + 1)) - 240 + 100_000 + 5 - 30_000 - 7


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(
            f"{name} is not installed: the public books cannot be checked (Debian packages: hledger, beancount)"
        )
    return found


@pytest.mark.parametrize("text", [each for each in NASTY if each.strip()[:1] in tuple("=+-@＝＋－＠")])
def test_I14_a_label_is_never_a_formula(text: str) -> None:
    assert plain_cell(text).startswith("'")
    assert plain_cell("瑜伽 = 好") == "瑜伽 = 好"


def test_I14_amounts_stay_numbers_and_the_last_balance_is_the_funds() -> None:
    text = whole_book(CSV, book(), lines())
    assert text.startswith("\ufeffid,date,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == len(lines()) - 1, "what only changes its part inside the fund is no line"
    assert sum(round(float(row["amount"]) * 100) for row in rows) == BALANCE
    assert round(float(rows[-1]["balance"]) * 100) == BALANCE
    assert rows[0]["date"] == "2026-02-01", "days are those of the community"
    assert (rows[0]["rule_version"], rows[0]["rule_rate_bp"], rows[0]["seal"]) == ("2", "300", "1")
    assert all(cell[:1] not in "=+@\t\r＝＋－＠" or cell == "" for row in rows for cell in row.values())


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_hledger_accepts_the_journal_and_finds_the_same_balance(tmp_path: Path, currency: str) -> None:
    hledger = program("hledger")
    path = tmp_path / "book.journal"
    path.write_text(whole_book(JOURNAL, book(currency), lines()), encoding="utf-8")
    run(hledger, "check", "-f", str(path))
    shown = run(hledger, "balance", "-f", str(path), "Assets", "-N", "--depth", "1", "--format", "%(total)")
    assert int(shown.replace(currency, "").replace(".", "").replace(",", "").strip()) == BALANCE


def test_hledger_refuses_a_journal_that_was_changed(tmp_path: Path) -> None:
    hledger = program("hledger")
    path = tmp_path / "book.journal"
    text = whole_book(JOURNAL, book(), lines())
    path.write_text(text.replace("1000.00", "1001.00"), encoding="utf-8")
    assert (
        subprocess.run([hledger, "check", "-f", str(path)], capture_output=True, check=False, timeout=60).returncode
        != 0
    )


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_bean_check_accepts_the_beancount_book(tmp_path: Path, currency: str) -> None:
    bean_check = program("bean-check")
    path = tmp_path / "book.beancount"
    path.write_text(whole_book(BEANCOUNT, book(currency), lines()), encoding="utf-8")
    run(bean_check, str(path))


def test_bean_check_refuses_a_book_that_was_changed(tmp_path: Path) -> None:
    bean_check = program("bean-check")
    path = tmp_path / "book.beancount"
    path.write_text(whole_book(BEANCOUNT, book(), lines()).replace("1000.00", "1001.00"), encoding="utf-8")
    assert subprocess.run([bean_check, str(path)], capture_output=True, check=False, timeout=60).returncode != 0


@pytest.mark.parametrize("form", [JOURNAL, BEANCOUNT])
def test_an_empty_book_is_a_book(tmp_path: Path, form: object) -> None:
    name = "hledger" if form is JOURNAL else "bean-check"
    path = tmp_path / "book"
    path.write_text(whole_book(form, book(), []), encoding="utf-8")
    run(*([program(name), "check", "-f"] if form is JOURNAL else [program(name)]), str(path))
