"""The sandbox's API: authorisation, idempotency as Stripe documents it, and the operations."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from market.db import Database
from market.payments.sandbox import form, objects, queries
from market.payments.sandbox.faults import StripeFault
from market.payments.sandbox.operations import OPERATIONS
from market.payments.sandbox.script import AFTER, ApiFault, Plan
from market.payments.sandbox.work import Operation, Work
from market.settings import SANDBOX_STRIPE_KEY


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One HTTP request to the API. `path` is what follows /v1/, `text` the form of a POST or the query of a GET."""

    method: str
    path: str
    text: str
    authorization: str
    key: str | None
    base_url: str
    """Public address under which payment pages are reached."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back, and how to spoil it if the script says so."""

    status: int
    body: bytes
    replayed: bool = False
    spoil: ApiFault | None = None


async def answer(db: Database, call: ApiCall) -> Answer:
    """Run one API call. Errors are answers too; a scripted fault replaces or spoils the answer."""
    try:
        if call.authorization != f"Bearer {SANDBOX_STRIPE_KEY}":
            raise StripeFault(401, "Invalid API Key provided.", code="api_key_invalid")
        if call.key is not None and not 0 < len(call.key) <= 255:
            raise StripeFault(400, "Idempotency keys have 1 to 255 characters.", kind="idempotency_error")
        asked = form.parse(call.text)
    except StripeFault as refusal:
        return _error(refusal)
    except form.UnreadableForm as refusal:
        return _error(StripeFault(400, f"Invalid form: {refusal}"))
    done = await _run(db, call, asked, scripted=True)
    if done is not None:
        return done
    fault = await _take_fault(db, call)
    if fault is not None and fault.fault == "slow":
        await asyncio.sleep(fault.seconds)
    elif fault is not None and fault.fault not in AFTER:
        return _scripted(fault)
    done = await _run(db, call, asked, scripted=False)
    assert done is not None
    return Answer(done.status, done.body, done.replayed, fault)


async def _run(db: Database, call: ApiCall, asked: dict[str, Any], *, scripted: bool) -> Answer | None:
    """Do the call in one transaction. None, with nothing done, when the script has a fault for it and `scripted` says to look."""
    digest = hashlib.sha256(msgspec.json.encode([call.method, call.path, asked], order="sorted")).digest()
    key = call.key if call.method == "POST" else None
    try:
        async with db.transaction() as tx:
            state = await queries.call_state(tx, key)
            plan = msgspec.convert(state["plan"], Plan)
            if scripted and plan.next_fault(call.path) is not None:
                return None
            if not state["mine"]:
                raise _in_use()
            if state["status"] is not None:
                if state["request_hash"] != digest:
                    raise StripeFault(
                        400, "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                        f"Try using a key other than '{key}' if you meant to execute a different request.",
                        kind="idempotency_error",
                    )  # fmt: skip
                return Answer(state["status"], bytes(state["body"]), replayed=True)
            work = Work(tx, state["now"], asked, plan, call.base_url)
            done = await _operate(work, call)
            if key is not None and not await queries.insert_answer(
                tx, key=key, request_hash=digest, status=done.status, body=done.body
            ):
                raise _in_use()
            return done
    except StripeFault as fault:
        return _error(fault)


async def _operate(work: Work, call: ApiCall) -> Answer:
    operation, identity = _find(call.method, call.path)
    try:
        return Answer(200, msgspec.json.encode(objects.shown(await operation(work, identity))))
    except StripeFault as fault:
        if fault.kept:
            return _error(fault)
        raise


def _find(method: str, path: str) -> tuple[Operation, str]:
    steps = path.strip("/").split("/")
    for pattern, operation in OPERATIONS.items():
        wanted_method, wanted = pattern.split(" ")
        wanted_steps = wanted.split("/")
        if wanted_method == method and len(steps) == len(wanted_steps):
            pairs = list(zip(wanted_steps, steps, strict=True))
            if all(want in ("{id}", step) for want, step in pairs):
                return operation, next((step for want, step in pairs if want == "{id}"), "")
    raise StripeFault(404, f"Unrecognized request URL ({method}: /v1/{path}).")


def _in_use() -> StripeFault:
    return StripeFault(
        409, "There is currently another in-progress request using this idempotency key.", kind="idempotency_error",
        code="idempotency_key_in_use",
    )  # fmt: skip


def _error(fault: StripeFault) -> Answer:
    return Answer(fault.status, msgspec.json.encode(fault.body))


async def _take_fault(db: Database, call: ApiCall) -> ApiFault | None:
    """The scripted fault for this call, which is then used up."""
    async with db.transaction() as tx:
        plan = msgspec.convert(await queries.lock_plan(tx), Plan)
        fault = plan.next_fault(call.path)
        if fault is not None:
            await queries.update_plan(tx, msgspec.to_builtins(plan.without_one(fault)))
        return fault


def _scripted(fault: ApiFault) -> Answer:
    made = {
        "error": StripeFault(500, "An unknown error occurred", kind="api_error"),
        "busy": StripeFault(429, "Too many requests", code="rate_limit"),
        "conflict": _in_use(),
        "declined": StripeFault(402, "Your card was declined.", kind="card_error", code="card_declined"),
    }[fault.fault]
    return _error(made)


async def set_plan(db: Database, plan: Plan) -> None:
    """Misbehave like this from now on."""
    async with db.transaction() as tx:
        await queries.update_plan(tx, msgspec.to_builtins(plan))
