"""Walking every route as every kind of caller: shared by the tests of access, headers and side effects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from httpx import AsyncClient, Response
from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler

from market import http
from market.db import Database
from market.people import sessions
from market.roles import Access
from market.settings import Settings
from tests.factories import add_member, community_id, make_community, make_partner, make_person

# What stands for a parameter of each type and does not exist.
UNKNOWN = {
    "uuid": lambda: str(uuid4()),
    "int": lambda: "2019",
    "str": lambda: "nothing-here",
    "path": lambda: "nothing-here",
}
PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
# What each caller may be called, written down apart from the code that derives it.
CALLERS: dict[str, frozenset[str]] = {
    "anonymous": frozenset(),
    "resident": frozenset({"person"}),
    "other resident": frozenset({"person"}),
    "partner A": frozenset({"person", "partner_member"}),
    "partner B": frozenset({"person", "partner_member"}),
    "clerk A": frozenset({"person", "clerk"}),
    "director B": frozenset({"person", "director"}),
    "street": frozenset({"person", "street"}),
    "operator": frozenset({"person", "operator"}),
}


@dataclass(frozen=True)
class Route:
    """One method of one path, with its row."""

    method: str
    path: str
    handler: HTTPRouteHandler
    row: Access

    @property
    def operation(self) -> str:
        return str(self.handler.operation_id)

    def address(self, known: dict[str, str] | None = None) -> str:
        """The path with its parameters filled: what is known by name, else something that does not exist."""

        def fill(found: re.Match[str]) -> str:
            return (known or {}).get(found[1]) or UNKNOWN[found[2]]()

        return PARAMETER.sub(fill, self.path)

    def body(self) -> dict[str, Any]:
        """Arguments of a request with the right content type and nothing useful in it."""
        data = self.handler.parsed_fn_signature.parameters.get("data")
        if data is None:
            return {}
        if getattr(data.kwarg_definition, "media_type", None) == RequestEncodingType.MULTI_PART:
            return {"files": {"nothing": ("x.txt", b"x")}}
        return {"json": {}}


def routes(app: Litestar) -> Iterator[Route]:
    """Every route of ours that has a row."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            row = http.access_row(handler)
            if row is not None and handler.fn.__module__.startswith("market."):
                for method in sorted(handler.http_methods - {"HEAD"}):
                    yield Route(str(method), route.path, handler, row)


async def make_callers(db: Database) -> dict[str, UUID]:
    """Two communities with everybody who may call; ids by the names of CALLERS."""
    a = await make_community(db, "liuyuan", street="street-one")
    b = await make_community(db, "xiqiao", street="street-one")
    partner_a = await make_partner(db, "partner-a", community="liuyuan", owner_login="owner-a@example.test")
    await make_partner(db, "partner-b", community="xiqiao")
    found = {
        "resident": await make_person(db, "resident@example.test", name="李雷", resident_of=a),
        "other resident": await make_person(db, "other@example.test", name="韩梅梅", resident_of=b),
        "clerk A": await make_person(db, role=("clerk", a)),
        "director B": await make_person(db, role=("director", b)),
        "street": await make_person(db, role=("street", await community_id(db, "street-one"))),
        "operator": await make_person(db, role=("operator", None)),
        "partner A": await make_person(db),
    }
    async with db.transaction() as tx:
        await add_member(tx, partner_a, found["partner A"], "owner")
        found["partner B"] = await tx.fetchval("SELECT person_id FROM logins WHERE login = 'partner-b@example.test'")
    return found


async def fresh_headers(db: Database, settings: Settings, person_id: UUID | None) -> dict[str, str]:
    """Headers of a browser that has just signed in; none for an anonymous caller."""
    if person_id is None:
        return {}
    async with db.transaction() as tx:
        session = await sessions.open_session(tx, person_id=person_id, replaces=None, user_agent="test")
    return {"cookie": f"session={session.token}", "X-CSRF-Token": sessions.csrf_token_of(settings, session.token)}


async def call(
    client: AsyncClient, route: Route, headers: dict[str, str], known: dict[str, str] | None = None
) -> Response:
    client.cookies.clear()
    return await client.request(route.method, route.address(known), headers=headers, **route.body())
