"""HTTP of quotes, orders, receipts and vouchers."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from market.checkout import (
    holds,
    impact,
    money_controllers,
    move_controllers,
    payout_controllers,
    reading,
    refunds,
    service,
    settlement,
    vouchers,
)
from market.checkout.impact_schemas import RuleImpact, RuleTrial
from market.checkout.keys import Key
from market.checkout.schemas import (
    Cart,
    DeskOrder,
    DeskPayment,
    NewOrder,
    NewRefund,
    Order,
    OrderSummary,
    PartnerOrder,
    Quote,
    Receipt,
    Redeemed,
)
from market.db import Database
from market.payments.gateway import Gateway
from market.people.rules import Actor
from market.schemas import Page
from market.settings import Settings


@post("/api/quotes", operation_id="make_quote", summary="What a cart costs and where the money goes", status_code=200)
async def make_quote(
    db: NamedDependency[Database], actor: NamedDependency[Actor | None], data: JSONBody[Cart]
) -> Quote:
    """Nothing is taken; `problem` says per line what is in the way."""
    return await service.make_quote(db, actor=actor, lines=data.lines, guest=data.guest, coupon=data.coupon)


@post(
    "/api/orders", operation_id="place_order", summary="Buy or book everything in a cart, or nothing", status_code=201
)
async def place_order(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[NewOrder],
    key: Key,
) -> Order:
    """Holds it and answers with the payment page; what is free is paid at once."""
    return await service.place_order(db, gateway=gateway, settings=settings, actor=actor, key=key, wish=data)


@get("/api/orders", operation_id="list_orders", summary="My orders, newest first")
async def list_orders(
    db: NamedDependency[Database], actor: NamedDependency[Actor], cursor: FromQuery[str | None] = None
) -> Page[OrderSummary]:
    """Only the caller's own."""
    return await reading.list_orders(db, actor=actor, cursor=cursor)


@get("/api/orders/{order_id:uuid}", operation_id="get_order", summary="One of my orders, with its codes")
async def get_order(db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID]) -> Order:
    """Only the caller's own."""
    return await reading.get_order(db, actor=actor, order_id=order_id)


@get("/api/orders/{order_id:uuid}/receipt", operation_id="get_receipt", summary="Where the money of my order went")
async def get_receipt(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID]
) -> Receipt:
    """Every share with the rule and version that was in force."""
    return await reading.get_receipt(db, actor=actor, order_id=order_id)


@get("/api/orders/{order_id:uuid}/proof.json", operation_id="get_order_proof", summary="The proof of my purchase",
     media_type="application/json")  # fmt: skip
async def get_order_proof(
    db: NamedDependency[Database], actor: NamedDependency[Actor], order_id: FromPath[UUID]
) -> Response[dict[str, Any]]:
    """Checked by `market audit --books FILE` with the published head of the day."""
    proof = await reading.get_proof(db, actor=actor, order_id=order_id)
    return Response(proof, headers={"Content-Disposition": f'attachment; filename="proof-{order_id}.json"'})


@post(
    "/api/orders/{order_id:uuid}/cancel",
    operation_id="cancel_order",
    summary="Call off my unpaid order",
    status_code=200,
)
async def cancel_order(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
) -> Order:
    """Its payment page is closed and what it held is free again."""
    return await holds.cancel(db, gateway=gateway, actor=actor, order_id=order_id)


@post(
    "/api/orders/{order_id:uuid}/payment",
    operation_id="pay_order_again",
    summary="Open the payment page again",
    status_code=200,
)
async def pay_order_again(
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
) -> Order:
    """While the hold lasts: the same page, or a new one where the old is closed."""
    return await service.pay_again(db, gateway=gateway, settings=settings, actor=actor, order_id=order_id)


@post(
    "/api/orders/{order_id:uuid}/refunds",
    operation_id="refund_order",
    summary="Give lines or amounts back",
    status_code=201,
)
async def refund_order(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    data: JSONBody[NewRefund],
    key: Key,
) -> Order:
    """Whole lines by the buyer within the refund rule, by staff or the partner until redeemed; amounts by these two at any time."""
    return await refunds.refund(db, actor=actor, order_id=order_id, key=key, wish=data)


@post(
    "/api/orders/{order_id:uuid}/desk-payment",
    operation_id="record_desk_payment",
    summary="Cash was taken",
    status_code=200,
)
async def record_desk_payment(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    order_id: FromPath[UUID],
    data: JSONBody[DeskPayment],
    key: Key,
) -> Order:
    """By staff of the community of every line."""
    return await settlement.record_desk_payment(db, actor=actor, order_id=order_id, key=key, payment=data)


@get(
    "/api/communities/{community:str}/desk-orders",
    operation_id="list_desk_orders",
    summary="Orders waiting for the desk",
)
async def list_desk_orders(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    community: FromPath[str],
    cursor: FromQuery[str | None] = None,
) -> Page[DeskOrder]:
    """For staff of the community."""
    return await reading.list_desk_orders(db, actor=actor, community=community, cursor=cursor)


@get(
    "/api/partners/{partner:str}/orders",
    operation_id="list_partner_orders",
    summary="What a partner sold, newest first",
)
async def list_partner_orders(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    partner: FromPath[str],
    cursor: FromQuery[str | None] = None,
) -> Page[PartnerOrder]:
    """For members of the partner; nothing about the buyers."""
    return await reading.list_partner_orders(db, actor=actor, partner=partner, cursor=cursor)


@get(
    "/api/vouchers/{code:str}/qr.svg",
    operation_id="get_voucher_qr",
    summary="The QR code of my voucher",
    media_type="image/svg+xml",
)
async def get_voucher_qr(
    db: NamedDependency[Database], actor: NamedDependency[Actor], code: FromPath[str]
) -> Response[bytes]:
    """For the buyer only."""
    svg = await vouchers.qr_svg(db, actor=actor, code=code)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@post("/api/vouchers/{code:str}/redeem", operation_id="redeem_voucher", summary="Redeem a code", status_code=200)
async def redeem_voucher(db: NamedDependency[Database], actor: NamedDependency[Actor], code: FromPath[str]) -> Redeemed:
    """Once, by a member of the partner, for a space by staff of its community."""
    return await vouchers.redeem(db, actor=actor, code=code)


@post("/api/communities/{community:str}/rule-impact", operation_id="preview_rule", summary="Last month under another rate",
      status_code=200)  # fmt: skip
async def preview_rule(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromPath[str], data: JSONBody[RuleTrial]
) -> RuleImpact:
    """For staff of the community; nothing is changed."""
    return await impact.preview_rule(db, actor=actor, community=community, trial=data)


handlers = [
    preview_rule,
    make_quote,
    place_order,
    list_orders,
    get_order,
    get_receipt,
    get_order_proof,
    cancel_order,
    pay_order_again,
    refund_order,
    record_desk_payment,
    list_desk_orders,
    list_partner_orders,
    get_voucher_qr,
    redeem_voucher,
    *money_controllers.handlers,
    *move_controllers.handlers,
    *payout_controllers.handlers,
]
