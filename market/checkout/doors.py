"""Checking in and out at the door: the poster with its QR code, and what happens when somebody scans it.

Service code of the checkout slice, split off by noun. Checking in uses the booking's code, as staff do at the desk; checking out ends
the booking then and there, and the rest of its time is free for others."""

import asyncio
import hmac
from uuid import UUID

from market import limits
from market.checkout import door_queries, queries, voucher_queries, vouchers
from market.checkout.door_rules import EARLIEST, door_state
from market.checkout.door_schemas import Door, DoorBooking, DoorVisit
from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from market.people import service as people
from market.people.rules import Actor
from market.printing import Block, Code, Large
from market.settings import Settings
from market.spaces import service as spaces

# A door is used by a few people at a time; guessing codes there is hopeless (A21).
TRIES_PER_MIN = 20
# What stands on the poster, in letters that somebody of eighty reads without glasses: first what to do, then how, then who helps.
CALL, STEPS = "请扫码签到", "1. 手机扫一扫上面的方块\n2. 按“签到”（没登录就输入券码）\n3. 走的时候再扫一次，按“签退”"
HELP, HELP_AT = "不会用手机？请工作人员帮您签到。", "不会用手机？请工作人员帮您签到：{phone}"
WHEN = "开始前 15 分钟起可以签到。"
ENGLISH = (
    "Please check in: scan the code and press Check in (not signed in? Enter the code of your order). Scan again when you leave and "
    "press Check out. From 15 minutes before the start. No phone? The staff will check you in."
)


class NotNow(Conflict):
    """Too early, over, or nobody is inside."""

    title = "Not now"
    REASONS = {  # noqa: RUF012 - a constant table
        "early": "One can check in from 15 minutes before the start.",
        "open": "Nobody has checked in.",
        "inside": "The booking has not begun.",
        "over": "The booking is over.",
        "left": "Somebody has checked out.",
    }

    def __init__(self, state: str) -> None:
        super().__init__(self.REASONS[state])
        self.slug = f"door-{state}"  # type: ignore[misc]  # one class for a table of reasons


async def look(db: Database, *, actor: Actor | None, space_id: UUID, key: str) -> Door:
    """What stands at this door for the actor. Raises NotFound where the key is not the one of the poster (staff need none)."""
    async with db.read() as tx:
        door = await _require_door(tx, actor=actor, space_id=space_id, key=key)
        rows = await door_queries.bookings_at(tx, space_id=space_id, person_id=actor.person_id) if actor else []
    return Door(door["id"], door["name"], door["name_en"], door["time_zone"], [_booking(row) for row in rows])


async def visit(db: Database, *, actor: Actor | None, address: str, space_id: UUID, wish: DoorVisit) -> DoorBooking:
    """Check in or out: one's own booking by its line, or any by its code; done twice it stays done.

    Raises NotFound, NotSignedIn, NotNow, InvalidInput, TooManyRequests."""
    await limits.hit(db, bucket=limits.bucket("door", str(space_id), address), limit=TRIES_PER_MIN, window_s=60)
    if (wish.line_id is None) == (wish.code is None):
        raise InvalidInput([("code", "either this or line_id is needed")])
    if wish.line_id is not None and actor is None:
        raise NotSignedIn
    code = vouchers.normal_code(wish.code) if wish.code is not None else None
    return await db.retrying(lambda tx: _visit(tx, actor=actor, space_id=space_id, wish=wish, code=code))


async def _visit(
    tx: Connection, *, actor: Actor | None, space_id: UUID, wish: DoorVisit, code: str | None
) -> DoorBooking:
    door = await _require_door(tx, actor=actor, space_id=space_id, key=wish.key)
    row = await door_queries.booking_at(tx, space_id=space_id, line_id=wish.line_id, code=code)
    if row is None or (code is None and not _is_theirs(actor, row, door)):
        raise NotFound("This booking")
    order = await queries.lock_order(tx, row["order_id"])
    row = await door_queries.booking_at(tx, space_id=space_id, line_id=row["line_id"], code=None)
    if row is None or order is None:
        raise NotFound("This booking")
    state = _state(row)
    if wish.action == "in" and state == "open":
        await _check_in(tx, order=order, row=row, actor=actor)
    elif wish.action == "out" and state == "inside" and row["starts_at"] < row["now"]:
        await spaces.leave_early(tx, group_id=row["group_id"])
    elif state != {"in": "inside", "out": "left"}[wish.action]:
        raise NotNow(state)
    done = await door_queries.booking_at(tx, space_id=space_id, line_id=row["line_id"], code=None)
    assert done is not None
    return _booking(done)


async def _check_in(tx: Connection, *, order: Row, row: Row, actor: Actor | None) -> None:
    person_id = actor.person_id if actor else None
    if await voucher_queries.update_voucher_redeemed(tx, row["voucher_id"], person_id=person_id) is None:
        raise vouchers.VoucherVoid("This code cannot be used any more.")
    await vouchers.finish_lines(tx, order=order, line_ids=[row["line_id"]], kind="voucher_redeemed")


async def _require_door(tx: Connection, *, actor: Actor | None, space_id: UUID, key: str) -> Row:
    door = await door_queries.door(tx, space_id=space_id)
    if door is None:
        raise NotFound("This door")
    is_staff = actor is not None and actor.is_staff_of(door["community_id"])
    if not is_staff and not hmac.compare_digest(door["door_key"].encode(), key.encode()):
        raise NotFound("This door")
    return door


def _is_theirs(actor: Actor | None, row: Row, door: Row) -> bool:
    if actor is None:
        return False
    return actor.person_id in (row["person_id"], row["guest_id"]) or actor.is_staff_of(door["community_id"])


def _state(row: Row) -> str:
    times = {field: row[field] for field in ("starts_at", "ends_at", "came_at", "left_at", "now")}
    return door_state(**times)


def _booking(row: Row) -> DoorBooking:
    return DoorBooking(
        row["line_id"],
        row["title"],
        row["title_en"],
        row["starts_at"],
        row["ends_at"],
        row["starts_at"] - EARLIEST,
        _state(row),
        row["came_at"],
        row["left_at"],
    )


async def poster(db: Database, *, settings: Settings, actor: Actor, space_id: UUID, base: str) -> tuple[bytes, str]:
    """The poster of a door as a PDF page in both languages, for staff; and its name. Raises NotFound."""
    async with db.read() as tx:
        door = await door_queries.door(tx, space_id=space_id)
    if door is None or not actor.is_staff_of(door["community_id"]):
        raise NotFound("This space")
    url = f"{settings.base_url or base}/door/{space_id}?key={door['door_key']}"
    phone = door["desk_phone"]
    english = f"{door['name_en']}. {ENGLISH}" if door["name_en"] else ENGLISH
    blocks: list[Block] = [
        Large(CALL, 44),
        Code(url),
        Large(STEPS, 23),
        Large(HELP_AT.format(phone=phone) if phone else HELP, 19),
        Large(WHEN, 15),
        Large(english, 12),
    ]
    from market import paper  # fpdf and its two hundred modules only where a page is drawn

    body = await asyncio.to_thread(paper.pdf, title=door["name"], title_points=26, blocks=blocks, footer="")
    return body, f"door-{door['community']}-{str(space_id)[:8]}"


async def renew_key(db: Database, *, actor: Actor, space_id: UUID) -> None:
    """Let posters printed so far open nothing. For staff; raises NotFound."""
    async with db.transaction() as tx:
        door = await door_queries.door(tx, space_id=space_id)
        if door is None or not actor.is_staff_of(door["community_id"]):
            raise NotFound("This space")
        await door_queries.update_door_key(tx, space_id=space_id)
        await people.audit(
            tx, person_id=actor.person_id, action="space.door_key", subject=f"space:{space_id}", detail={}
        )
