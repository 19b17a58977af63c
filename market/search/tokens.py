"""How text becomes terms: Chinese by words, pairs and single characters, its sound as pinyin and initials, Latin by light stems."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
# Characters, letters and punctuation that folding does not change, apart from traditional characters: most of all text.
_PLAIN = re.compile("[\x00-\x7f\u4e00-\u9fff\u3001\u3002\uff0c\uff01\uff1f\uff08\uff09\uff1a\uff1b\u201c\u201d]*")
MAX_WORD = 40  # longer Latin runs are cut: no word is that long
MAX_SPOKEN = 8  # characters of a run that are joined into one sound
STOP_WORDS = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"})


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character: right for search, where both sides are folded alike."""
    table = files("opencc_purepy").joinpath("dicts/TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in table.splitlines())
    return {ord(row[0]): row[1] for row in rows if len(row) >= 2 and len(row[0]) == 1}


def normalise(text: str) -> str:
    """Fold what a reader takes as the same: full width, case, accents, traditional characters."""
    if _PLAIN.fullmatch(text):
        text = text.translate(_simplified())
    elif not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in text if unicodedata.category(char) != "Mn")
        text = unicodedata.normalize("NFKC", text).translate(_simplified())
    return text.lower()


def runs(text: str) -> list[str]:
    """Runs of Chinese characters and runs of other letters and digits, normalised, in order."""
    return [run[:MAX_WORD] if not is_han(run) else run for run in RUN.findall(normalise(text))]


def is_han(run: str) -> bool:
    """Whether a run from runs() is Chinese: runs are never mixed, so the first character tells."""
    code = ord(run[0])
    return (
        (0x3400 <= code <= 0x9FFF and not 0x4DC0 <= code < 0x4E00)
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2FA1F
    )


def squeezed(text: str) -> str:
    """The whole text as one term, for exact matches."""
    return "".join(runs(text))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A light English stem: plural, -ing and -ed. Both sides are cut alike, so it need not be a word."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and any(vowel in root for vowel in "aeiouy"):
            return root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
    return word


@lru_cache(maxsize=65536)
def _words(run: str) -> tuple[str, ...]:
    import rjieba  # 35 MB of dictionary that only the indexer needs

    return tuple(rjieba.cut_for_search(run))


@lru_cache(maxsize=65536)
def _plain_words(run: str) -> tuple[str, ...]:
    import rjieba

    return tuple(rjieba.cut(run))


@lru_cache(maxsize=65536)
def syllables(word: str) -> tuple[str, ...]:
    """The toneless pinyin of each character, read in its word where the reading depends on it (音乐, 银行)."""
    import pypinyin  # 60 MB of phrases that only the indexer needs

    return tuple(pypinyin.lazy_pinyin(word, errors="ignore", v_to_u=False))


@lru_cache(maxsize=1)
def character_sounds() -> dict[str, str]:
    """The toneless readings of every character in the basic block, usual one first, separated by spaces.

    Small enough to lie beside the index, so that searching needs no phrase dictionary."""
    from pypinyin import Style, pinyin

    readings: dict[str, str] = {}
    for code in range(0x4E00, 0xA000):
        found = pinyin(chr(code), style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
        if found:
            readings[chr(code)] = " ".join(dict.fromkeys(found[0]))
    return readings


def spoken(name: str) -> str:
    """A whole name as it sounds."""
    return "".join("".join(syllables(word)) if is_han(run) else word for run in runs(name) for word in words_in(run))


def words_in(run: str) -> tuple[str, ...]:
    """A run cut into words that follow each other."""
    return _plain_words(run) if is_han(run) else (run,)


def terms(text: str) -> list[str]:
    """Terms by which a text is found: words (twice: they count more), pairs and single characters, Latin words and stems."""
    found: list[str] = []
    for run in runs(text):
        if is_han(run):
            found += _han_terms(run)
        else:
            found.append(run)
            if (cut := stem(run)) != run:
                found.append(cut)
    return found


@lru_cache(maxsize=4096)
def _han_terms(run: str) -> tuple[str, ...]:
    pairs = (run[start : start + 2] for start in range(len(run) - 1))
    return (*_words(run), *dictionary_words(run), *pairs, *run)


@lru_cache(maxsize=8192)
def name_terms(name: str) -> tuple[str, ...]:
    """terms() of a name: those of places, categories and partners come again and again."""
    return tuple(dict.fromkeys(terms(name)))


@lru_cache(maxsize=8192)
def sounds(text: str) -> frozenset[str]:
    """Pinyin terms of a text: each syllable and word, and from each word on to the end of the run, in full and as initials.

    瑜伽课 gives yu, jia, ke, yujia, yj, yujiake, yjk, so that a prefix of any of them finds it while it is typed."""
    found: set[str] = set()
    for run in filter(is_han, runs(text)):
        found |= _run_sounds(run)
    return frozenset(found)


def sayings(title: str) -> set[str]:
    """How the field's own words in a title sound, in full and as initials: these are what people abbreviate."""
    found: set[str] = set()
    for run in filter(is_han, runs(title)):
        for word in dictionary_words(run):
            found |= _joined(syllables(word))
    return found


def dictionary_words(run: str) -> list[str]:
    """Every word of the field's dictionary in a run."""
    known = dictionary()
    found = []
    for start, char in enumerate(run):
        if (longest := known.get(char)) is not None:
            ends = range(start + 2, min(start + longest, len(run)) + 1)
            found += [run[start:end] for end in ends if run[start:end] in known]
    return found


@lru_cache(maxsize=1)
def field_words() -> tuple[str, ...]:
    """The field's dictionary: services, dishes, illnesses, places of a town."""
    stored = tomllib.loads(files("market.search").joinpath("lexicon/words.toml").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(word for words in stored.values() for word in words))


@lru_cache(maxsize=1)
def dictionary() -> dict[str, int]:
    """Each word of the dictionary with its length, and each first character with the length of the longest."""
    known = {word: len(word) for word in field_words()}
    for word in field_words():
        known[word[0]] = max(known.get(word[0], 0), len(word))
    return known


@lru_cache(maxsize=16384)
def _run_sounds(run: str) -> frozenset[str]:
    words = _plain_words(run)
    spoken = [syllables(word) for word in words]
    found: set[str] = set()
    for position, own in enumerate(spoken):
        found.update(own)
        found |= _joined(own)
        rest = [syllable for word in spoken[position:] for syllable in word]
        found |= _joined(rest[:MAX_SPOKEN])
    for word in _words(run):
        found |= _joined(syllables(word))
    return frozenset(found)


def _joined(spoken: Iterable[str]) -> set[str]:
    parts = [part for part in spoken if part]
    if len(parts) < 2:
        return set(parts)
    return {"".join(parts), "".join(part[0] for part in parts)}
