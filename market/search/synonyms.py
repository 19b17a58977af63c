"""Use cases of the synonyms that staff keep: list, add, take out, put back."""

from collections.abc import Sequence
from uuid import UUID

from market.db import Database
from market.errors import Conflict, InvalidInput, NotFound
from market.search import synonym_queries as queries
from market.search.schemas import SynonymGroup
from market.search.tokens import normalise, runs
from market.search.vocabulary import own_groups
from market.text import clean_text

MAX_WORD = 40
MAX_WORDS = 20
MAX_GROUPS = 2000


async def groups(db: Database) -> list[SynonymGroup]:
    """All groups: those of staff, newest first, then those of the package."""
    async with db.read() as connection:
        added = await queries.synonym_groups(connection)
        off = frozenset(await queries.switched_off(connection))
    own = [SynonymGroup(group.id, list(group.words), is_own=True, is_on=group.id not in off) for group in own_groups()]
    return [*(SynonymGroup(row["id"], list(row["words"])) for row in added), *own]


async def add_group(db: Database, *, person_id: UUID, words: Sequence[str]) -> SynonymGroup:
    """Words that mean the same from now on; raises InvalidInput for fewer than two different ones, Conflict for a known group."""
    read = sorted({_word(word) for word in words[: MAX_WORDS + 1]})
    if not 2 <= len(read) <= MAX_WORDS:
        raise InvalidInput([("words", f"needs 2 to {MAX_WORDS} different words")])
    async with db.transaction() as tx:
        if len(await queries.synonym_groups(tx)) >= MAX_GROUPS:
            raise Conflict("There are too many groups of search words. Take out some first.")
        group_id = await queries.insert_group(tx, words=read, person_id=person_id)
    if group_id is None:
        raise Conflict("There is already a group of these words.")
    return SynonymGroup(group_id, read)


async def remove_group(db: Database, *, person_id: UUID, group_id: UUID) -> None:
    """Take a group out: one of staff is deleted, one of the package switched off. Raises NotFound."""
    async with db.transaction() as tx:
        if await queries.delete_group(tx, group_id):
            return
        _require_own(group_id)
        await queries.insert_switched_off(tx, group_id=group_id, person_id=person_id)


async def restore_group(db: Database, *, group_id: UUID) -> None:
    """Put a group of the package back; doing it twice changes nothing. Raises NotFound."""
    _require_own(group_id)
    async with db.transaction() as tx:
        await queries.delete_switched_off(tx, group_id)


def _require_own(group_id: UUID) -> None:
    if all(group.id != group_id for group in own_groups()):
        raise NotFound("This group of search words")


def _word(raw: str) -> str:
    word = normalise(clean_text("words", raw, max_len=MAX_WORD, min_len=1)).strip()
    if not runs(word):
        raise InvalidInput([("words", "each needs a letter, a digit or a Chinese character")])
    return " ".join(word.split())
