"""HTTP of the sandbox: Stripe's API under /sandbox/stripe/v1, the payment page, and the script; mounted only outside production."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Literal

from litestar import MediaType, Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.response import Redirect, Stream

from market.db import Database
from market.payments.sandbox import connect, disputes, objects, pages, payments, service
from market.payments.sandbox.courier import Courier
from market.payments.sandbox.script import DisputeEnd, DisputeWish, Plan
from market.payments.sandbox.work import make_id
from market.settings import Settings

MAX_BODY = 256 * 1024
Mailman = NamedDependency[SkipValidation[Courier]]


@get(
    "/sandbox/stripe/v1/{path:path}",
    operation_id="sandbox_read",
    summary="Read from the sandbox as from Stripe",
    include_in_schema=False,
)
async def read(
    request: Request[Any, Any, Any],
    path: FromPath[str],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    text = request.scope["query_string"].decode("ascii", "replace")
    return _send(await service.answer(db, _call(request, "GET", path, text, settings)))


@post(
    "/sandbox/stripe/v1/{path:path}",
    operation_id="sandbox_call",
    summary="Ask the sandbox to do something, as Stripe",
    include_in_schema=False,
    request_max_body_size=MAX_BODY,
)
async def call(
    request: Request[Any, Any, Any],
    path: FromPath[str],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    courier: Mailman,
) -> Response[Any]:
    text = (await request.body()).decode("utf-8", "replace")
    answer = await service.answer(db, _call(request, "POST", path, text, settings))
    courier.wake()
    if answer.spoil is not None and answer.spoil.fault == "slow_after":
        await asyncio.sleep(answer.spoil.seconds)
    return _send(answer)


@get(
    "/sandbox/pay/{session_id:str}",
    operation_id="sandbox_page",
    summary="Payment page of the sandbox",
    include_in_schema=False,
)
async def page(
    session_id: FromPath[str], db: NamedDependency[Database], declined: FromQuery[bool] = False
) -> Response[str]:
    return _page(await payments.visit(db, session_id), declined=declined)


@post(
    "/sandbox/pay/{session_id:str}",
    operation_id="sandbox_pay",
    summary="Pay, be declined or go back: form field outcome=paid|declined|abandoned",
    include_in_schema=False,
    request_max_body_size=4096,
    status_code=303,
)
async def pay(
    request: Request[Any, Any, Any], session_id: FromPath[str], db: NamedDependency[Database], courier: Mailman
) -> Response[Any]:
    choice = await _choice(request)
    if choice is None:
        return Response("outcome must be paid, declined or abandoned\n", status_code=422, media_type=MediaType.TEXT)
    ending, session = await payments.choose(db, session_id, choice)
    courier.wake()
    if ending == "expired":
        return _page(payments.Visit(session, []), declined=False)
    target = {
        "paid": session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id),
        "declined": f"/sandbox/pay/{session_id}?declined=true",
        "abandoned": session["cancel_url"] or session["success_url"],
    }[ending]
    return Redirect(target, status_code=303)


@get(
    "/sandbox/connect/{account_id:str}",
    operation_id="sandbox_account_page",
    summary="Where a partner opens its account in the sandbox",
    include_in_schema=False,
)
async def account_page(account_id: FromPath[str], db: NamedDependency[Database]) -> Response[str]:
    account = await connect.account_of(db, account_id)
    headers = {"Content-Security-Policy": pages.content_policy(account), "Cache-Control": "no-store"}
    return Response(pages.connect_page(account), media_type=MediaType.HTML, headers=headers)


@post(
    "/sandbox/connect/{account_id:str}",
    operation_id="sandbox_open_account",
    summary="Open the partner's account and go back",
    include_in_schema=False,
    status_code=303,
)
async def open_account(account_id: FromPath[str], db: NamedDependency[Database]) -> Redirect:
    return Redirect(await connect.open_account(db, account_id), status_code=303)


@post(
    "/sandbox/disputes",
    operation_id="sandbox_dispute",
    summary="Have a bank take a payment back",
    include_in_schema=False,
    status_code=201,
)
async def dispute(data: JSONBody[DisputeWish], db: NamedDependency[Database], courier: Mailman) -> dict[str, Any]:
    made = await disputes.open_dispute(db, data.payment_intent, amount=data.amount, reason=data.reason)
    courier.wake()
    return objects.shown(made)


@post(
    "/sandbox/disputes/{dispute_id:str}",
    operation_id="sandbox_decide_dispute",
    summary="Have the bank decide",
    include_in_schema=False,
    status_code=200,
)
async def decide_dispute(
    dispute_id: FromPath[str], data: JSONBody[DisputeEnd], db: NamedDependency[Database], courier: Mailman
) -> dict[str, Any]:
    made = await disputes.close_dispute(db, dispute_id, data.status)
    courier.wake()
    return objects.shown(made)


@put(
    "/sandbox/script",
    operation_id="sandbox_script",
    summary="Tell the sandbox how to misbehave",
    include_in_schema=False,
)
async def script(data: JSONBody[Plan], db: NamedDependency[Database]) -> Plan:
    await service.set_plan(db, data)
    return data


def _call(
    request: Request[Any, Any, Any], method: Literal["GET", "POST"], path: str, text: str, settings: Settings
) -> service.ApiCall:
    return service.ApiCall(
        method=method,
        path=path.strip("/"),
        text=text,
        authorization=request.headers.get("authorization", ""),
        key=request.headers.get("idempotency-key"),
        base_url=(settings.base_url or str(request.base_url)).rstrip("/"),
    )


async def _choice(request: Request[Any, Any, Any]) -> payments.Choice | None:
    form = await request.form()
    outcome = form.get("outcome")
    return outcome if outcome in ("paid", "declined", "abandoned") else None


def _page(visit: payments.Visit, *, declined: bool) -> Response[str]:
    session = visit.session
    is_open = session["status"] == "open"
    text = pages.payment_page(session, visit.lines, declined=declined) if is_open else pages.ended_page(session)
    headers = {"Content-Security-Policy": pages.content_policy(session), "Cache-Control": "no-store"}
    return Response(text, status_code=200 if is_open else 410, media_type=MediaType.HTML, headers=headers)


def _send(answer: service.Answer) -> Response[Any]:
    """The answer, or what the script makes of it."""
    headers = {
        "Request-Id": make_id("req_", 14),
        "Stripe-Should-Retry": "true" if answer.status in (409, 429) else "false",
    }
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if answer.status == 429:
        headers["Retry-After"] = "2"
    fault = answer.spoil.fault if answer.spoil else None
    if fault == "error_after":
        return Response(
            b'{"error": {"type": "api_error", "message": "An unknown error occurred"}}',
            status_code=500,
            headers=headers,
        )
    if fault == "garbage":
        return Response(b"<html>\xff\xfe not JSON", media_type="application/json", headers=headers)
    if fault == "cut":
        headers["Content-Length"] = str(len(answer.body))
        return Stream(_half(answer.body), media_type="application/json", headers=headers)
    if fault == "drip" and answer.spoil is not None:
        return Stream(_drip(answer.body, answer.spoil.seconds), media_type="application/json", headers=headers)
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        await asyncio.sleep(seconds / len(body))


handlers = [read, call, page, pay, account_page, open_account, dispute, decide_dispute, script]
