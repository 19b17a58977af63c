"""Use cases around reviews: who has bought something may say what it was like."""

from uuid import UUID

from market.db import Database
from market.errors import Forbidden, NotFound
from market.listings import queries
from market.listings.schemas import Review
from market.people.rules import Actor
from market.schemas import Page
from market.search.service import note_change
from market.text import clean_text

PAGE = 50


class NotBought(Forbidden):
    def __init__(self) -> None:
        super().__init__("Only who has bought this can write about it.")


async def reviews(db: Database, *, listing_id: UUID, before: UUID | None) -> Page[Review]:
    """A page of reviews, newest first; raises NotFound for a listing that is not public."""
    async with db.read() as connection:
        if not await queries.is_public(connection, listing_id):
            raise NotFound("This listing")
        rows = await queries.reviews(connection, listing_id=listing_id, before=before, limit=PAGE + 1)
    return Page([Review(**dict(row)) for row in rows[:PAGE]], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None)


async def write_review(db: Database, *, actor: Actor, listing_id: UUID, stars: int, text: str) -> Review:
    """A buyer's opinion, one per person and listing; writing again replaces it. Raises NotFound, NotBought."""
    text = clean_text("text", text, max_len=2000)
    async with db.transaction() as tx:
        bought = await queries.has_bought(tx, listing_id=listing_id, person_id=actor.person_id)
        if not bought:
            if not await queries.is_public(tx, listing_id):
                raise NotFound("This listing")
            raise NotBought
        row = await queries.upsert_review(tx, listing_id=listing_id, person_id=actor.person_id, stars=stars, text=text)
        await note_change(tx, kind="service", id=listing_id)
    return Review(**dict(row))
