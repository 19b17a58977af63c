"""How priced lines are frozen into rows, read back for the books, and shown on the wire; decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from market.checkout import cover_encoding, cover_schemas, place_schemas, refundable, rules, schemas
from market.checkout.approval_schemas import Approval
from market.checkout.coupon_rules import Coupon, Taken
from market.checkout.entries import SoldLine, SoldShare
from market.db import Row
from market.schemas import Amount


def new_order(order_id: UUID, quote: rules.Quote, *, hold_until: datetime, now: datetime) -> dict[str, Any]:
    """The row of a card order as it has just been written, as far as `order` shows it."""
    return {
        "id": order_id,
        "status": "awaiting_payment",
        "pay_by": "card",
        "currency": quote.currency,
        "payable_minor": quote.payable_minor,
        "refunded_minor": 0,
        "checkout_url": None,
        "hold_expires_at": hold_until,
        "created_at": now,
        "paid_at": None,
        "note": "",
        "approval": None,
        "now": now,
    }


def sold_line(line: Row, *, currency: str) -> SoldLine:
    """A frozen line as the books see it."""
    shares = _sold_shares(line)
    value = line.get("pass_value")
    spent = 0 if value is None else sum(share.left for share in shares) - value
    return SoldLine(line["title"], currency, shares, line["earned_at"] is not None, spent)


def sold_cover(line: Row, cover: Row, *, currency: str) -> SoldLine:
    """What somebody else pays of a frozen line, as the books see it."""
    return SoldLine(line["title"], currency, _sold_shares(cover), line["earned_at"] is not None)


def _sold_shares(row: Row) -> tuple[SoldShare, ...]:
    return tuple(
        SoldShare(share["to"], share["amount"], share["refunded"], UUID(share["rule"]["id"]) if share["rule"] else None)
        for share in row["shares"]
    )


def refunded_shares(line: Row, sold: SoldLine) -> list[dict[str, Any]]:
    """The frozen shares of a line with what has gone back according to `sold`."""
    return [{**share, "refunded": now.refunded} for share, now in zip(line["shares"], sold.shares, strict=True)]


def quote(
    priced: rules.Quote,
    *,
    desks: Sequence[place_schemas.Desk] = (),
    hold_min: int = 15,
    wishes: Sequence[int] = (),
    refused: Sequence[schemas.RefusedDate] = (),
    coupon: tuple[Coupon, Taken] | None = None,
    could_pay: Sequence[Row] = (),
) -> schemas.Quote:
    return schemas.Quote(
        lines=[_quoted_line(line, could_pay) for line in priced.lines],
        payable=Amount(priced.payable_minor, priced.currency),
        shares=[
            schemas.ShareTotal(s.to, s.label, Amount(s.amount, priced.currency), s.label_en) for s in priced.shares
        ],
        list_price=Amount(priced.list_minor, priced.currency),
        saved=Amount(priced.list_minor - priced.payable_minor, priced.currency),
        desks=list(desks),
        hold_min=hold_min,
        wishes=list(wishes),
        approval_hours=priced.approval_hours,
        refused=sorted(refused, key=lambda date: (date.wish, date.starts_at)),
        coupon=cover_encoding.coupon(*coupon, priced.currency) if coupon else None,
    )


def order(
    row: Row,
    *,
    lines: Sequence[Row],
    vouchers: Sequence[Row],
    places: Mapping[UUID, place_schemas.Place] | None = None,
    guest: Row | None = None,
    refused: Sequence[Row] = (),
) -> schemas.Order:
    """An order as its buyer sees it; `row` carries the database's `now`, `places` where each line takes place."""
    redeemed = {voucher["line_id"] for voucher in vouchers if voucher["status"] == "redeemed"}
    return schemas.Order(
        id=row["id"],
        status=row["status"],
        pay_by=row["pay_by"],
        payable=Amount(row["payable_minor"], row["currency"]),
        refunded=Amount(row["refunded_minor"], row["currency"]),
        checkout_url=row["checkout_url"],
        hold_expires_at=row["hold_expires_at"],
        created_at=row["created_at"],
        paid_at=row["paid_at"],
        note=row["note"],
        guest=_guest(guest) if guest else None,
        approval=_approval(row),
        refused=[schemas.RefusedDate(r["space_id"], r["starts_at"], r["ends_at"], r["reason"]) for r in refused],
        lines=[
            _order_line(line, row, is_redeemed=line["id"] in redeemed, place=(places or {}).get(line["id"]))
            for line in lines
        ],
        vouchers=[
            schemas.Voucher(v["code"], v["line_id"], v["status"], v["valid_until"], v["redeemed_at"], v["freed_at"])
            for v in vouchers
        ],
    )


def _approval(row: Row | Mapping[str, Any]) -> Approval | None:
    if row["approval"] is None:
        return None
    return Approval(row["approval"], row["purpose"], row["decision_reason"], row["decided_at"])


def _guest(row: Row) -> place_schemas.OrderGuest:
    return place_schemas.OrderGuest(row["name"], row["phone"], row["person_id"] is not None)


def place(row: Row) -> place_schemas.Place:
    return place_schemas.Place(**{field: row[field] for field in place_schemas.Place.__struct_fields__})


def receipt(row: Row, lines: Sequence[Row], *, covers: Sequence[Row] = ()) -> schemas.Receipt:
    """Where the money went: what was paid, and the shares as they were routed then; `covers` are what others paid of the lines."""
    currency = row["currency"]
    by_line: dict[UUID, list[cover_schemas.Cover]] = {}
    for each in covers:
        by_line.setdefault(each["line_id"], []).append(cover_encoding.frozen_cover(each, currency))
    return schemas.Receipt(
        order_id=row["id"],
        paid_at=row["paid_at"],
        lines=[_frozen_view(line, currency, covers=by_line.get(line["id"], [])) for line in lines],
        payable=Amount(row["payable_minor"], currency),
        refunded=Amount(row["refunded_minor"], currency),
        shares=totals((share for line in lines for share in line["shares"]), currency),
    )


def _quoted_line(line: rules.PricedLine, could_pay: Sequence[Row]) -> schemas.QuotedLine:
    return schemas.QuotedLine(
        kind=line.item_kind,
        title=line.title,
        title_en=line.title_en,
        quantity=line.quantity,
        list_price=Amount(line.list_minor, line.currency),
        reductions=[
            schemas.Reduction(r.reason, r.borne_by, Amount(r.amount, line.currency), r.label, r.label_en)
            for r in line.reductions
        ],
        payable=Amount(line.payable_minor, line.currency),
        shares=[
            schemas.Share(
                s.to,
                s.label,
                Amount(s.amount, line.currency),
                schemas.RuleRef(s.rule.id, s.rule.version, s.rule.rate_bp) if s.rule else None,
                s.label_en,
            )
            for s in line.shares
        ],
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        time_zone=line.time_zone,
        refund_until=line.refund_until,
        valid_until=line.valid_until,
        offer_id=line.offer_id,
        listing_id=line.listing_id,
        space_id=line.space_id,
        seller=line.seller,
        seller_en=line.seller_en,
        **_tariff(line.tariff, line.currency),
        approval_hours=line.approval_hours,
        problem=line.problem,
        covers=[cover_encoding.cover(each, line.currency) for each in line.covers],
        passes=cover_encoding.passes(line.listing_id, could_pay),
        not_covered=cover_encoding.not_covered(line.not_covered, line.currency),
    )


def _order_line(
    line: Row, order_row: Row, *, is_redeemed: bool, place: place_schemas.Place | None
) -> schemas.OrderLine:
    currency = order_row["currency"]
    can_refund = (
        order_row["paid_at"] is not None and refundable.why_not(line, order_row, is_redeemed=is_redeemed) is None
    )
    return schemas.OrderLine(
        **_frozen_fields(line, currency),
        id=line["id"],
        refunded=Amount(line["refunded_minor"], currency),
        can_refund=can_refund,
        can_move=refundable.may_move(line, order_row, is_redeemed=is_redeemed),
        place=place,
        repeat=line["repeat"],
    )


def _frozen_view(line: Row, currency: str, *, covers: list[cover_schemas.Cover]) -> schemas.QuotedLine:
    return schemas.QuotedLine(**_frozen_fields(line, currency), covers=covers)


def _frozen_fields(line: Row, currency: str) -> dict[str, Any]:
    return {
        "kind": line["item_kind"],
        "title": line["title"],
        "title_en": line["title_en"],
        "quantity": line["quantity"],
        "list_price": Amount(line["list_minor"], currency),
        "reductions": [
            schemas.Reduction(
                r["reason"], r["borne_by"], Amount(r["amount"], currency), r.get("label", ""), r.get("label_en")
            )
            for r in line["reductions"]
        ],
        "payable": Amount(line["payable_minor"], currency),
        "shares": [_share(share, currency) for share in line["shares"]],
        "starts_at": line["starts_at"],
        "ends_at": line["ends_at"],
        "time_zone": line["time_zone"],
        "refund_until": line["refund_until"],
        "valid_until": line["valid_until"],
        "offer_id": line["offer_id"],
        "listing_id": line["listing_id"],
        "space_id": line["space_id"],
        "seller": line["seller"],
        "seller_en": line["seller_en"],
        **_tariff(line["tariff"], currency),
    }


def _tariff(kept: dict[str, Any] | None, currency: str) -> dict[str, Any]:
    """How the price of a space came about, from what was kept of it."""
    if kept is None:
        return {}
    return {
        "parts": [
            schemas.PricePart(
                each["starts_at"], each["ends_at"], each["unit"], Amount(each["minor"], currency), each["peak"]
            )
            for each in kept["parts"]
        ],
        "deposit": Amount(kept["deposit_minor"], currency) if kept["deposit_minor"] else None,
    }


def _share(share: dict[str, Any], currency: str) -> schemas.Share:
    rule = share["rule"]
    return schemas.Share(
        share["to"],
        share["label"],
        Amount(share["amount"], currency),
        schemas.RuleRef(UUID(rule["id"]), rule["version"], rule["rate_bp"]) if rule else None,
        share["label_en"],
    )


def totals(shares: Iterable[dict[str, Any]], currency: str) -> list[schemas.ShareTotal]:
    found: dict[str, schemas.ShareTotal] = {}
    for share in shares:
        known = found.get(share["to"])
        amount = share["amount"] + (known.amount.amount if known else 0)
        found[share["to"]] = schemas.ShareTotal(
            share["to"], share["label"], Amount(amount, currency), share["label_en"]
        )
    return list(found.values())
