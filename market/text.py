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


def skeleton(name: str) -> str:
    """A key under which look-alike names collide: NFKC, case folded, no spaces and no invisible characters (I09)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Zs", "Mn", "Cc"})
