"""What text from outside must look like before it is stored or searched (quality I07, I09, T3)."""

import unicodedata

from market.errors import InvalidInput


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
