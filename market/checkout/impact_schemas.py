"""A routing rule on trial, on the wire."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from market.schemas import Amount, ShortText


class RuleTrial(msgspec.Struct, forbid_unknown_fields=True):
    """A rate to try out on last month's sales."""

    applies_to: Literal["service_turnover", "room_rent", "stall_rent", "advertising", "donation"]
    fund: ShortText
    rate_bp: Annotated[int, Meta(ge=0, le=10_000)]


class FundImpact(msgspec.Struct):
    fund: str
    name: str
    name_en: str | None
    before: Amount
    after: Amount


class RuleImpact(msgspec.Struct):
    """Last month's sales of the rule's kind, refunds taken off: who would have got what under today's rules and under the trial's."""

    month: str
    sales: int
    turnover: Amount
    funds: list[FundImpact]
    sellers_before: Amount
    sellers_after: Amount
