"""What a person may take along and have erased: the export of everything about them, and the deletion of the account (O06, O07)."""

from typing import Any
from uuid import UUID

from market.db import Database
from market.errors import Conflict
from market.people import personal_data_queries as queries
from market.people.service import audit, require_password


class SoleOwner(Conflict):
    def __init__(self, partner: str) -> None:
        super().__init__(f"You are the only owner of {partner}: make another member its owner first.")


async def export(db: Database, *, person_id: UUID) -> dict[str, Any]:
    """Every row about the person over all tables, by table; hashes and secrets are not among it."""
    async with db.transaction() as tx:
        return {
            name: [dict(row) for row in await tx.fetch(statement, person_id)]
            for name, statement in queries.EXPORT.items()
        }


async def delete_account(db: Database, *, person_id: UUID, password: str) -> None:
    """Erase name, logins, addresses, messages and texts; end sessions, tokens, roles and memberships.

    Orders, vouchers and the ledger stay under the bare id, because the books must (design §3). Raises WrongPassword, SoleOwner."""
    await require_password(db, person_id=person_id, password=password)
    async with db.transaction() as tx:
        alone = await queries.lock_solely_owned_partner(tx, person_id)
        if alone is not None:
            raise SoleOwner(alone)
        for statement in queries.ERASURE:
            await tx.execute(statement, person_id)
        await audit(tx, person_id=person_id, action="person.deleted", subject=f"person:{person_id}")
