"""Log lines, the page's policy and what becomes of our own faults."""

import base64
import hashlib
import json
from typing import Any

import pytest
import structlog
from httpx import AsyncClient
from litestar import Litestar
from structlog.testing import capture_logs

from market import http
from market.db import Database
from market.envelope import page_policy
from market.operations import configure_logging
from market.settings import Settings
from tests.factories import PASSWORD, make_person, sign_in


async def test_O05_log_lines_hold_no_secret_no_login_and_no_query(client: AsyncClient, db: Database) -> None:
    await make_person(db, "seeded@example.test", name="秘密")
    with capture_logs() as lines:
        headers = await sign_in(client, "seeded@example.test")
        cookie = client.cookies["session"]
        made = (
            await client.post("/api/tokens", json={"name": "till-secret", "scopes": ["read"]}, headers=headers)
        ).json()
        await client.get("/api/search", params={"q": "隐私 query"})
        await client.post("/api/sessions", json={"login": "seeded@example.test", "password": "another-password"})
        await client.post("/api/webhooks/stripe", content=b"{}", headers={"Stripe-Signature": "t=1,v1=seeded"})
        await client.get("/api/nothing/seeded@example.test")
    text = json.dumps(lines, ensure_ascii=False, default=str)
    assert len([line for line in lines if line["event"] == "request"]) == 6
    for hidden in (
        "seeded",
        "秘密",
        "隐私",
        PASSWORD,
        "another-password",
        cookie,
        made["secret"],
        headers["X-CSRF-Token"],
    ):
        assert hidden not in text, hidden


async def test_I18_line_breaks_and_escapes_from_outside_never_reach_a_log_line(client: AsyncClient) -> None:
    with capture_logs() as lines:
        await client.get("/api/x%0d%0aevil%1b[31m", headers={"User-Agent": "evil\x1b[31m", "X-Request-Id": "evil"})
        await client.request("EVIL", "/api/me")
    assert len(lines) == 2
    assert "evil" not in str(lines).lower()


async def test_a_fault_shows_nothing_and_logs_no_personal_data(
    app: Litestar, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        secret = "local-variable"  # noqa: F841 - must not be logged
        raise RuntimeError(
            "row (a@example.test, +8613800138000, sk_live_abc) of postgresql://u:pw@host/db\nsecond line"
        )

    route = next(each for each in app.routes if each.path == "/api/communities")
    handler = next(each for each in route.route_handlers if "GET" in each.http_methods)
    monkeypatch.setattr(handler, "_fn", fail)
    with capture_logs() as lines:
        answer = await client.get("/api/communities")
    assert answer.status_code == 500
    assert "a@example.test" not in answer.text and "Traceback" not in answer.text and "RuntimeError" not in answer.text
    fault = next(line for line in lines if line["event"] == "fault")
    assert fault["kind"] == "RuntimeError" and fault["where"]
    for hidden in ("a@example.test", "13800138000", "sk_live", "u:pw", "local-variable", "\n"):
        assert hidden not in str(fault["message"]) and "local-variable" not in str(fault)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("duplicate key (login)=(li.lei@example.test)", "duplicate key (login)=([…])"),
        ("call 138 0013 8000 now", "call […] now"),
        ("key whsec_abcdef and lm_xyz", "key […] and […]"),
        ("one\ntwo\r\nthree", "one two three"),
        ("column 42 of 7 rows", "column 42 of 7 rows"),
    ],
)
def test_messages_are_redacted_before_they_are_logged(text: str, shown: str) -> None:
    assert http.redact(text) == shown


def test_O05_logged_exceptions_have_no_local_variables(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        configure_logging(settings)
        password = "local-" + "secret"
        try:
            raise ValueError("x") if password else KeyError
        except ValueError:
            structlog.get_logger("test").exception("failed")
    finally:
        structlog.configure(**before)
    written = capsys.readouterr().err
    assert '"event": "failed"' in written and "ValueError" in written
    assert "local-secret" not in written


def test_the_policy_of_the_page_allows_its_own_scripts_and_no_others() -> None:
    script = "\n  window.__start = 1;\n"
    policy = page_policy(
        f'<html><script src="/a.js"></script><script>{script}</script><style>p{{}}</style><p onclick="x()"></p></html>'
    )
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["script-src"] == f"'self' 'sha256-{digest}'"
    assert "'unsafe-inline'" not in parts["script-src"] + parts["style-src"]
    assert parts["default-src"] == "'self'" and parts["object-src"] == "'none'" and parts["base-uri"] == "'none'"
    assert (
        parts["frame-ancestors"] == "'none'"
        and parts["form-action"] == "'self'"
        and parts["img-src"] == "'self' data: blob:"
    )


async def test_cookies_are_bound_to_host_and_https_in_production(settings: Settings) -> None:
    from market.people import sessions
    from market.people.controllers import _cookie

    production = settings.model_copy(update={"env": "production"})
    cookie = _cookie(production, sessions.cookie_name(production), "v", 1)
    assert cookie.to_header(header="").startswith("__Host-session=v")
    assert (
        cookie.secure and cookie.httponly and cookie.path == "/" and cookie.domain is None and cookie.samesite == "lax"
    )
