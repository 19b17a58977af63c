"""Papers of a lease: both sides see all of them and add their own; a newer paper replaces an older one of its side, which stays (T2).

Service code of the checkout slice, split off by noun."""

from dataclasses import dataclass
from uuid import UUID

from market.checkout import lease_document_queries, lease_queries, leases
from market.db import Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.media import documents, storage
from market.people import service as people
from market.people.rules import Actor
from market.settings import Settings
from market.text import clean_text

MOST = 60
KINDS = ("contract", "handover", "insurance", "other")


class TooManyDocuments(Conflict):
    slug = "too-many-documents"
    title = "This lease has too many papers"

    def __init__(self) -> None:
        super().__init__(f"A lease has at most {MOST} papers.")


class AlreadyReplaced(Conflict):
    slug = "already-replaced"
    title = "This paper has been replaced"

    def __init__(self) -> None:
        super().__init__("A newer paper is in the place of this one already. Please replace that one.")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What somebody adds: `replaces` is the id of an older paper, or empty."""

    data: bytes
    kind: str
    title: str
    replaces: str = ""


async def add(db: Database, *, settings: Settings, actor: Actor, lease_id: UUID, new: NewDocument) -> None:
    """By who leads the community, or by the tenant.

    Raises NotFound, Forbidden, InvalidInput naming `kind`, `title` or `replaces`, AlreadyReplaced, TooManyDocuments, and what
    media.documents.keep() raises."""
    title = clean_text("title", new.title, max_len=120, min_len=1)
    if new.kind not in KINDS:
        raise InvalidInput([("kind", "must be one of " + ", ".join(KINDS))])
    replaces_id = _id(new.replaces)
    async with db.read() as connection:
        _side(await lease_queries.lease(connection, lease_id), actor)
    file, size_bytes = await documents.keep(settings, new.data)
    async with db.transaction() as tx:
        is_of_tenant = _side(await lease_queries.lock_lease(tx, lease_id), actor)
        known = {row["id"]: row for row in await lease_document_queries.documents_of(tx, [lease_id])}
        if len(known) >= MOST:
            raise TooManyDocuments
        if replaces_id is not None:
            if replaces_id not in known or known[replaces_id]["is_of_tenant"] is not is_of_tenant:
                raise InvalidInput([("replaces", "is no paper that your side has added to this lease")])
            if known[replaces_id]["replaced_at"] is not None:
                raise AlreadyReplaced
        await lease_document_queries.insert_document(
            tx,
            lease_id=lease_id,
            kind=new.kind,
            title=title,
            file=file,
            size_bytes=size_bytes,
            is_of_tenant=is_of_tenant,
            replaces_id=replaces_id,
            by=actor.person_id,
        )
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="lease.document_added",
            subject=f"lease:{lease_id}",
            detail={"title": title, "file": file, "replaces": new.replaces},
        )


async def content(db: Database, *, settings: Settings, actor: Actor, document_id: UUID) -> tuple[Row, bytes]:
    """A paper and what is in it, for staff of the community and the tenant. Raises NotFound."""
    async with db.read() as tx:
        row = await lease_document_queries.document(tx, document_id)
    if row is None or not (actor.is_staff_of(row["community_id"]) or actor.is_member_of(row["partner_id"])):
        raise NotFound("This document")
    data = await documents.read(settings, row["file"])
    if data is None:
        raise NotFound("This document")
    return row, data


def media_type(row: Row) -> str:
    """Of a paper, from the ending that we chose ourselves."""
    return storage.content_type(row["file"])


def _side(row: Row | None, actor: Actor) -> bool:
    """Whether the actor adds for the tenant, and not for who lets. Raises NotFound, Forbidden for staff who do not lead."""
    if row is not None and actor.is_staff_of(row["community_id"], *leases.LEADS):
        return False
    if row is not None and actor.is_member_of(row["partner_id"]):
        return True
    if row is None or not actor.is_staff_of(row["community_id"]):
        raise NotFound("This lease")
    raise Forbidden


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as fault:
        raise InvalidInput([("replaces", "is not an id")]) from fault
