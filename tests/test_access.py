"""A01: for every route and every kind of caller the guard decides as the access table says."""

from collections.abc import Callable

import pytest
from httpx import AsyncClient, Response
from litestar import Litestar, get

from market import http
from market.access import ACCESS
from market.db import Database
from market.people import service
from market.roles import Access
from market.settings import Settings
from tests.access_table import CALLERS, call, fresh_headers, make_callers, routes

GUARDS_WORDS = "Your account may not do this."


def _refused_by_guard(answer: Response) -> bool:
    """Whether the guard, and not the object behind it, said no."""
    return answer.status_code == 401 or (answer.status_code == 403 and answer.json()["detail"] == GUARDS_WORDS)


async def test_A01_every_route_lets_in_whom_its_row_names_and_nobody_else(
    app: Litestar, client: AsyncClient, db: Database, settings: Settings
) -> None:
    people = await make_callers(db)
    wrong = []
    for route in routes(app):
        for caller, kinds in CALLERS.items():
            answer = await call(client, route, await fresh_headers(db, settings, people.get(caller)))
            if route.operation.startswith("sandbox_"):
                expected = True  # has a key of its own and no session of ours
            elif not route.row.roles or route.row.roles & kinds:
                expected = not _refused_by_guard(answer)
            else:
                expected = answer.status_code == (403 if kinds else 401)
            if not expected or answer.status_code >= 500:
                wrong.append(f"{caller}: {route.method} {route.path} -> {answer.status_code}")
            if route.operation == "delete_me":
                assert answer.status_code != 200, "the walk must not delete its own people"
    assert wrong == []


async def test_A01_a_bearer_token_does_only_what_its_scope_says(
    app: Litestar, client: AsyncClient, db: Database, settings: Settings
) -> None:
    people = await make_callers(db)
    wrong = []
    for scope in ("read", "orders", "listings", "spaces", "redeem", "funds"):
        for caller in ("resident", "partner A", "clerk A", "operator"):
            _, secret = await service.create_token(db, person_id=people[caller], name="t", scopes=[scope], valid_days=1)
            for route in routes(app):
                if not route.row.roles & CALLERS[caller]:
                    continue
                answer = await call(client, route, {"Authorization": f"Bearer {secret}"})
                refused = answer.status_code == 403 and answer.json()["detail"] == "This token does not allow that."
                if refused != (route.row.scope != scope) or answer.status_code in {401, 500}:
                    wrong.append(f"{caller} with {scope}: {route.method} {route.path} -> {answer.status_code}")
    assert wrong == []


async def test_A01_every_unsafe_route_with_a_session_needs_the_csrf_token(
    app: Litestar, client: AsyncClient, db: Database, settings: Settings
) -> None:
    people = await make_callers(db)
    for route in routes(app):
        if route.method == "GET" or not route.row.roles:
            continue
        for caller, kinds in CALLERS.items():
            if route.row.roles & kinds:
                headers = await fresh_headers(db, settings, people[caller])
                for token in (None, "", "wrong", headers["X-CSRF-Token"][:-1]):
                    sent = {"cookie": headers["cookie"]} | ({"X-CSRF-Token": token} if token is not None else {})
                    assert (await call(client, route, sent)).status_code == 403, (caller, route.path)


def test_A01_every_row_belongs_to_a_route_and_every_route_to_a_row(app: Litestar) -> None:
    assert {route.operation for route in routes(app)} == set(ACCESS)
    http.check_access_table(app)


def test_A01_a_route_without_a_row_does_not_start() -> None:
    @get("/api/forgotten", operation_id="forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return ""

    ours: Callable[[], str] = forgotten.fn
    ours.__module__ = "market.people"
    with pytest.raises(RuntimeError, match="forgotten"):
        http.check_access_table(Litestar([forgotten], openapi_config=None))


def test_only_signed_webhooks_and_the_sandbox_go_without_the_origin_check() -> None:
    assert {name for name, row in ACCESS.items() if not row.csrf} == {
        "stripe_webhook",
        "sandbox_read",
        "sandbox_call",
        "sandbox_page",
        "sandbox_pay",
        "sandbox_account_page",
        "sandbox_open_account",
        "sandbox_dispute",
        "sandbox_decide_dispute",
        "sandbox_script",
    }
    assert Access().csrf
