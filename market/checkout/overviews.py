"""How orders and sold lines are shown in lists; decides nothing."""

from market.checkout import schemas
from market.db import Row
from market.schemas import Amount


def summary(row: Row) -> schemas.OrderSummary:
    return schemas.OrderSummary(
        id=row["id"],
        status=row["status"],
        title=row["title"],
        title_en=row["title_en"],
        lines=row["lines"],
        payable=Amount(row["payable_minor"], row["currency"]),
        refunded=Amount(row["refunded_minor"], row["currency"]),
        created_at=row["created_at"],
        next_starts_at=row["next_starts_at"],
        hold_expires_at=row["hold_expires_at"],
    )


def partner_order(line: Row) -> schemas.PartnerOrder:
    """A sold line as its partner sees it; the share is what is left of it after refunds."""
    own = sum(share["amount"] - share["refunded"] for share in line["all_shares"] if share["to"].startswith("partner:"))
    return schemas.PartnerOrder(
        line_id=line["id"],
        order_id=line["order_id"],
        seller=line["seller"],
        title_en=line["title_en"],
        order_status=line["order_status"],
        title=line["title"],
        quantity=line["quantity"],
        payable=Amount(line["payable_minor"], line["currency"]),
        refunded=Amount(line["refunded_minor"], line["currency"]),
        partner_share=Amount(own, line["currency"]),
        starts_at=line["starts_at"],
        created_at=line["created_at"],
        vouchers_redeemed=line["redeemed"],
        vouchers_total=line["total"],
    )


def desk_order(row: Row) -> schemas.DeskOrder:
    return schemas.DeskOrder(
        id=row["id"],
        person_name=row["person_name"],
        title=row["title"],
        payable=Amount(row["payable_minor"], row["currency"]),
        hold_expires_at=row["hold_expires_at"],
        created_at=row["created_at"],
    )
