"""What an actor may do: pure decisions over roles, memberships and verified residency."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_CHINESE_LANDLINE = re.compile(r"0[1-9][0-9]{8,10}")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
MAX_EMAIL_LEN = 254


@dataclass(frozen=True, slots=True)
class Login:
    """What a person signs in with, in its normal form: the same address or number always gives the same text."""

    text: str
    kind: Literal["email", "phone"]


def normal_login(raw: str) -> Login | None:
    """An e-mail address in lower case, or a phone number as E.164 (Chinese when it names no country); None when it is neither."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if "@" in text:
        return _normal_email(text)
    digits = re.sub(r"[ ()\u2010-\u2015.-]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _CHINESE_MOBILE.fullmatch(digits):
        digits = "+86" + digits
    elif _CHINESE_LANDLINE.fullmatch(digits):
        digits = "+86" + digits[1:]
    return Login(digits, "phone") if _E164.fullmatch(digits) else None


def _normal_email(text: str) -> Login | None:
    local, _, domain = text.lower().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    return Login(address, "email") if len(address) <= MAX_EMAIL_LEN and _EMAIL.fullmatch(address) else None


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A staff role and every community it reaches (its own and all below); operator reaches all (`communities` is not asked)."""

    role: str
    community_id: UUID | None
    communities: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request, with all that decisions need; loaded once per request."""

    person_id: UUID
    name: str = ""
    locale: str = "zh-CN"
    roles: tuple[StaffRole, ...] = ()
    partners: dict[UUID, str] = field(default_factory=dict)  # partner id -> owner | staff
    resident_of: frozenset[UUID] = frozenset()  # communities where residency is verified
    groups: frozenset[str] = frozenset()  # verified eligibility groups, e.g. "elder"
    scopes: frozenset[str] | None = None  # None = browser session, else what the bearer token may do

    @property
    def kinds(self) -> frozenset[str]:
        """The role names of market/access.py that apply to this actor."""
        found = {"person"} | {role.role for role in self.roles}
        if self.partners:
            found.add("partner_member")
        return frozenset(found)

    def is_operator(self) -> bool:
        return any(role.role == "operator" for role in self.roles)

    def is_staff_of(self, community_id: UUID, *roles: str) -> bool:
        """Whether the actor holds one of `roles` (default: any staff role) over the community; an operator always does."""
        return any(
            role.role == "operator" or ((not roles or role.role in roles) and community_id in role.communities)
            for role in self.roles
        )

    def staffed_communities(self) -> frozenset[UUID] | None:
        """All communities the actor is staff of; None = all of them."""
        if self.is_operator():
            return None
        return frozenset().union(*(role.communities for role in self.roles))

    def is_member_of(self, partner_id: UUID, *roles: str) -> bool:
        """Whether the actor belongs to the partner (as one of `roles`, default any)."""
        held = self.partners.get(partner_id)
        return held is not None and (not roles or held in roles)

    def is_resident_of(self, community_id: UUID) -> bool:
        return community_id in self.resident_of
