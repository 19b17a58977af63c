"""Opaque page marks: where the next page begins, and of which question; anything else is refused (I10)."""

import base64
import binascii
import re
import zlib
from operator import attrgetter

from market.search.rules import MAX_DEPTH, Query

# What is read from the text, and what the page itself is.
OWN = frozenset({"today", "words", "is_loose", "offset", "limit", "facets"})
_MARK = re.compile(r"([1-9][0-9]{0,3})\.([0-9a-f]{8})")


_PARTS = attrgetter(*(name for name in Query.__struct_fields__ if name not in {*OWN, "weekdays"}))


def _question(query: Query) -> str:
    parts = repr((_PARTS(query), sorted(query.weekdays)))
    return f"{zlib.crc32(parts.encode('utf-8', 'surrogatepass')):08x}"


def encode(query: Query, *, offset: int) -> str:
    """The mark of the page that begins at `offset`."""
    return base64.urlsafe_b64encode(f"{offset}.{_question(query)}".encode()).rstrip(b"=").decode()


def decode(query: Query, cursor: str) -> int | None:
    """The offset, or None for a mark that we did not make for this question."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    match = _MARK.fullmatch(text)
    if match is None or int(match[1]) >= MAX_DEPTH or match[2] != _question(query):
        return None
    return int(match[1])
