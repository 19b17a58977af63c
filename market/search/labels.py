"""Names of facet values in both languages; those of categories and communities are learnt from the documents."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from market.search.documents import Document, Label
from market.search.schemas import FacetValue, Suggestion
from market.search.tokens import spoken, squeezed

FIXED: dict[str, dict[str, tuple[str, str | None]]] = {
    "kind": {"service": ("服务", "Services"), "space": ("场地", "Spaces"), "partner": ("商家与社团", "Partners")},
    "free": {"true": ("免费", "Free")},
    "date": {
        "today": ("今天", "Today"),
        "tomorrow": ("明天", "Tomorrow"),
        "week": ("七天内", "Next seven days"),
        "weekend": ("周末", "Weekend"),
    },
}
FILE = "labels.json"
LEARNT = ("category", "community")


def _price(band: str) -> tuple[str, str]:
    low, _, high = band.partition("-")
    if not high:
        return f"{int(low) // 100} 以上", f"{int(low) // 100} and more"
    if low == "0":
        return f"{int(high) // 100} 以下", f"under {int(high) // 100}"
    shown = f"{int(low) // 100}–{int(high) // 100}"
    return shown, shown


class Labels:
    """Names by facet and value."""

    def __init__(self, learnt: dict[str, dict[str, tuple[str, str | None]]] | None = None) -> None:
        self._learnt = learnt or {facet: {} for facet in LEARNT}
        self._spoken: dict[str, str] = {}  # how categories sound, by slug

    @classmethod
    def load(cls, folder: Path) -> "Labels":
        """Those that lie beside an index; none when there is no such file yet."""
        path = folder / FILE
        if not path.exists():
            return cls()
        stored = json.loads(path.read_text(encoding="utf-8"))
        labels = cls({facet: {slug: (pair[0], pair[1]) for slug, pair in stored[facet].items()} for facet in LEARNT})
        labels._spoken = stored["spoken"]
        return labels

    def save(self, folder: Path) -> None:
        for slug, (name, _) in self._learnt["category"].items():
            self._spoken.setdefault(slug, spoken(name))
        stored = {**self._learnt, "spoken": self._spoken}
        draft = folder / f"{FILE}.tmp"
        draft.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        os.replace(draft, folder / FILE)  # noqa: PTH105 - atomic replacement is the point

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[str, str, str, str | None, str]]) -> "Labels":
        """From (facet, value, name, English name, how it sounds)."""
        labels = cls()
        for facet, slug, name, name_en, sound in rows:
            if facet in LEARNT:
                labels._learnt[facet][slug] = (name, name_en)
                labels._spoken[slug] = sound
        return labels

    def rows(self) -> list[tuple[str, str, str, str | None]]:
        """What was learnt, as (facet, value, name, English name)."""
        return [(facet, slug, *names) for facet in LEARNT for slug, names in self._learnt[facet].items()]

    def learn(self, documents: Iterable[Document]) -> bool:
        """Take over the names in the documents; whether anything was new."""
        is_new = False
        for document in documents:
            is_new |= self._put("community", document.community)
            for category in document.categories:
                is_new |= self._put("category", category)
        return is_new

    def _put(self, facet: str, label: Label) -> bool:
        names = (label.name, label.name_en)
        if self._learnt[facet].get(label.slug) == names:
            return False
        self._learnt[facet][label.slug] = names
        self._spoken.pop(label.slug, None)
        return True

    def of(self, facet: str, value: str) -> tuple[str, str | None]:
        """Chinese and English name of a facet value; the value itself when it has none."""
        if facet == "price":
            return _price(value)
        return FIXED.get(facet, self._learnt.get(facet, {})).get(value, (value, None))

    @staticmethod
    def order(each: FacetValue) -> tuple[int, str]:
        """Most frequent first; price bands from cheap to dear."""
        if each.value[:1].isdigit():
            low, mark, _ = each.value.partition("-")
            if mark and low.isdigit():
                return int(low), each.value
        return -each.count, each.value

    def begun(self, facet: str, wanted: str) -> list[Suggestion]:
        """Values whose name, in either language or as it sounds, begins with `wanted`."""
        found = []
        for slug, (name, name_en) in self._learnt[facet].items():
            forms = (squeezed(name), squeezed(name_en or ""), self._spoken.get(slug, ""))
            if wanted and any(form.startswith(wanted) for form in forms):
                found.append(Suggestion(name, facet, slug, name_en))
        return found
