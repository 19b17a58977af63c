"""The asset register as a file (pure; T1): one line for each space, read with every fault named by line and field.

The file is CSV with a header in English or Chinese; a cell that a spreadsheet would take for a formula is written with an apostrophe in
front, which reading takes away again (I14). Hours are written as "1-5 08:00-21:00; 6,7 09:00-18:00", Monday is 1."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from market.text import text_fault

MAX_LINES = 2000
FORMULA = tuple("=+-@\t\r＝＋－＠")
COLUMNS = {
    "register_no": "资产编号",
    "kind": "类别",
    "complex_size": "综合体级别",
    "name": "名称",
    "name_en": "英文名称",
    "parent": "所属资产编号",
    "area_m2": "面积（平方米）",
    "capacity": "容纳人数",
    "floor": "楼层",
    "address": "地址",
    "is_step_free": "无障碍",
    "equipment": "设备",
    "state": "状态",
    "rate": "每小时价格（元）",
    "hours": "开放时间",
    "contact": "联系方式",
    "house_rules": "使用须知",
    "ownership_no": "权属证号",
}
KINDS = {
    "room": "房间",
    "stall": "摊位",
    "pitch": "场坪",
    "shop": "店铺",
    "kiosk": "小亭",
    "ad_site": "广告位",
    "parking": "车位",
    "complex": "综合体",
}
SIZES = {"area": "片区", "community": "社区", "station": "站点"}
STATES = {"in_use": "使用中", "idle": "闲置", "closed": "停用"}
YES_NO = {"yes": "是", "no": "否"}
WORDS = {"kind": KINDS, "complex_size": SIZES, "state": STATES, "is_step_free": YES_NO}
TEXTS = {
    "register_no": (40, 1),
    "name": (120, 1),
    "name_en": (200, 0),
    "floor": (20, 0),
    "address": (200, 0),
    "contact": (200, 0),
    "house_rules": (5000, 0),
    "ownership_no": (80, 0),
}
_SPAN = re.compile(r"([1-7](?:[-,][1-7])*) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
HoursRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong in a line of the file; line 1 is the header."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class AssetLine:
    """A line that can be used; `values` by field, only of columns that the file has."""

    line: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    lines: list[AssetLine] = field(default_factory=list)
    faults: list[LineFault] = field(default_factory=list)


def cell_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (I14)."""
    return "'" + cell if cell.lstrip()[:1] in FORMULA and cell.strip() else cell


def plain(cell: str) -> str:
    """What cell_text() was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] in FORMULA else cell


def hours_text(hours: Iterable[Mapping[str, Any]]) -> str:
    """Opening hours in one cell; weekdays with the same hours stand together."""
    days: dict[str, list[int]] = {}
    for each in sorted(hours, key=lambda each: (each["weekday"], each["opens"])):
        days.setdefault(f"{each['opens']}-{each['closes']}", []).append(each["weekday"] + 1)
    return "; ".join(f"{','.join(map(str, sorted(found)))} {span}" for span, found in days.items())


def hours_of(cell: str) -> list[HoursRow] | None:
    """The hours of a cell, Monday 0; None when it cannot be read."""
    found: list[HoursRow] = []
    for part in filter(None, (each.strip() for each in re.split("[;；]", cell))):
        match = _SPAN.fullmatch(part)
        if match is None:
            return None
        opens, closes = f"{match[2]}:{match[3]}", f"{match[4]}:{match[5]}"
        if closes > "24:00":
            return None
        for days in match[1].split(","):
            first, _, last = days.partition("-")
            if "-" in last or int(last or first) < int(first):
                return None
            found += [
                {"weekday": day - 1, "opens": opens, "closes": closes}
                for day in range(int(first), int(last or first) + 1)
            ]
    return sorted(found, key=lambda each: (each["weekday"], each["opens"]))


def table(rows: Iterable[Mapping[str, Any]], *, chinese: bool) -> str:
    """The register as CSV, with a byte order mark so that spreadsheets read Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.values() if chinese else COLUMNS)
    for row in rows:
        writer.writerow([cell_text(_written(name, row[name], chinese=chinese)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _written(name: str, value: Any, *, chinese: bool) -> str:
    words = WORDS.get(name)
    if words is not None:
        known = {True: "yes", False: "no"}.get(value, value) if name == "is_step_free" else value
        return "" if known is None else words[known] if chinese else known
    if name == "equipment":
        return "、".join(value)
    if name == "hours":
        return hours_text(value)
    if name == "rate":
        return f"{value // 100}.{value % 100:02d}"
    if name == "area_m2":
        return "" if value is None else f"{value:g}" if value == round(value) else f"{value:.2f}"
    return "" if value is None else str(value)


def read(text: str) -> Reading:
    """Every line that can be used and every fault of the others; a header that cannot be used is the only fault then."""
    found = Reading()
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = _header(next(rows, []), found)
        if found.faults:
            return found
        begins = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                _read_line(found, begins, header, row)
            begins = rows.line_num + 1
            if len(found.lines) > MAX_LINES:
                found.faults.append(LineFault(begins, "file", f"has more than {MAX_LINES} lines"))
                return found
    except csv.Error:
        found.faults.append(LineFault(rows.line_num, "file", "is not CSV from here on"))
    _find_doubles(found)
    return found


def _header(cells: Sequence[str], found: Reading) -> list[str]:
    known = {name: name for name in COLUMNS} | {chinese: name for name, chinese in COLUMNS.items()}
    names = [known.get(cell.strip(), "") for cell in cells]
    for cell, name in zip(cells, names, strict=True):
        if not name:
            found.faults.append(LineFault(1, cell.strip()[:40] or "header", "is no column of the register"))
        elif names.count(name) > 1:
            found.faults.append(LineFault(1, name, "stands twice"))
    if "register_no" not in names:
        found.faults.append(LineFault(1, "register_no", "the column is missing"))
    return names


def _read_line(found: Reading, line: int, header: Sequence[str], row: Sequence[str]) -> None:
    if len(row) != len(header):
        found.faults.append(LineFault(line, "line", f"has {len(row)} cells instead of {len(header)}"))
        return
    values: dict[str, Any] = {}
    faults = []
    for name, raw in zip(header, row, strict=True):
        value, message = _value(name, plain(raw).strip())
        if message:
            faults.append(LineFault(line, name, message))
        values[name] = value
    if not faults and values.get("complex_size") and values.get("kind", "complex") != "complex":
        faults.append(LineFault(line, "complex_size", "only a complex has a size"))
    found.faults += faults
    if not faults:
        found.lines.append(AssetLine(line, values))


def _value(name: str, cell: str) -> tuple[Any, str]:
    """The value of a cell, or what is wrong with it."""
    if name in WORDS:
        return _word(name, cell)
    if name in TEXTS:
        most, least = TEXTS[name]
        return cell, text_fault(cell, max_len=most, min_len=least) or ""
    if name == "equipment":
        parts = [part.strip() for part in re.split("[、,，]", cell) if part.strip()]
        bad = next((fault for part in parts if (fault := text_fault(part, max_len=60))), "")
        return parts, bad or ("must have at most 40 entries" if len(parts) > 40 else "")
    if name == "hours":
        hours = hours_of(cell)
        sound = hours is not None and len(hours) <= 50
        return hours, "" if sound else 'must be like "1-5 08:00-21:00; 6,7 09:00-18:00"'
    return (cell or None, "") if name == "parent" else _number(name, cell)


def _word(name: str, cell: str) -> tuple[Any, str]:
    words = WORDS[name]
    if not cell and name in {"complex_size", "is_step_free"}:
        return (None if name == "complex_size" else False), ""
    known = {**{key: key for key in words}, **{chinese: key for key, chinese in words.items()}}
    if cell not in known:
        return None, "must be one of " + ", ".join(words)
    return (known[cell] == "yes" if name == "is_step_free" else known[cell]), ""


def _number(name: str, cell: str) -> tuple[Any, str]:
    if name == "capacity":
        sound = re.fullmatch(r"[0-9]{1,5}", cell, re.ASCII) is not None and 1 <= int(cell) <= 10_000
        return (int(cell) if sound else None), "" if sound else "must be a whole number from 1 to 10000"
    if name == "area_m2" and not cell:
        return None, ""
    most = Decimal(1_000_000)
    try:
        number = Decimal(cell) if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", cell, re.ASCII) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number > most or (name == "area_m2" and number <= 0):
        return None, f"must be a number up to {most} with at most two decimals"
    return (float(number) if name == "area_m2" else int(number * 100)), ""


def _find_doubles(found: Reading) -> None:
    first: dict[str, int] = {}
    for each in found.lines:
        number = each.values["register_no"]
        if number in first:
            found.faults.append(LineFault(each.line, "register_no", f"stands in line {first[number]} already"))
        first.setdefault(number, each.line)
    found.faults.sort(key=lambda each: each.line)
