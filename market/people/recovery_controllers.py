"""HTTP of a forgotten password."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from market.db import Database
from market.people import recovery, service
from market.people.controllers import AnyRequest, account_of, address_of, session_token, signed_in
from market.people.schemas import NewPassword, PasswordReset, SignedIn
from market.schemas import Done
from market.settings import Settings


@post(
    "/api/password-resets",
    operation_id="ask_password_reset",
    summary="Have a code sent for a new password",
    status_code=202,
)
async def ask_password_reset(
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    data: JSONBody[PasswordReset],
) -> Done:
    """The answer is the same whether the login has an account or not."""
    await recovery.ask(db, login=data.login, address=address_of(request, settings))
    return Done()


@post(
    "/api/password-resets/confirmation",
    operation_id="reset_password",
    summary="Set a new password with the code",
    status_code=201,
)
async def reset_password(
    request: AnyRequest, db: NamedDependency[Database], settings: NamedDependency[Settings], data: JSONBody[NewPassword]
) -> Response[SignedIn]:
    """Signs in here and ends every other session."""
    session = await recovery.set_password(
        db,
        settings=settings,
        login=data.login,
        code=data.code,
        password=data.password,
        address=address_of(request, settings),
        user_agent=request.headers.get("user-agent", ""),
        replaces=session_token(request, settings),
    )
    account = account_of(await service.account(db, person_id=session.person_id))
    return signed_in(settings, account, session, login=data.login, status=201)


handlers = [ask_password_reset, reset_password]
