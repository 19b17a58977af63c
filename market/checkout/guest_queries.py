"""All SQL over who comes instead of the buyer."""

from uuid import UUID

from market.db import Connection, Row


async def insert_guest(tx: Connection, *, order_id: UUID, name: str, phone: str, person_id: UUID | None) -> None:
    await tx.execute(
        "INSERT INTO order_guests (order_id, name, phone, person_id) VALUES ($1, $2, $3, $4)",
        order_id,
        name,
        phone,
        person_id,
    )


async def guest_of(tx: Connection, order_id: UUID) -> Row | None:
    """Who comes for an order, None when the buyer does."""
    return await tx.fetchrow("SELECT name, phone, person_id FROM order_guests WHERE order_id = $1", order_id)


async def update_guests_forgotten(tx: Connection, *, after_days: int) -> int:
    """Erase name and phone where everything of the order has been over for so long; returns of how many orders."""
    done = await tx.execute(
        "UPDATE order_guests g SET name = '', phone = '' WHERE (g.name <> '' OR g.phone <> '') AND NOT EXISTS (SELECT FROM order_lines l "
        "WHERE l.order_id = g.order_id AND coalesce(l.ends_at, l.valid_until, l.created_at) > now() - make_interval(days => $1))",
        after_days,
    )
    return int(done.split()[-1])
