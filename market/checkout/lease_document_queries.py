"""All SQL over the papers of leases."""

from collections.abc import Sequence
from uuid import UUID

from market.db import Connection, Row

_DOCUMENT = """
    SELECT d.*, n.uploaded_at AS replaced_at FROM lease_documents d LEFT JOIN lease_documents n ON n.replaces_id = d.id
"""


async def documents_of(tx: Connection, lease_ids: Sequence[UUID]) -> list[Row]:
    """Those that hold first, the newest first; `replaced_at` where a newer one holds."""
    return await tx.fetch(
        _DOCUMENT + "WHERE d.lease_id = ANY($1) ORDER BY d.lease_id, n.id IS NOT NULL, d.id DESC", list(lease_ids)
    )


async def document(tx: Connection, document_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT d.*, l.community_id, l.partner_id FROM lease_documents d JOIN leases l ON l.id = d.lease_id WHERE d.id = $1",
        document_id,
    )


async def insert_document(
    tx: Connection,
    *,
    lease_id: UUID,
    kind: str,
    title: str,
    file: str,
    size_bytes: int,
    is_of_tenant: bool,
    replaces_id: UUID | None,
    by: UUID,
) -> UUID:
    found: UUID = await tx.fetchval(
        "INSERT INTO lease_documents (lease_id, kind, title, file, size_bytes, is_of_tenant, replaces_id, uploaded_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        lease_id,
        kind,
        title,
        file,
        size_bytes,
        is_of_tenant,
        replaces_id,
        by,
    )
    return found
