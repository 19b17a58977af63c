"""How priced lines are frozen into rows (M41); decides nothing."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from market.checkout import rules
from market.checkout.share_rules import Reduction, Share


def frozen_line(line: rules.PricedLine, *, position: int, group: UUID | None) -> dict[str, Any]:
    """The row of an order line: prices, shares and rule versions as they are now (M41)."""
    return {
        "position": position,
        "kind": line.item_kind if line.item_kind == "donation" else "offer" if line.offer_id else "space",
        "item_kind": line.item_kind,
        "community_id": line.community_id,
        "time_zone": line.time_zone,
        "seller": line.seller,
        "seller_en": line.seller_en,
        "partner_id": line.partner_id,
        "listing_id": line.listing_id,
        "offer_id": line.offer_id,
        "space_id": line.space_id,
        "occupancy_group": group,
        "title": line.title,
        "title_en": line.title_en,
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "attendees": line.attendees,
        "quantity": line.quantity,
        "list_minor": line.list_minor,
        "payable_minor": line.payable_minor,
        "reductions": [_frozen_reduction(each) for each in line.reductions],
        "shares": frozen_shares(line.shares),
        "refund_until": line.refund_until,
        "valid_until": line.valid_until,
        "tariff": line.tariff,
        "renter_id": line.renter_id,
        "repeat": line.repeat,
        "cancellation": [{"until_h": step.until_h, "back_bp": step.back_bp} for step in line.cancellation] or None,
    }


def _frozen_reduction(each: Reduction) -> dict[str, Any]:
    found = {"reason": each.reason, "borne_by": each.borne_by, "amount": each.amount}
    return found | ({"label": each.label, "label_en": each.label_en} if each.label else {})


def frozen_shares(shares: Iterable[Share]) -> list[dict[str, Any]]:
    """Shares as they are stored, of which nothing has gone back yet."""
    return [
        {
            "to": s.to,
            "label": s.label,
            "label_en": s.label_en,
            "amount": s.amount,
            "refunded": 0,
            "rule": {"id": s.rule.id, "version": s.rule.version, "rate_bp": s.rule.rate_bp} if s.rule else None,
        }
        for s in shares
    ]
