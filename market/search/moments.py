"""Days and hours in a query: 周六, 下周三, 明天, 12月5日, 今晚, tomorrow, next week, 下午三点."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from market.search.amounts import number
from market.search.rules import day_parts

NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
NAMES_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = {
    "morning": ("上午", "Morning"),
    "noon": ("中午", "Noon"),
    "afternoon": ("下午", "Afternoon"),
    "evening": ("晚上", "Evening"),
}
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CN = (
    {char: number for number, char in enumerate("一二三四五六")}
    | {"日": 6, "天": 6}
    | {str(n + 1): n for n in range(7)}
)
_EN = {name[:3].lower(): number for number, name in enumerate(NAMES_EN)}
_DAY_EN = r"(?P<d>mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)s?|(?P<s>mon|tues?|wed|thur?s?|fri|sat)"
# Two moments in one word, taken apart before reading.
SHORT = {"今晚": "今天晚上", "今早": "今天早上", "明晚": "明天晚上", "明早": "明天早上", "后晚": "后天晚上"}
_SHORT = re.compile("|".join(f"{short}上?" for short in SHORT))
_TONIGHT = re.compile(r"\btonight\b")
_WEEK = r"(?:周|星期|礼拜)"


@dataclass(frozen=True, slots=True)
class Moment:
    """A "date" (first to last day), a "weekday" (any such day) or a "time" (part of the day)."""

    kind: str
    text: str
    value: str
    label: str
    label_en: str
    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None


def unfold(text: str) -> str:
    """今晚 as 今天晚上, tonight as today evening."""
    return _TONIGHT.sub("today evening", _SHORT.sub(lambda found: SHORT[found.group()[:2]], text))


Reader = Callable[[re.Match[str], date], Moment | None]


def read(text: str, start: int, today: date) -> Moment | None:
    """The longest moment that begins here."""
    if text[start] not in STARTS:
        return None
    found = (reader(match, today) for pattern, reader in READERS if (match := pattern.match(text, start)))
    return max((each for each in found if each), key=lambda each: len(each.text), default=None)


def _weekday(match: re.Match[str], numbers: frozenset[int], label: str = "", label_en: str = "") -> Moment:
    ordered = sorted(numbers)
    return Moment(
        "weekday",
        match.group(),
        ",".join(map(str, ordered)),
        label or "、".join(NAMES[number] for number in ordered),
        label_en or ", ".join(NAMES_EN[number] for number in ordered),
        weekdays=numbers,
    )


def _dates(match: re.Match[str], first: date, last: date, label: str = "", label_en: str = "") -> Moment:
    shown = f"{first.month}月{first.day}日" + ("" if first == last else f"至{last.month}月{last.day}日")
    shown_en = " – ".join(f"{day.day} {MONTHS_EN[day.month - 1]}" for day in dict.fromkeys((first, last)))
    return Moment(
        "date", match.group(), f"{first}/{last}", label or shown, label_en or shown_en, first=first, last=last
    )


def _in_week(match: re.Match[str], today: date) -> Moment | None:
    """周六, 这周六, 下周六; 周一到周五."""
    first = _CN[match["a"]]
    if match["b"] is not None:
        last = _CN[match["b"]]
        numbers = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
        return _weekday(
            match, frozenset(numbers), f"{NAMES[first]}到{NAMES[last]}", f"{NAMES_EN[first]} to {NAMES_EN[last]}"
        )
    if not match["w"]:
        return _weekday(match, frozenset({first}))
    day = today - timedelta(days=today.weekday()) + timedelta(days=first + (7 if match["w"].startswith("下") else 0))
    return _dates(match, day, day) if day >= today else _weekday(match, frozenset({first}))


def _more_days(match: re.Match[str], _: date) -> Moment:
    """周六日, 周一三五."""
    return _weekday(match, frozenset(_CN[char] for char in match["a"]))


def _english_day(match: re.Match[str], today: date) -> Moment:
    number = _EN[(match["d"] or match["s"])[:3]]
    if match["w"]:
        monday = today - timedelta(days=today.weekday())
        day = monday + timedelta(days=number + (7 if match["w"].strip() == "next" else 0))
        if day >= today:
            return _dates(match, day, day)
    return _weekday(match, frozenset({number}))


def _weekend(match: re.Match[str], today: date) -> Moment:
    text = match.group()
    if text.startswith(("下", "next")):
        saturday = today + timedelta(days=12 - today.weekday())
        return _dates(match, saturday, saturday + timedelta(days=1), "下周末", "Next weekend")
    if text.startswith(("这", "本", "this")):
        sunday = today + timedelta(days=6 - today.weekday())
        return _dates(match, max(today, sunday - timedelta(days=1)), sunday, "这个周末", "This weekend")
    return _weekday(match, frozenset({5, 6}), "周末", "Weekend")


def _workdays(match: re.Match[str], _: date) -> Moment:
    return _weekday(match, frozenset(range(5)), "工作日", "Weekdays")


def _week(match: re.Match[str], today: date) -> Moment:
    monday = today - timedelta(days=today.weekday())
    if match.group().startswith(("下", "next")):
        return _dates(match, monday + timedelta(days=7), monday + timedelta(days=13), "下周", "Next week")
    return _dates(match, today, monday + timedelta(days=6), "本周", "This week")


AHEAD = (("今天", "Today"), ("明天", "Tomorrow"), ("后天", "The day after tomorrow"))
_AHEAD = {"今": 0, "明": 1, "后": 2} | {label_en.lower(): ahead for ahead, (_, label_en) in enumerate(AHEAD)}


def _near_day(match: re.Match[str], today: date) -> Moment:
    ahead = _AHEAD[match["a"]]
    day = today + timedelta(days=ahead)
    return _dates(match, day, day, *AHEAD[ahead])


def _calendar_day(match: re.Match[str], today: date) -> Moment | None:
    """12月5日: the next one."""
    month, day = number(match["m"]), number(match["d"])
    for year in (today.year, today.year + 1):
        try:
            found = date(year, int(month or 0), int(day or 0))
        except ValueError:
            continue
        if found >= today:
            return _dates(match, found, found)
    return None


def _clock(match: re.Match[str], _: date) -> Moment | None:
    """下午三点, 晚上7点半, 19:30, 3pm."""
    hour = int(number(match["h"]) or 0)
    says = match.groupdict()
    if (says.get("p") or "") in {"下午", "晚上", "傍晚", "pm"} and hour < 12:
        hour += 12
    if hour > 24 or not (parts := day_parts(hour)):
        return None
    part = "evening" if hour >= 18 else parts[0]
    return Moment("time", match.group(), part, *PARTS[part])


STARTS = frozenset(
    "周星礼每这本下今明后上早中晚傍工平双休一二三四五六七八九十两0123456789mtwfsona"
)  # of all patterns below


def _compiled(*rows: tuple[str, Reader]) -> tuple[tuple[re.Pattern[str], Reader], ...]:
    return tuple((re.compile(pattern), reader) for pattern, reader in rows)


_P = "上午|早上|中午|下午|晚上|傍晚"
_N = r"[一二三四五六七八九十\d]{1,3}"
_H = r"(?P<h>\d{1,2}|[一二三四五六七八九十]{1,3}|两)"
READERS = _compiled(
    (rf"(?P<w>(?:这个?|本|下个?)?){_WEEK}(?P<a>[一二三四五六日天1-7])(?:(?:到|至|-|~){_WEEK}?(?P<b>[一二三四五六日天1-7]))?", _in_week),
    (rf"(?:每)?{_WEEK}(?P<a>[一二三四五六日天]{{2,6}})(?![月号点])", _more_days),
    (rf"(?P<w>this |next |)(?:on )?(?:{_DAY_EN})(?![a-z])", _english_day),
    (r"(?:这个?|本|下个?)?(?:周末|双休日|休息日)|(?:this |next |on the |at the )?weekends?(?![a-z])", _weekend),
    (r"工作日|平日里?|平时|(?:on )?(?:weekdays|week days|working days)(?![a-z])", _workdays),
    (rf"(?:这个?|本|下个?){_WEEK}(?![一二三四五六日天1-7末])|(?:this|next) week(?![a-z])", _week),
    (r"(?P<a>今|明|后)(?:天|日)(?!报)", _near_day),
    (r"(?P<a>today|tomorrow|the day after tomorrow)(?![a-z])", _near_day),
    (r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,3})月(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]", _calendar_day),
    (rf"(?P<p>{_P})?{_H}(?:点钟?(?:半|{_N}分?)?|[:：][0-5]\d)(?:以后|之后|以前)?", _clock),
    (r"(?:at |after )?(?P<h>\d{1,2})(?::[0-5]\d)?\s?(?P<p>am|pm)(?![a-z])", _clock),
)  # fmt: skip
