"""Who is staff of a community, and who may change that: a director appoints clerks, the street directors too, an operator everybody.

Nobody changes their own role; the last director of a community stays until there is another one (A24). Every change asks for the
password again, is noted in the same transaction and ends the person's sessions (A13, A23)."""

from uuid import UUID

from market.db import Connection, Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.people import appointment_queries, queries, service
from market.people.rules import Actor
from market.text import clean_text

# role -> the roles that may give and take it; an operator always may.
APPOINTED_BY: dict[str, tuple[str, ...]] = {"clerk": ("director", "street"), "director": ("street",), "street": ()}


class LastDirector(Conflict):
    slug = "last-director"
    title = "The last director stays"

    def __init__(self) -> None:
        super().__init__("A community keeps at least one director: appoint another one first.")


async def list_staff(db: Database, *, actor: Actor, community: str) -> list[Row]:
    """Everybody with a staff role over the community, from above too. Raises NotFound for whoever is no staff of it."""
    async with db.read() as tx:
        community_id = await _community(tx, actor, community)
        return await appointment_queries.staff(tx, community_id=community_id)


async def appoint(db: Database, *, actor: Actor, community: str, login: str, role: str, password: str) -> list[Row]:
    """Give a role over this community (and all below it) to the account with `login`; gives the staff as it is then.

    Raises WrongPassword, NotFound, Forbidden, InvalidInput naming `login`."""
    known_as = service.require_login(login)
    await service.require_password(db, person_id=actor.person_id, password=password)
    async with db.transaction() as tx:
        community_id = await _community(tx, actor, community)
        _require_right(actor, community_id, role)
        found = await queries.person_by_login(tx, known_as.text)
        if found is None:
            raise InvalidInput([("login", "has no account yet: the person has to sign up first")])
        if found["id"] == actor.person_id:
            raise Forbidden("Somebody else has to change your own role.")
        await service.grant_role(tx, person_id=found["id"], role=role, community_id=community_id, by=actor.person_id)
        return await appointment_queries.staff(tx, community_id=community_id)


async def dismiss(db: Database, *, actor: Actor, community: str, role_id: UUID, password: str) -> list[Row]:
    """Take a role back; raises WrongPassword, NotFound, Forbidden, LastDirector."""
    await service.require_password(db, person_id=actor.person_id, password=password)
    async with db.transaction() as tx:
        community_id = await _community(tx, actor, community)
        await appointment_queries.lock_staff(tx, community_id=community_id)
        row = await appointment_queries.role(tx, role_id=role_id, community_id=community_id)
        if row is None:
            raise NotFound("This role")
        _require_right(actor, community_id, row["role"])
        if row["person_id"] == actor.person_id:
            raise Forbidden("Somebody else has to change your own role.")
        if row["role"] == "director" and row["directors"] == 1:
            raise LastDirector
        await appointment_queries.update_revoked(tx, role_id=role_id)
        await queries.delete_sessions(tx, row["person_id"])
        await service.audit(
            tx,
            person_id=actor.person_id,
            action="role.revoked",
            subject=f"person:{row['person_id']}",
            detail={"role": row["role"], "community_id": str(community_id)},
        )
        return await appointment_queries.staff(tx, community_id=community_id)


async def _community(tx: Connection, actor: Actor, key: str) -> UUID:
    found = await queries.community_id_by_key(tx, clean_text("community", key, max_len=200))
    if found is None or not actor.is_staff_of(found):
        raise NotFound("This community")
    return found


def _require_right(actor: Actor, community_id: UUID, role: str) -> None:
    by = APPOINTED_BY[role]
    if not (actor.is_operator() or (by and actor.is_staff_of(community_id, *by))):
        raise Forbidden("Your role may not give or take this one.")
