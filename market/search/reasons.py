"""Why something was found, in words: what of the query it has, which wishes it meets, and what lifts it. Nobody can pay for a place."""

from collections.abc import Iterator

from market.search.rules import RINGS, Query, Word
from market.search.schemas import Reason, SearchItem
from market.search.tokens import is_han, runs, squeezed, stem
from market.search.understanding import Chip


def reasons(item: SearchItem, query: Query, chips: tuple[Chip, ...]) -> list[Reason]:
    """The reasons for one hit, the strongest first."""
    found = [_of_word(item, word) for word in query.asked if not word.is_weak]
    found += [Reason("filter", f"符合“{chip.label}”", f"It fits “{chip.label_en}”") for chip in chips]
    return [*found, *_lifts(item, query)]


def _of_word(item: SearchItem, word: Word) -> Reason:
    if place := _where(item, word.text):
        return Reason("word", f"“{word.text}”在{place[0]}里", f"“{word.text}” is in {place[1]}")
    for other in word.same:
        if place := _where(item, other):
            return Reason(
                "synonym",
                f"“{word.text}”也叫“{other}”，在{place[0]}里",
                f"“{word.text}” also means “{other}”, which is in {place[1]}",
            )
    return Reason(
        "text",
        f"“{word.text}”与它的介绍、读音或写法相近",
        f"“{word.text}” is in its description, or sounds or is spelt alike",
    )


def _where(item: SearchItem, text: str) -> tuple[str, str] | None:
    title, title_en, partner = item.title, item.title_en or "", item.partner_name or ""
    if _has(title, text) or _has(title_en, text):
        return "名称", "its name"
    return ("商户名称", "the name of who offers it") if _has(partner, text) else None


def _has(name: str, text: str) -> bool:
    whole, words = squeezed(name), {stem(run) for run in runs(name)}
    return all(run in whole if is_han(run) else stem(run) in words for run in runs(text))


def _lifts(item: SearchItem, query: Query) -> Iterator[Reason]:
    if query.home is not None and item.community == query.home:
        yield Reason("home", f"就在{item.community_name}", f"It is in {item.community_name_en or item.community_name}")
    if item.distance_m is not None and item.distance_m <= RINGS[0][0]:
        metres = max(100, round(item.distance_m, -2))
        yield Reason("near", f"离您约{metres}米", f"It is about {metres} m away")
    if query.resident == item.community and item.resident_price is not None:
        yield Reason("price", "您享受居民价", "You pay the residents' price")
    if item.next is not None and item.next.left > 0 and not query.has_time:
        yield Reason("free", "近期有名额", "There are places left")
    if item.rating is not None:
        yield Reason("rating", f"邻居评分 {item.rating:.1f}", f"Neighbours give it {item.rating:.1f} of 5")
