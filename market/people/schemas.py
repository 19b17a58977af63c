"""What people send and receive about their account."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from market.schemas import ShortText

Password = Annotated[str, Meta(min_length=10, max_length=200, description="at least 10 characters")]
Scope = Literal["read", "orders", "redeem", "listings", "spaces", "funds"]


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/accounts"""

    login: ShortText
    password: Password
    name: ShortText
    locale: Literal["zh-CN", "en"] = "zh-CN"


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/sessions"""

    login: ShortText
    password: Annotated[str, Meta(max_length=200)]


class ChangedAccount(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """PATCH /api/me: only what may be changed exists here (A04)."""

    name: ShortText | msgspec.UnsetType = msgspec.UNSET
    locale: Literal["zh-CN", "en"] | msgspec.UnsetType = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET
    current_password: str | msgspec.UnsetType = msgspec.UNSET
    wants_reminders: bool | msgspec.UnsetType = msgspec.UNSET


class StaffRole(msgspec.Struct):
    role: Literal["clerk", "director", "street", "operator"]
    community: str | None
    community_name: str | None
    communities: list[str]
    """Slugs of all communities the role reaches."""


class Membership(msgspec.Struct):
    partner: str
    partner_name: str
    role: Literal["owner", "staff"]


class Residency(msgspec.Struct):
    community: str
    community_name: str
    status: Literal["requested", "verified", "refused", "ended"]


class Account(msgspec.Struct):
    """GET /api/me"""

    id: UUID
    name: str
    locale: str
    logins: list[str]
    residencies: list[Residency]
    groups: list[str]
    roles: list[StaffRole]
    partners: list[Membership]
    wants_reminders: bool = True
    """A message the day before something that was bought."""


class SignedIn(msgspec.Struct):
    """Answer of POST /api/accounts, POST /api/sessions and GET /api/me."""

    account: Account
    csrf_token: str


class NewResidency(msgspec.Struct, forbid_unknown_fields=True):
    community: ShortText
    address: ShortText = ""


class ResidencyRequest(msgspec.Struct):
    """A request as staff see it."""

    id: UUID
    person_name: str
    community: str
    address: str
    status: str
    created_at: datetime


class ResidencyDecision(msgspec.Struct, forbid_unknown_fields=True):
    verified: bool
    reason: ShortText = ""


class FamilyLink(msgspec.Struct):
    """`role` buyer: somebody I buy for, under the name I gave them; member: somebody who buys for me."""

    id: UUID
    role: Literal["buyer", "member"]
    name: str
    status: Literal["invited", "accepted", "declined"]
    created_at: datetime


class NewFamilyLink(msgspec.Struct, forbid_unknown_fields=True):
    login: ShortText
    """Their e-mail address or phone number."""
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    """How I call them."""


class FamilyDecision(msgspec.Struct, forbid_unknown_fields=True):
    accepted: bool


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    name: ShortText
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=6)]
    valid_days: Annotated[int, Meta(ge=1, le=366)] = 90


class Token(msgspec.Struct):
    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class MadeToken(msgspec.Struct):
    """The secret is shown this once."""

    token: Token
    secret: str


class AccountDeletion(msgspec.Struct, forbid_unknown_fields=True):
    password: Annotated[str, Meta(max_length=200)]


class PasswordReset(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/password-resets"""

    login: ShortText


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/password-resets/confirmation"""

    login: ShortText
    code: Annotated[str, Meta(max_length=40, description="eight digits; spaces do not matter")]
    password: Password


class StaffMember(msgspec.Struct):
    """A staff role that reaches the community; `is_own`: held in this very community, not above it."""

    id: UUID
    role: Literal["clerk", "director", "street"]
    name: str
    login: str | None
    community: str
    community_name: str
    community_name_en: str | None
    granted_at: datetime
    is_own: bool


class Appointment(msgspec.Struct, forbid_unknown_fields=True):
    """`password` is the caller's own."""

    login: ShortText
    role: Literal["clerk", "director", "street"]
    password: Annotated[str, Meta(max_length=200)]


class Dismissal(msgspec.Struct, forbid_unknown_fields=True):
    """`password` is the caller's own."""

    password: Annotated[str, Meta(max_length=200)]
