"""HTTP of the papers of leases."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath
from msgspec import Struct

from market.checkout import lease_documents, leases
from market.checkout.lease_controllers import as_leases
from market.checkout.lease_schemas import Lease
from market.db import Database
from market.media.controllers import FORM_FAULTS
from market.media.images import MAX_BYTES
from market.people.rules import Actor
from market.settings import Settings


class DocumentForm(Struct):
    """A multipart form: a PDF or a photo, what it is (contract, handover, insurance, other), and the id of what it replaces."""

    document: UploadFile
    kind: str = "other"
    title: str = ""
    replaces: str = ""


DocumentBody = Annotated[
    DocumentForm, BodyKwarg(media_type=RequestEncodingType.MULTI_PART, multipart_form_part_limit=8)
]


@post(
    "/api/leases/{lease_id:uuid}/documents",
    operation_id="add_lease_document",
    summary="Add a paper to a lease, or in the place of an older one",
    exception_handlers=FORM_FAULTS,
)
async def add_lease_document(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    lease_id: FromPath[UUID],
    data: DocumentBody,
) -> Lease:
    """By who leads the community, or the tenant: a PDF, JPEG, PNG or WebP of at most 10 MB; what it replaces stays listed."""
    content = await data.document.read(MAX_BYTES + 1)
    new = lease_documents.NewDocument(content, data.kind, data.title, data.replaces)
    await lease_documents.add(db, settings=settings, actor=actor, lease_id=lease_id, new=new)
    return as_leases(await leases.one(db, lease_id=lease_id))[0]


@get(
    "/api/lease-documents/{document_id:uuid}/file",
    operation_id="get_lease_document",
    summary="A paper of a lease, for both sides",
    media_type="application/octet-stream",
)
async def get_lease_document(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    document_id: FromPath[UUID],
) -> Response[bytes]:
    """As a download, for staff of the community and members of the tenant only."""
    row, content = await lease_documents.content(db, settings=settings, actor=actor, document_id=document_id)
    name = quote(row["title"] + "." + row["file"].rpartition(".")[2], safe="")
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=lease_documents.media_type(row), headers=headers)


handlers = [add_lease_document, get_lease_document]
