"""Codes that prove a purchase: shown as QR to the buyer, redeemed once by who serves.

Service code of the checkout slice, split off by noun."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from market import limits
from market.checkout import covers, encoding, entries, queries, voucher_queries
from market.checkout.schemas import Redeemed
from market.checkout.settlement import CODE_ALPHABET, CODE_LEN
from market.db import Connection, Database, Row
from market.errors import Conflict, NotFound
from market.ledger import service as ledger
from market.media import qr
from market.people.rules import Actor

EARNED = {
    "voucher_redeemed": entries.voucher_redeemed,
    "booking_ended": entries.booking_ended,
    "voucher_expired": entries.voucher_expired,
}
# Guessing 60 bits at this pace is hopeless; a busy counter is not slowed down (A21).
TRIES_PER_MIN = 60
# What people misread in Crockford's alphabet.
LOOK_ALIKES = str.maketrans("ILO", "110")


class AlreadyRedeemed(Conflict):
    slug = "already-redeemed"
    title = "This code was used before"

    def __init__(self, at: datetime) -> None:
        super().__init__(f"This code was redeemed at {at.isoformat(timespec='seconds')}.")


class VoucherVoid(Conflict):
    slug = "voucher-void"
    title = "This code is no longer valid"


def normal_code(code: str) -> str:
    """A code as it is stored, from how people type it; raises NotFound for what cannot be one."""
    found = code.strip().replace("-", "").replace(" ", "").upper().translate(LOOK_ALIKES)
    if len(found) != CODE_LEN or any(char not in CODE_ALPHABET for char in found):
        raise NotFound("This code")
    return found


async def qr_svg(db: Database, *, actor: Actor, code: str) -> bytes:
    """The QR code of a voucher that the actor bought or that was bought for them, as SVG; 404 for any other."""
    async with db.read() as tx:
        voucher = await voucher_queries.voucher(tx, normal_code(code))
    if voucher is None or actor.person_id not in (voucher["person_id"], voucher["guest_id"]):
        raise NotFound("This code")
    return qr.svg(voucher["code"], title=voucher["code"])


async def redeem(db: Database, *, actor: Actor, code: str) -> Redeemed:
    """Use a code, once: the partner's share becomes available, the order completes with its last code.

    Only members of the partner (for a space: staff of its community) may; for others, and for unknown codes, NotFound.
    Raises AlreadyRedeemed (with the time), VoucherVoid, TooManyRequests."""
    await limits.hit(db, bucket=f"redeem:{actor.person_id}", limit=TRIES_PER_MIN, window_s=60)
    wanted = normal_code(code)
    return await db.retrying(lambda tx: _redeem(tx, actor=actor, code=wanted))


async def _redeem(tx: Connection, *, actor: Actor, code: str) -> Redeemed:
    voucher = await voucher_queries.voucher(tx, code)
    if voucher is None or not _may_redeem(actor, voucher):
        raise NotFound("This code")
    order = await queries.lock_order(tx, voucher["order_id"])
    assert order is not None
    at = await voucher_queries.update_voucher_redeemed(tx, voucher["id"], person_id=actor.person_id)
    if at is None:
        now_is = await voucher_queries.voucher(tx, code)
        assert now_is is not None
        if now_is["status"] == "redeemed":
            raise AlreadyRedeemed(now_is["redeemed_at"])
        raise VoucherVoid(
            "This code was given back." if now_is["status"] == "cancelled" else "This code was not used in time."
        )
    await finish_lines(tx, order=order, line_ids=[voucher["line_id"]], kind="voucher_redeemed")
    return Redeemed(
        code,
        voucher["title"],
        voucher["title_en"],
        voucher["quantity"],
        voucher["starts_at"],
        at,
        voucher["guest_name"],
    )


def _may_redeem(actor: Actor, voucher: Row) -> bool:
    if voucher["partner_id"] is None:
        return actor.is_staff_of(voucher["community_id"])
    return actor.is_member_of(voucher["partner_id"])


async def finish_lines(tx: Connection, *, order: Row, line_ids: Collection[UUID], kind: str) -> None:
    """Note that lines are done, once, whether a code was shown or the booking ended: the partner's share becomes available, and the
    order completes with its last line. The order is locked."""
    for line in await queries.lines_of(tx, [order["id"]]):
        if line["id"] not in line_ids or line["earned_at"] is not None or line["refunded_at"] is not None:
            continue
        sold = encoding.sold_line(line, currency=order["currency"])
        transfers = EARNED[kind](sold)
        if transfers:
            await ledger.post(
                tx,
                event_key=f"earned:{line['id']}",
                kind=kind,
                transfers=transfers,
                reference={"order_id": str(order["id"]), "line_id": str(line["id"])},
            )
        await covers.earn(tx, currency=order["currency"], line=line)
        await queries.update_line_earned(tx, line["id"])
    await queries.update_order_completed(tx, order["id"])
