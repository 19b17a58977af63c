"""HTTP of accounts, sessions, tokens and residency."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.db import Database, Row
from market.limits import caller_address
from market.people import personal_data, residency, service, sessions
from market.people.rules import Actor
from market.people.schemas import (
    Account,
    AccountDeletion,
    ChangedAccount,
    Credentials,
    MadeToken,
    Membership,
    NewAccount,
    NewResidency,
    NewToken,
    Residency,
    ResidencyDecision,
    ResidencyRequest,
    SignedIn,
    StaffRole,
    Token,
)
from market.schemas import Done, Page
from market.settings import Settings

DEVICE_DAYS = 180
AnyRequest = Request[Any, Any, Any]


def address_of(request: AnyRequest, settings: Settings) -> str:
    """What the caller is counted under."""
    return caller_address(request.client.host if request.client else None, request.headers, settings.trusted_proxies)


def session_token(request: AnyRequest, settings: Settings) -> str | None:
    """The session cookie that came with the request."""
    return request.cookies.get(sessions.cookie_name(settings))


def _cookie(settings: Settings, key: str, value: str, days: int) -> Cookie:
    return Cookie(
        key=key, value=value, max_age=days * 86_400, path="/", httponly=True, secure=settings.production, samesite="lax"
    )


def _device_name(settings: Settings) -> str:
    return "__Host-device" if settings.production else "device"


def account_of(row: Row) -> Account:
    """The account as its person sees it."""
    return Account(
        id=row["id"],
        name=row["name"],
        locale=row["locale"],
        logins=row["logins"],
        groups=row["groups"],
        residencies=[Residency(**each) for each in row["residencies"]],
        roles=[StaffRole(**each) for each in row["roles"]],
        partners=[Membership(**each) for each in row["partners"]],
        wants_reminders=row["wants_reminders"],
    )


def signed_in(
    settings: Settings, account: Account, session: sessions.Session, *, login: str | None, status: int
) -> Response[SignedIn]:
    """The account, its CSRF token and the session's cookie; with `login` also the cookie of a known device."""
    cookies = [_cookie(settings, sessions.cookie_name(settings), session.token, sessions.OLDEST_SESSION_DAYS)]
    if login is not None:
        cookies.append(_cookie(settings, _device_name(settings), sessions.device_cookie(settings, login), DEVICE_DAYS))
    body = SignedIn(account, sessions.csrf_token_of(settings, session.token))
    return Response(body, status_code=status, cookies=cookies, headers={"Cache-Control": "no-store"})


@post("/api/accounts", operation_id="create_account", summary="Sign up", status_code=201)
async def create_account(
    request: AnyRequest, db: NamedDependency[Database], settings: NamedDependency[Settings], data: JSONBody[NewAccount]
) -> Response[SignedIn]:
    """Signs up and in. A login that is taken gets the same answer, but its session is not valid and its owner gets a message."""
    made = await service.sign_up(
        db,
        login=data.login,
        password=data.password,
        name=data.name,
        locale=data.locale,
        address=address_of(request, settings),
        user_agent=request.headers.get("user-agent", ""),
        replaces=session_token(request, settings),
    )
    account = Account(
        id=made.person_id,
        name=made.name,
        locale=made.locale,
        logins=[made.login],
        residencies=[],
        groups=[],
        roles=[],
        partners=[],
    )
    return signed_in(settings, account, made.session, login=None, status=201)


@post("/api/sessions", operation_id="sign_in", summary="Sign in", status_code=201)
async def sign_in(
    request: AnyRequest, db: NamedDependency[Database], settings: NamedDependency[Settings], data: JSONBody[Credentials]
) -> Response[SignedIn]:
    """Sets the session cookie; the CSRF token goes into the header X-CSRF-Token of every request that changes something."""
    session = await service.sign_in(
        db,
        login=data.login,
        password=data.password,
        address=address_of(request, settings),
        device=sessions.known_device(settings, data.login, request.cookies.get(_device_name(settings))),
        user_agent=request.headers.get("user-agent", ""),
        replaces=session_token(request, settings),
    )
    account = account_of(await service.account(db, person_id=session.person_id))
    return signed_in(settings, account, session, login=data.login, status=201)


@delete("/api/sessions/current", operation_id="sign_out", summary="Sign out", status_code=200)
async def sign_out(
    request: AnyRequest, db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[Done]:
    await sessions.sign_out(db, session_token=session_token(request, settings) or "")
    gone = Cookie(
        key=sessions.cookie_name(settings),
        value="",
        max_age=0,
        path="/",
        httponly=True,
        secure=settings.production,
        samesite="lax",
    )
    return Response(Done(), cookies=[gone])


@get("/api/me", operation_id="get_me", summary="The signed-in account")
async def get_me(
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
) -> Response[SignedIn]:
    """With a bearer token `csrf_token` is empty: it is not needed."""
    account = account_of(await service.account(db, person_id=actor.person_id))
    token = session_token(request, settings) if actor.scopes is None else None
    body = SignedIn(account, sessions.csrf_token_of(settings, token) if token else "")
    return Response(body, headers={"Cache-Control": "no-store"})


@patch("/api/me", operation_id="change_me", summary="Change name, language, password or reminders")
async def change_me(
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[ChangedAccount],
) -> Response[SignedIn]:
    """A new password needs `current_password`, ends all other sessions and gives this one a new cookie and CSRF token."""
    given = {name: getattr(data, name) or None for name in data.__struct_fields__ if getattr(data, name)}
    fresh = await service.change_account(
        db,
        person_id=actor.person_id,
        name=given.get("name"),
        locale=given.get("locale"),
        password=given.get("password"),
        current_password=given.get("current_password"),
        wants_reminders=data.wants_reminders if isinstance(data.wants_reminders, bool) else None,
        user_agent=request.headers.get("user-agent", ""),
    )
    account = account_of(await service.account(db, person_id=actor.person_id))
    session = fresh or sessions.Session(session_token(request, settings) or "", actor.person_id)
    return signed_in(settings, account, session, login=None, status=200)


@get("/api/me/export", operation_id="export_me", summary="Everything that is stored about me, as one JSON document")
async def export_me(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Response[dict[str, Any]]:
    body = await personal_data.export(db, person_id=actor.person_id)
    return Response(
        body, headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="my-data.json"'}
    )


@delete("/api/me", operation_id="delete_me", summary="Delete my account", status_code=200)
async def delete_me(
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    actor: NamedDependency[Actor],
    data: JSONBody[AccountDeletion],
) -> Response[Done]:
    """Name, logins, addresses and messages go; orders and the ledger stay without a name."""
    await personal_data.delete_account(db, person_id=actor.person_id, password=data.password)
    gone = Cookie(
        key=sessions.cookie_name(settings),
        value="",
        max_age=0,
        path="/",
        httponly=True,
        secure=settings.production,
        samesite="lax",
    )
    return Response(Done(), cookies=[gone])


def _token(row: Row) -> Token:
    return Token(
        id=row["id"], name=row["name"], scopes=row["scopes"], created_at=row["created_at"], expires_at=row["expires_at"]
    )


@get("/api/tokens", operation_id="list_tokens", summary="My bearer tokens")
async def list_tokens(db: NamedDependency[Database], actor: NamedDependency[Actor]) -> Page[Token]:
    return Page([_token(row) for row in await service.list_tokens(db, person_id=actor.person_id)])


@post("/api/tokens", operation_id="create_token", summary="Make a bearer token for an integration", status_code=201)
async def create_token(
    db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NewToken]
) -> Response[MadeToken]:
    """The secret is shown this once."""
    row, secret = await service.create_token(
        db, person_id=actor.person_id, name=data.name, scopes=list(data.scopes), valid_days=data.valid_days
    )
    return Response(MadeToken(_token(row), secret), status_code=201, headers={"Cache-Control": "no-store"})


@delete("/api/tokens/{token_id:uuid}", operation_id="revoke_token", summary="Revoke a bearer token", status_code=200)
async def revoke_token(db: NamedDependency[Database], actor: NamedDependency[Actor], token_id: FromPath[UUID]) -> Done:
    await service.revoke_token(db, person_id=actor.person_id, token_id=token_id)
    return Done()


@post(
    "/api/me/residency",
    operation_id="request_residency",
    summary="Ask a community to confirm that I live there",
    status_code=201,
)
async def request_residency(
    db: NamedDependency[Database], actor: NamedDependency[Actor], data: JSONBody[NewResidency]
) -> Done:
    await residency.request(db, person_id=actor.person_id, community=data.community, address=data.address)
    return Done()


@get(
    "/api/residency-requests",
    operation_id="list_residency_requests",
    summary="Requests to be confirmed as a resident, for staff",
)
async def list_residency_requests(
    db: NamedDependency[Database], actor: NamedDependency[Actor], community: FromQuery[str | None] = None
) -> Page[ResidencyRequest]:
    """Open requests in the communities of which the caller is staff, oldest first."""
    rows = await residency.open_requests(db, actor=actor, community=community)
    return Page([ResidencyRequest(**dict(row)) for row in rows])


@post(
    "/api/residency-requests/{request_id:uuid}/decision",
    operation_id="decide_residency",
    summary="Confirm or refuse a resident",
    status_code=200,
)
async def decide_residency(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    request_id: FromPath[UUID],
    data: JSONBody[ResidencyDecision],
) -> ResidencyRequest:
    row = await residency.decide(db, actor=actor, residency_id=request_id, verified=data.verified, reason=data.reason)
    return ResidencyRequest(**row)


handlers = [
    create_account,
    sign_in,
    sign_out,
    get_me,
    change_me,
    export_me,
    delete_me,
    list_tokens,
    create_token,
    revoke_token,
    request_residency,
    list_residency_requests,
    decide_residency,
]
