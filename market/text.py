"""What text from outside must look like before it is stored or searched (quality I07, I09, T3), and times in words for messages."""

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from market.errors import InvalidInput

WEEKDAYS_ZH = "一二三四五六日"


def text_fault(value: str, *, max_len: int, min_len: int = 0) -> str | None:
    """Say what is wrong with `value`, or None. Refuses NUL, lone surrogates, other control characters except newline and tab."""
    if len(value.strip()) < min_len:
        return "must not be empty" if min_len == 1 else f"must have at least {min_len} characters"
    if len(value) > max_len:
        return f"must have at most {max_len} characters"
    for char in value:
        if char not in "\n\t\r" and unicodedata.category(char) in {"Cc", "Cs"}:
            return "contains a character that cannot be used"
    return None


def clean_text(field: str, value: str, *, max_len: int, min_len: int = 0) -> str:
    """Return `value` in NFC and stripped; raises InvalidInput naming `field`."""
    fault = text_fault(value, max_len=max_len, min_len=min_len)
    if fault is not None:
        raise InvalidInput([(field, fault)])
    return unicodedata.normalize("NFC", value).strip()


# Cyrillic and Greek letters that look like Latin ones, after case folding (from the table of Unicode's UTS 39).
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u0455\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0501\u051b\u051d\u04bb"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131",
    "abesijkmhopctyxdqwhabeikuvoptuxi",
)


def skeleton(name: str) -> str:
    """A key under which look-alike names collide: NFKC, case folded, look-alike letters as Latin, no spaces and no invisible
    characters (I09)."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKES)
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Zs", "Mn", "Cc"})


# A Chinese mobile or landline number, a number with a country code, or eight digits and more in a row, however they are parted;
# an address of mail; WeChat and QQ names after their word.
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w"
    r"|(?<!\d)(?:\+?\d[\s()（）.·_-]*){7,}\d"
    r"|(?:微信|weixin|wechat|qq)[号:：\s]*[a-z0-9_-]{5,}",
    re.IGNORECASE,
)


def holds_contact(text: str) -> bool:
    """Whether somebody could be reached by what stands in `text`: a phone number, an e-mail address, a WeChat or QQ name (O08)."""
    return _CONTACT.search(unicodedata.normalize("NFKC", text)) is not None


def when(starts_at: datetime, ends_at: datetime, zone: str, *, locale: str) -> str:
    """11月28日（周六）09:00–10:00, or Sat 28 Nov 09:00–10:00: the clock on the wall of the place."""
    start, end = starts_at.astimezone(ZoneInfo(zone)), ends_at.astimezone(ZoneInfo(zone))
    span = f"{start:%H:%M}–{end:%H:%M}"
    if locale == "en":
        return f"{start:%a} {start.day} {start:%b} {span}"
    return f"{start.month}月{start.day}日（周{WEEKDAYS_ZH[start.weekday()]}）{span}"


def moment_text(at: datetime, zone: str, *, locale: str) -> str:
    """11月28日（周六）09:00, or Sat 28 Nov 09:00: the clock on the wall of the place."""
    return when(at, at, zone, locale=locale).partition("–")[0]
