"""Buying for somebody else with their consent: an invitation, their answer, and the end of it at any time by either."""

from uuid import UUID

from market import limits
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound
from market.people import family_queries, queries
from market.people.rules import Actor
from market.people.service import audit, require_login
from market.settings import Settings
from market.text import clean_text

MOST_LINKS = 10
INVITATIONS_A_DAY = 10


class InvitedAlready(Conflict):
    slug = "invited-already"
    title = "Invited already"

    def __init__(self) -> None:
        super().__init__("You have invited this person already.")


class TooManyLinks(Conflict):
    slug = "too-many-links"
    title = "Too many people"

    def __init__(self) -> None:
        super().__init__(f"You can buy for at most {MOST_LINKS} people.")


class DecidedAlready(Conflict):
    slug = "decided-already"
    title = "Answered already"

    def __init__(self) -> None:
        super().__init__("This invitation was answered already.")


async def links(db: Database, *, actor: Actor) -> list[Row]:
    """The actor's links, asked for by either side."""
    async with db.read() as connection:
        return await family_queries.links_of(connection, actor.person_id)


async def invite(db: Database, *, settings: Settings, actor: Actor, login: str, name: str) -> UUID:
    """Ask the owner of `login` whether the actor may buy for them. Whether there is such an account is not told (A19).

    Raises InvalidInput, InvitedAlready, TooManyLinks, TooManyRequests."""
    from market.notify import service as notify

    await limits.hit(db, bucket=limits.bucket("family", str(actor.person_id)), limit=INVITATIONS_A_DAY, window_s=86_400)
    known_as = require_login(login)
    name = clean_text("name", name, max_len=40, min_len=1)
    async with db.transaction() as tx:
        if await family_queries.is_own_login(tx, person_id=actor.person_id, login=known_as.text):
            raise InvalidInput([("login", "is your own")])
        if await family_queries.open_links(tx, actor.person_id) >= MOST_LINKS:
            raise TooManyLinks
        link_id = await family_queries.insert_link(tx, buyer_id=actor.person_id, login=known_as.text, name=name)
        if link_id is None:
            raise InvitedAlready
        owner = await queries.person_by_login(tx, known_as.text)
        if owner is not None:
            await notify.send(
                tx,
                person_id=owner["id"],
                template="family_invited",
                context={
                    "buyer": actor.name,
                    "url": f"{settings.base_url}/account/family" if settings.base_url else "",
                },
                dedupe_key=f"family:{link_id}",
            )
    return link_id


async def decide(db: Database, *, actor: Actor, link_id: UUID, accepted: bool) -> None:
    """The invited person's answer; raises NotFound for anybody else, DecidedAlready."""
    async with db.transaction() as tx:
        row = await family_queries.lock_link(tx, link_id, person_id=actor.person_id)
        if row is None or row["is_buyer"]:
            raise NotFound("This invitation")
        if row["status"] != "invited":
            raise DecidedAlready
        await family_queries.update_link(
            tx,
            link_id,
            status="accepted" if accepted else "declined",
            member_id=actor.person_id if accepted else None,
        )
        await _note(tx, actor, link_id, "accepted" if accepted else "declined")


async def end(db: Database, *, actor: Actor, link_id: UUID) -> None:
    """Either side ends a link; what was bought stays bought. Raises NotFound."""
    async with db.transaction() as tx:
        row = await family_queries.lock_link(tx, link_id, person_id=actor.person_id)
        if row is None or row["status"] == "ended":
            raise NotFound("This link")
        await family_queries.update_link(tx, link_id, status="ended", member_id=None)
        await _note(tx, actor, link_id, "ended")


async def member(tx: Connection, *, buyer_id: UUID, link_id: UUID) -> Row | None:
    """Who agreed that this buyer buys for them: `person_id`, `name`, `resident_of`, `groups`; None where nobody did."""
    return await family_queries.member(tx, buyer_id=buyer_id, link_id=link_id)


async def _note(tx: Connection, actor: Actor, link_id: UUID, what: str) -> None:
    await audit(tx, person_id=actor.person_id, action=f"family.{what}", subject=f"family_link:{link_id}")
