"""HTTP of the synonyms that staff keep."""

from typing import Protocol
from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from market.db import Database
from market.search import synonyms
from market.search.schemas import NewSynonymGroup, SynonymGroup, SynonymGroups


class Author(Protocol):
    """Who changes a group; the guard has let in only staff."""

    @property
    def person_id(self) -> UUID: ...


Staff = NamedDependency[SkipValidation[Author]]


@get("/api/search/synonyms", operation_id="list_synonyms", summary="Words that mean the same to search")
async def list_synonyms(db: NamedDependency[Database]) -> SynonymGroups:
    """Those of staff, newest first, then those that are part of the program."""
    return SynonymGroups(await synonyms.groups(db))


@post("/api/search/synonyms", operation_id="add_synonyms", summary="Let words mean the same", status_code=201)
async def add_synonyms(data: JSONBody[NewSynonymGroup], db: NamedDependency[Database], actor: Staff) -> SynonymGroup:
    """In force for everybody within two seconds."""
    return await synonyms.add_group(db, person_id=actor.person_id, words=data.words)


@delete("/api/search/synonyms/{group_id:uuid}", operation_id="remove_synonyms", summary="Take a group of words out")
async def remove_synonyms(group_id: FromPath[UUID], db: NamedDependency[Database], actor: Staff) -> None:
    """A group of the program is only switched off."""
    await synonyms.remove_group(db, person_id=actor.person_id, group_id=group_id)


@put(
    "/api/search/synonyms/{group_id:uuid}", operation_id="restore_synonyms", summary="Put a group back", status_code=204
)
async def restore_synonyms(group_id: FromPath[UUID], db: NamedDependency[Database]) -> None:
    """Only for groups of the program that were switched off."""
    await synonyms.restore_group(db, group_id=group_id)


handlers = [list_synonyms, add_synonyms, remove_synonyms, restore_synonyms]
