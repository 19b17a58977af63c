"""HTTP of bookings that move."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from market.checkout import moves
from market.checkout.keys import Key
from market.checkout.move_schemas import MovePreview, NewTime, Room
from market.checkout.schemas import Order
from market.db import Database
from market.people.rules import Actor
from market.schemas import Done, Page


@post(
    "/api/orders/{order_id:uuid}/lines/{line_id:uuid}/move-preview",
    operation_id="preview_move",
    summary="What moving my booking to another time would mean",
    status_code=200,
)
async def preview_move(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    line_id: FromPath[UUID],
    data: JSONBody[NewTime],
) -> MovePreview:
    """By the same rule and price as the move itself; nothing changes."""
    return await moves.preview(db, actor=actor, order_id=order_id, line_id=line_id, wish=data)


@post(
    "/api/orders/{order_id:uuid}/lines/{line_id:uuid}/move",
    operation_id="move_booking",
    summary="Move my booking to another time",
    status_code=200,
)
async def move_booking(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    line_id: FromPath[UUID],
    data: JSONBody[NewTime],
    key: Key,
) -> Order:
    """The old time stays mine when the new one cannot be had; what it costs less comes back, a dearer one is refused."""
    return await moves.move(db, actor=actor, order_id=order_id, line_id=line_id, key=key, wish=data)


@get(
    "/api/orders/{order_id:uuid}/lines/{line_id:uuid}/rooms",
    operation_id="list_rooms_to_move_to",
    summary="The rooms that my booking may move to",
)
async def list_rooms_to_move_to(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Page[Room]:
    """Its own first, then those of the same kind, owner and community with room for as many."""
    rows = await moves.rooms(db, actor=actor, order_id=order_id, line_id=line_id)
    return Page([Room(row["space_id"], row["name"], row["name_en"], row["capacity"]) for row in rows])


@post(
    "/api/orders/{order_id:uuid}/lines/{line_id:uuid}/staff-move",
    operation_id="move_booking_for",
    summary="Move somebody's booking, for staff",
    status_code=200,
)
async def move_booking_for(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    line_id: FromPath[UUID],
    data: JSONBody[NewTime],
    key: Key,
) -> Done:
    """By the same rules as the buyer's own move; the buyer is told."""
    await moves.move_for(db, actor=actor, order_id=order_id, line_id=line_id, key=key, wish=data)
    return Done()


handlers = [preview_move, move_booking, list_rooms_to_move_to, move_booking_for]
