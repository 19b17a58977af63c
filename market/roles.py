"""Kinds of callers, and what a row of the access table says."""

from dataclasses import dataclass

PERSON = "person"
MEMBER = "partner_member"
CLERK = "clerk"
DIRECTOR = "director"
STREET = "street"
OPERATOR = "operator"

STAFF = frozenset({CLERK, DIRECTOR, STREET, OPERATOR})
LEADS = frozenset({DIRECTOR, STREET, OPERATOR})


@dataclass(frozen=True, slots=True)
class Access:
    """`roles` empty = anyone, signed in or not. `scope` = what a bearer token must carry. `csrf` off only for signed webhooks
    and requests that carry no session."""

    roles: frozenset[str] = frozenset()
    scope: str = "read"
    csrf: bool = True


def only(*roles: str, scope: str = "read") -> Access:
    """A row for these kinds of callers."""
    return Access(roles=frozenset(roles), scope=scope)
