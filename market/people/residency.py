"""Requests to be confirmed as a resident, and their decision by staff: who may pay the residents' price (T3)."""

from typing import Any
from uuid import UUID

from market import limits
from market.db import Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.notify import service as notify
from market.people import queries
from market.people.rules import Actor
from market.people.service import audit
from market.text import clean_text


class RequestedAlready(Conflict):
    def __init__(self) -> None:
        super().__init__("You have asked this community already.")


class DecidedAlready(Conflict):
    def __init__(self) -> None:
        super().__init__("This request was decided already.")


async def request(db: Database, *, person_id: UUID, community: str, address: str) -> None:
    """Ask `community` (slug or id) for confirmation; raises InvalidInput, RequestedAlready."""
    await limits.hit(db, bucket=limits.bucket("residency", str(person_id)), limit=20, window_s=3600)
    address = clean_text("address", address, max_len=200)
    key = clean_text("community", community, max_len=200)
    async with db.transaction() as tx:
        community_id = await queries.community_id_by_key(tx, key)
        if community_id is None:
            raise InvalidInput([("community", "is unknown")])
        if not await queries.insert_residency_request(
            tx, person_id=person_id, community_id=community_id, address=address
        ):
            raise RequestedAlready


async def open_requests(db: Database, *, actor: Actor, community: str | None) -> list[Row]:
    """What waits for a decision in the actor's communities."""
    key = clean_text("community", community, max_len=200) if community else None
    staffed = actor.staffed_communities()
    async with db.read() as connection:
        return await queries.residency_requests(
            connection, communities=None if staffed is None else sorted(staffed), community_key=key, status="requested"
        )


async def decide(db: Database, *, actor: Actor, residency_id: UUID, verified: bool, reason: str) -> dict[str, Any]:
    """Confirm or refuse; only staff of that community, never one's own request. Tells the person."""
    reason = clean_text("reason", reason, max_len=200)
    async with db.transaction() as tx:
        row = await queries.lock_residency(tx, residency_id)
        if row is None or not actor.is_staff_of(row["community_id"]):
            raise NotFound("This request")
        if row["person_id"] == actor.person_id:
            raise Forbidden("Somebody else must decide on your own request.")
        if row["status"] != "requested":
            raise DecidedAlready
        status = "verified" if verified else "refused"
        await queries.update_residency_decided(tx, residency_id, status=status, reason=reason, by=actor.person_id)
        await audit(
            tx,
            person_id=actor.person_id,
            action=f"residency.{status}",
            subject=f"person:{row['person_id']}",
            detail={"community_id": str(row["community_id"]), "residency_id": str(residency_id)},
        )
        context = {
            "verified": verified,
            "community": row["community_name"],
            "community_en": row["community_name_en"],
            "reason": reason,
        }
        await notify.send(
            tx,
            person_id=row["person_id"],
            template="residency_decided",
            context=context,
            dedupe_key=f"residency:{residency_id}",
        )
    return {
        "id": row["id"],
        "person_name": row["person_name"],
        "community": row["community"],
        "address": row["address"],
        "status": status,
        "created_at": row["created_at"],
    }
