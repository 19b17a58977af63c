"""Thousands of different queries as neighbours mix them: words, beginnings, pinyin, slips, filters in words and by hand."""

import random
from typing import Any

from market.search.rules import DAY_PARTS
from market.search.tokens import spoken
from tests.search.corpus import FORMS, PLACES, ROOTS, SERVICES

DAYS = ("周一", "周三", "周六", "周末", "周日下午", "周六上午", "工作日晚上", "明天")
EXTRAS = ("免费", "100元以下", "50块以内", "给老人", "孩子", "上门", "附近")


def mixed(count: int, *, seed: int = 5) -> list[dict[str, str]]:
    """`count` different queries as parameters of /api/search."""
    rng = random.Random(seed)
    found: dict[tuple[tuple[str, str], ...], None] = {}
    while len(found) < count:
        found[tuple(sorted(_one(rng).items()))] = None
    return [dict(each) for each in found]


def _one(rng: random.Random) -> dict[str, str]:
    name, name_en = rng.choice(SERVICES)
    form, form_en = rng.choice(FORMS)
    kind = rng.randrange(10)
    text = {
        0: name,
        1: f"{name}{form}",
        2: spoken(name)[: rng.randrange(3, 12)],
        3: f"{name_en} {form_en}",
        4: f"{rng.choice(DAYS)} {name}",
        5: f"{rng.choice(EXTRAS)} {name}",
        6: f"{rng.choice(PLACES)}{name}",
        7: name_en[: rng.randrange(3, 9)],
        8: rng.choice(name),
        9: f"{rng.choice(DAYS)}{rng.choice(EXTRAS)}{name} {rng.randrange(100)}期",
    }[kind]
    asked: dict[str, Any] = {"q": text}
    if rng.random() < 0.3:
        asked["category"] = f"root-{rng.randrange(len(ROOTS))}"
    if rng.random() < 0.3:
        asked["community"] = f"c{rng.randrange(len(PLACES))}"
    if rng.random() < 0.2:
        asked["max_price"] = str(rng.randrange(10, 200) * 100)
    if rng.random() < 0.2:
        asked["time"] = rng.choice(list(DAY_PARTS))
    if rng.random() < 0.15:
        asked["sort"] = rng.choice(["price", "next"])
    return asked
