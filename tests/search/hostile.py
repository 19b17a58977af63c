"""Texts that nobody means well with: query languages, markup, broken encodings, mixed scripts, and very long ones."""

import random
from collections.abc import Iterator

FRAGMENTS = [
    "' OR 1=1 --", '" OR ""="', "x\" OR status != \"published", "_geoRadius(1,2,3)", "title:瑜伽", "day: IN [1 2]", "[a TO z]",
    "/.*/", "*:*",
    "+瑜伽 -瑜伽", "瑜伽 AND NOT", "facet_community:\"c1\"", "(((((((((", "))))", "{}", "${7*7}", "{{7*7}}", "%00", "\\", "\\\\\"",
    "~1", "^9",
    "<script>alert(1)</script>", "../../etc/passwd", "🧘‍♀️", "🏳️‍🌈", "𠮷野家", "\u202e瑜伽", "\u0301\u0301", "ﷺ", "ｙｏｇａ", "ﬃ", "ß", "İ",
    "ａ１", "瑜珈", "免费", "周六下午", "100元以下", "0元", "999999999999元以下",
    "第9999999999人", "13月45日", "99点", "下下下周八", "二十百千万元以内",
    "под", "يوغا", "योग", "요가", "ヨガ", "\u200b", "\ufeff", "\u00a0", "给老人", "tomorrow", "under 99999999 yuan", "1e309", "-0", "NaN",
]  # fmt: skip
REFUSED = ["\0", "\ud800", "\udfff", "\x07", "\x1b[31m", "\x7f"]
ALPHABET = "瑜伽课老人送餐周六免费元以下abcyjzhang019 '\"\\%_(){}[]:*?~^&|!@#$/<>，。！？、🧘é"


def texts(count: int, *, seed: int = 11) -> Iterator[str]:
    """`count` texts, the same for the same seed."""
    rng = random.Random(seed)
    for number in range(count):
        parts = [rng.choice(FRAGMENTS) for _ in range(rng.randrange(1, 5))]
        match number % 8:
            case 0:
                yield rng.choice(parts)
            case 1:
                yield " ".join(parts)
            case 2:
                yield "".join(parts)
            case 3:
                yield "".join(rng.choices(ALPHABET, k=rng.randrange(1, 60)))
            case 4:
                yield "".join(chr(rng.randrange(0x20, 0x2FFFF)) for _ in range(rng.randrange(1, 40)))
            case 5:
                yield rng.choice(parts) * rng.randrange(1, 3000)
            case 6:
                yield rng.choice(parts) + rng.choice(REFUSED) + rng.choice(parts)
            case _:
                yield "".join(rng.choices(ALPHABET, k=rng.randrange(150, 201)))
