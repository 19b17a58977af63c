"""Quotes, orders, receipts and vouchers on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.checkout.approval_schemas import Approval
from market.checkout.coupon_schemas import CouponTaken
from market.checkout.cover_schemas import Cover, NotCovered
from market.checkout.pass_schemas import PassRef
from market.checkout.place_schemas import Desk, Guest, GuestRef, OrderGuest, Place
from market.schemas import Amount, ShortText

OrderStatus = Literal[
    "awaiting_approval", "awaiting_payment", "paid", "completed", "expired", "cancelled", "refunded", "partly_refunded"
]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """Either an offer with a quantity, or a space with a start and an end; a space can be booked for a partner one acts for (slug).

    With `repeat` the start is the first date of a series and each date becomes a line of its own; `dates` says whether all of them are
    wanted or nothing, or those that can be had."""

    offer_id: UUID | None = None
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1
    space_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    attendees: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    for_partner: ShortText | None = None
    repeat: Annotated[str, Meta(max_length=200, description="like FREQ=WEEKLY;COUNT=10")] | None = None
    dates: Literal["all", "free"] = "all"
    pass_id: UUID | None = None
    """Pays for an offer with units of this pass of the buyer, one for each."""


class RefusedDate(msgspec.Struct):
    """A date of a series that cannot be had. `reason`: taken, closed, past, too_soon, too_far, no_such_time or limit_reached."""

    space_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str
    wish: int = 0
    """The number of the cart line whose series it belongs to."""


class Cart(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/quotes"""

    lines: Annotated[list[Line], Meta(min_length=1, max_length=50)]
    guest: GuestRef | None = None
    coupon: Annotated[str, Meta(max_length=40)] | None = None


class NewOrder(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/orders; `expected_payable` (minor units, optional) refuses the order when the price changed since the quote."""

    lines: Annotated[list[Line], Meta(min_length=1, max_length=50)]
    pay_by: Literal["card", "desk"] = "card"
    expected_payable: Annotated[int, Meta(ge=0)] | None = None
    guest: Guest | None = None
    coupon: Annotated[str, Meta(max_length=40)] | None = None
    purpose: Annotated[str, Meta(max_length=300)] = ""
    """What a space is wanted for, where its community has to agree first; needed then."""


class RuleRef(msgspec.Struct):
    id: UUID
    version: int
    rate_bp: int


class Share(msgspec.Struct):
    """`to` is partner:<slug>, fund:<slug>, enterprise:<slug> or platform."""

    to: str
    label: str
    amount: Amount
    rule: RuleRef | None = None
    label_en: str | None = None


class Reduction(msgspec.Struct):
    reason: str
    """resident_price, subsidy, off_peak, or of a space: tariff_<audience>"""
    borne_by: str
    amount: Amount
    label: str = ""
    """Name of who bears it, where it is not the seller."""
    label_en: str | None = None


class PricePart(msgspec.Struct):
    """A part of a booking at one price; `unit` hour, half_day, day, week, month, fixed or minimum, `peak` "", peak or off_peak."""

    starts_at: datetime
    ends_at: datetime
    unit: str
    amount: Amount
    peak: str


class QuotedLine(msgspec.Struct):
    kind: str
    title: str
    title_en: str | None
    quantity: int
    list_price: Amount
    """For the whole line."""
    reductions: list[Reduction]
    payable: Amount
    shares: list[Share]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    time_zone: str = "Asia/Shanghai"
    refund_until: datetime | None = None
    """Until when the buyer may give it back; null = until the code is used."""
    valid_until: datetime | None = None
    """Of an open voucher bought now."""
    offer_id: UUID | None = None
    listing_id: UUID | None = None
    space_id: UUID | None = None
    seller: str = ""
    """Name of the partner, or of the enterprise for a space."""
    seller_en: str | None = None
    parts: list[PricePart] = []
    """How the price of a space comes about."""
    deposit: Amount | None = None
    """Left at the desk when the space is handed over, given back afterwards; not part of the payable."""
    approval_hours: int | None = None
    """Staff of the community agree to it first, within so many hours; nothing is paid before."""
    problem: str | None = None
    """Why this line cannot be bought now (sold_out, slot_taken, not_for_sale…); null when it can."""
    covers: list[Cover] = []
    """What others pay of it, beside the payable."""
    not_covered: NotCovered | None = None
    passes: list[PassRef] = []
    """Passes of the buyer that could pay for it, in a quote."""


class ShareTotal(msgspec.Struct):
    to: str
    label: str
    amount: Amount
    label_en: str | None = None


class Quote(msgspec.Struct):
    """All prices are computed here and nowhere else."""

    lines: list[QuotedLine]
    payable: Amount
    shares: list[ShareTotal]
    list_price: Amount
    saved: Amount
    desks: list[Desk] = []
    """Where this cart can be paid in cash; none when one of its communities has no desk."""
    hold_min: int = 15
    """How long a card payment may take before the places go back."""
    wishes: list[int] = []
    """For each line the number of the cart line it comes from: the dates of a series come from one."""
    refused: list[RefusedDate] = []
    coupon: CouponTaken | None = None
    approval_hours: int | None = None
    """Set when this cart waits for staff first: so long they have at the most."""


class Voucher(msgspec.Struct):
    code: str
    line_id: UUID
    status: str
    valid_until: datetime | None = None
    redeemed_at: datetime | None = None
    freed_at: datetime | None = None  # nobody came within a quarter of an hour, and the rest was given to others


class OrderLine(QuotedLine):
    id: UUID | None = None
    refunded: Amount | None = None
    can_refund: bool = False
    can_move: bool = False
    place: Place | None = None
    repeat: str | None = None
    """The rule of the series that this line is one date of."""


class Order(msgspec.Struct):
    id: UUID
    status: str
    pay_by: str
    lines: list[OrderLine]
    payable: Amount
    refunded: Amount
    checkout_url: str | None
    hold_expires_at: datetime | None
    vouchers: list[Voucher]
    created_at: datetime
    paid_at: datetime | None = None
    note: str = ""
    guest: OrderGuest | None = None
    approval: Approval | None = None
    refused: list[RefusedDate] = []
    """Dates of a series that could not be had when it was ordered."""


class OrderSummary(msgspec.Struct):
    """A row of GET /api/orders."""

    id: UUID
    status: str
    title: str
    title_en: str | None
    lines: int
    payable: Amount
    refunded: Amount
    created_at: datetime
    next_starts_at: datetime | None
    hold_expires_at: datetime | None


class Receipt(msgspec.Struct):
    """Where your money went."""

    order_id: UUID
    paid_at: datetime
    lines: list[QuotedLine]
    payable: Amount
    refunded: Amount
    shares: list[ShareTotal]


class LineAmount(msgspec.Struct, forbid_unknown_fields=True):
    """A part of what was paid for a line, in minor units."""

    line_id: UUID
    amount: Annotated[int, Meta(ge=1, le=10**15)]


class NewRefund(msgspec.Struct, forbid_unknown_fields=True):
    """Whole lines (an occurrence of a series is a line); none named = every line that can still be given back.

    `amounts` instead gives part of the money of lines back and leaves what was bought: for staff and partners, also after use."""

    line_ids: Annotated[list[UUID], Meta(max_length=100)] = []
    amounts: Annotated[list[LineAmount], Meta(max_length=100)] = []
    reason: ShortText = ""


class DeskPayment(msgspec.Struct, forbid_unknown_fields=True):
    """A clerk took cash or a transfer slip; `amount` must equal what is payable."""

    amount: Annotated[int, Meta(ge=0)]
    method: Literal["cash", "transfer"] = "cash"
    slip: ShortText = ""


class Redeemed(msgspec.Struct):
    code: str
    title: str
    title_en: str | None
    quantity: int
    starts_at: datetime | None
    redeemed_at: datetime
    guest_name: str = ""
    """Who comes, where the buyer named somebody."""


class PartnerOrder(msgspec.Struct):
    """A sold line as the seller's side sees it: no name, no contact."""

    line_id: UUID
    order_id: UUID
    seller: str
    title_en: str | None
    order_status: str
    title: str
    quantity: int
    payable: Amount
    refunded: Amount
    partner_share: Amount
    starts_at: datetime | None
    created_at: datetime
    vouchers_redeemed: int
    vouchers_total: int


class DeskOrder(msgspec.Struct):
    """An order waiting for cash at the desk."""

    id: UUID
    person_name: str
    title: str
    payable: Amount
    hold_expires_at: datetime | None
    created_at: datetime
