"""Tenders and bids on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import Amount, LongText, ShortText

RentMinor = Annotated[int, Meta(ge=0, le=10_000_000_000)]
Reason = Annotated[str, Meta(max_length=500)]
Note = Annotated[str, Meta(max_length=1000)]
Key = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,30}$")]
Points = Annotated[int, Meta(ge=0, le=100)]
Answer = Annotated[int, Meta(ge=0, le=1_000_000)]


class Criterion(msgspec.Struct, forbid_unknown_fields=True):
    """`price`: the rent a month. `number`: what the bidder states, full marks at `most`. `committee`: points that the committee gives after
    the opening. Weights are basis points and make 10000 together."""

    key: Key
    kind: Literal["price", "number", "committee"]
    label: ShortText
    weight_bp: Annotated[int, Meta(ge=1, le=10_000)]
    label_en: ShortText | None = None
    most: Annotated[int, Meta(ge=1, le=1_000_000)] = 100


class NewTender(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/communities/{c}/tenders. All of it stays as it is announced. `reserve_minor` is the least rent a month for all spaces
    together; a tie goes to the higher price, then to the earlier bid (`price`), or to the earlier bid at once (`earliest`)."""

    title: ShortText
    spaces: Annotated[list[UUID], Meta(min_length=1, max_length=20)]
    bids_until: datetime
    first_day: date
    last_day: date
    criteria: Annotated[list[Criterion], Meta(min_length=1, max_length=8)]
    title_en: ShortText | None = None
    about: LongText = ""
    about_en: LongText | None = None
    reserve_minor: RentMinor = 0
    share_bp: Annotated[int, Meta(ge=0, le=10_000)] = 0
    rent_free_weeks: Annotated[int, Meta(ge=0, le=104)] = 0
    deposit_minor: RentMinor = 0
    tie_rule: Literal["price", "earliest"] = "price"


class NewBid(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/bids: the rent a month for all spaces together, and a number for each stated criterion. A second bid of the
    same partner replaces the first."""

    partner: ShortText
    base_minor: RentMinor
    answers: Annotated[dict[Key, Answer], Meta(max_length=8)] = {}
    note: Note = ""


class BidWithdrawal(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/bids/withdrawal."""

    partner: ShortText


class TenderOpening(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/opening: who was there, as it will be published."""

    attended: Reason


class BidPoints(msgspec.Struct, forbid_unknown_fields=True):
    bid_id: UUID
    criterion: Key
    points: Points


class CommitteePoints(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/points."""

    points: Annotated[list[BidPoints], Meta(min_length=1, max_length=800)]


class TenderAward(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/award: `reason` is needed for a bid that is not the first. `first_day` when the lease begins later than
    announced."""

    bid_id: UUID
    reason: Reason = ""
    first_day: date | None = None


class TenderCancellation(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tenders/{id}/cancellation."""

    reason: Reason


class TenderSpace(msgspec.Struct):
    id: UUID
    name: str
    name_en: str | None
    kind: str
    area_m2: float | None


class BidScore(msgspec.Struct):
    """Hundredths of a point: `total` and for each criterion; `place` 1 is the first."""

    place: int
    total: int
    parts: dict[str, int]


Fault = Literal[
    "", "one-missing", "not-written-by-us", "not-its-receipt", "does-not-open", "belongs-elsewhere", "against-terms"
]


class ProtocolBid(msgspec.Struct):
    """One line of the protocol. `receipt` is the SHA-256 of the sealed bid, which its bidder was given; a `fault` says what is wrong with a
    bid (`one-missing`: with its neighbour), and a broken one does not count."""

    id: UUID
    number: int
    partner: str
    partner_name: str
    partner_name_en: str | None
    state: Literal["valid", "replaced", "withdrawn", "opened", "broken"]
    receipt: str
    made_at: datetime
    ended_at: datetime | None
    fault: Fault
    base: Amount | None
    answers: dict[str, int]
    note: str
    points: dict[str, int]
    score: BidScore | None


class Tender(msgspec.Struct):
    """`bids` is empty until the opening, also for staff: before it nobody learns who bid, or how many. `may_open` by the database clock."""

    id: UUID
    community: str
    community_name: str
    community_name_en: str | None
    title: str
    title_en: str | None
    about: str
    about_en: str | None
    spaces: list[TenderSpace]
    bids_until: datetime
    first_day: date
    last_day: date
    reserve: Amount
    share_bp: int
    rent_free_weeks: int
    deposit: Amount
    criteria: list[Criterion]
    tie_rule: str
    status: Literal["announced", "opened", "awarded", "cancelled"]
    is_open_for_bids: bool
    may_open: bool
    announced_at: datetime
    opened_at: datetime | None
    opened_by: str | None
    attended: str
    decided_at: datetime | None
    awarded_bid: UUID | None
    award_reason: str
    cancel_reason: str
    bids: list[ProtocolBid]


class SealedBid(msgspec.Struct):
    """`sealed` in base64: a sealed box of libsodium to the public key."""

    number: int
    partner: str
    state: str
    receipt: str
    sealed: str | None


class TenderProtocol(msgspec.Struct):
    """Everything that is needed to open the bids again: keys in base64, the private one from the opening on."""

    tender_id: UUID
    public_key: str
    private_key: str
    bids: list[SealedBid]


class OwnBid(msgspec.Struct):
    """What a bidder knows of a bid of theirs: not what is in it, which nobody can read."""

    id: UUID
    tender_id: UUID
    title: str
    title_en: str | None
    number: int
    state: str
    receipt: str
    made_at: datetime
    bids_until: datetime
    tender_status: str
