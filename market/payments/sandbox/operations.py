"""The operations of the sandbox's API: what each call checks, changes and answers."""

from typing import Any

from market.db import Connection
from market.money import EXPONENTS
from market.payments.sandbox import connect, disputes, events, objects, queries
from market.payments.sandbox.faults import StripeFault, missing
from market.payments.sandbox.parameters import metadata, text, url, whole
from market.payments.sandbox.script import Plan
from market.payments.sandbox.work import Operation, Work, make_id

MIN_LIFE_S, MAX_LIFE_S = 30 * 60, 24 * 3600
MAX_AMOUNT = 99_999_999


# --- checkout sessions -------------------------------------------------------------------------------------------------


async def _create_session(work: Work, _: str) -> dict[str, Any]:
    asked = work.asked
    if asked.get("mode") != "payment":
        raise StripeFault(400, "The sandbox knows mode=payment only.", param="mode")
    currency, lines = _line_items(asked)
    amount = sum(line["amount"] * line["quantity"] for line in lines)
    if not 0 < amount <= MAX_AMOUNT:
        raise StripeFault(
            400, "The amount is too small or too large.", code="amount_too_small" if amount <= 0 else "amount_too_large"
        )
    expires_at = whole(asked, "expires_at", work.now + MAX_LIFE_S)
    if not work.now + MIN_LIFE_S <= expires_at <= work.now + MAX_LIFE_S:
        raise StripeFault(
            400,
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    identity = make_id("cs_test_", 58)
    session = objects.checkout_session(
        identity=identity, now=work.now, url=f"{work.base_url}/sandbox/pay/{identity}", amount=amount, currency=currency,
        expires_at=expires_at, success_url=url(asked, "success_url", required=True) or "", cancel_url=url(asked, "cancel_url"),
        client_reference_id=text(asked, "client_reference_id", 200), metadata=metadata(asked),
        locale=text(asked, "locale", 10), intent_metadata=metadata(asked.get("payment_intent_data") or {}),
    )  # fmt: skip
    items = [
        objects.line_item(identity=make_id("li_"), price=make_id("price_"), product=make_id("prod_"), currency=currency, now=work.now,
                          title=line["title"], amount=line["amount"], quantity=line["quantity"])
        for line in lines
    ]  # fmt: skip
    await queries.insert_objects(work.tx, [(session, None), *((item, identity) for item in items)])
    return session


async def _retrieve_session(work: Work, identity: str) -> dict[str, Any]:
    session = await queries.object_by_id(work.tx, "checkout.session", identity)
    if session is None:
        raise missing("checkout.session", identity)
    if session["status"] == "open" and session["expires_at"] <= work.now:
        return await lapse(work.tx, session, plan=work.plan, now=work.now)
    return session


async def _session_lines(work: Work, identity: str) -> dict[str, Any]:
    await _retrieve_session(work, identity)
    items = await queries.children(work.tx, "item", identity)
    return objects.page(items, url=f"/v1/checkout/sessions/{identity}/line_items", has_more=False)


async def _expire_session(work: Work, identity: str) -> dict[str, Any]:
    session = await queries.lock_object(work.tx, "checkout.session", identity)
    if session is None:
        raise missing("checkout.session", identity)
    if session["status"] != "open":
        raise StripeFault(
            400, 'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`.",
        )  # fmt: skip
    return await lapse(work.tx, session, plan=work.plan, now=work.now)


async def lapse(tx: Connection, session: dict[str, Any], *, plan: Plan, now: int) -> dict[str, Any]:
    """An open session ends unpaid; the caller holds its row or its being past its time."""
    locked = await queries.lock_object(tx, "checkout.session", session["id"])
    if locked is None or locked["status"] != "open":
        return locked or session
    locked |= {"status": "expired", "url": None}
    await queries.update_object(tx, locked)
    await events.queue(tx, [("checkout.session.expired", locked)], plan=plan, now=now)
    return locked


def _line_items(asked: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    given = asked.get("line_items")
    if not isinstance(given, list) or not 0 < len(given) <= 100:
        raise StripeFault(400, "Missing required param: line_items.", code="parameter_missing", param="line_items")
    lines, currencies = [], set()
    for number, item in enumerate(given):
        at = f"line_items[{number}]"
        price = item.get("price_data") if isinstance(item, dict) else None
        product = price.get("product_data") if isinstance(price, dict) else None
        if not isinstance(price, dict) or not isinstance(product, dict):
            raise StripeFault(400, f"Missing required param: {at}[price_data].", code="parameter_missing", param=at)
        title = text(product, "name", 250)
        amount, quantity = whole(price, "unit_amount"), whole(item, "quantity")
        if not title or not 0 <= amount <= MAX_AMOUNT or not 0 < quantity <= 10_000:
            raise StripeFault(400, f"Invalid line item: {at}.", param=at)
        currency = text(price, "currency", 3) or ""
        if currency.upper() not in EXPONENTS or currency != currency.lower():
            raise StripeFault(400, f"Invalid currency: {currency}.", param=f"{at}[price_data][currency]")
        currencies.add(currency)
        lines.append({"title": title, "amount": amount, "quantity": quantity})
    if len(currencies) != 1:
        raise StripeFault(400, "All line items must have the same currency.", param="line_items")
    return currencies.pop(), lines


# --- refunds -----------------------------------------------------------------------------------------------------------


async def _create_refund(work: Work, _: str) -> dict[str, Any]:
    asked = work.asked
    charge = await _refunded_charge(work)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = whole(asked, "amount", left)
    if charge["refunded"] or left <= 0:
        raise StripeFault(
            400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", kept=True
        )
    if not 0 < amount <= left:
        raise StripeFault(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            kept=True,
        )
    identity, transaction = make_id("re_"), make_id("txn_")
    refund = objects.refund(
        identity=identity, now=work.now, amount=amount, currency=charge["currency"], intent=charge["payment_intent"],
        charge=charge["id"], transaction=transaction, reason=text(asked, "reason", 50), metadata=metadata(asked),
    )  # fmt: skip
    booked = objects.balance_transaction(
        identity=transaction, now=work.now, amount=-amount, currency=charge["currency"], source=identity, kind="refund"
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    await queries.insert_objects(work.tx, [(refund, charge["payment_intent"]), (booked, identity)])
    await queries.update_object(work.tx, charge)
    await events.queue(work.tx, [("refund.created", refund), ("charge.refunded", charge)], plan=work.plan, now=work.now)
    return refund


async def _refunded_charge(work: Work) -> dict[str, Any]:
    """The charge a refund is for, locked."""
    identity, intent_id = text(work.asked, "charge", 255), text(work.asked, "payment_intent", 255)
    if identity is None:
        intent = await queries.object_by_id(work.tx, "payment_intent", intent_id or "")
        if intent is None:
            raise StripeFault(
                404, f"No such payment_intent: '{intent_id}'", code="resource_missing", param="payment_intent"
            )
        identity = intent["latest_charge"] or ""
    charge = await queries.lock_object(work.tx, "charge", identity)
    if charge is None or not charge["paid"]:
        raise StripeFault(400, "This payment has no successful charge to refund.", code="charge_not_refundable")
    return charge


# --- reading -----------------------------------------------------------------------------------------------------------


def _retrieve(kind: str) -> Operation:
    async def retrieve(work: Work, identity: str) -> dict[str, Any]:
        thing = await queries.object_by_id(work.tx, kind, identity)
        if thing is None:
            raise missing(kind, identity)
        return thing

    return retrieve


def _list(kind: str, url: str, filters: tuple[str, ...]) -> Operation:
    async def listing(work: Work, _: str) -> dict[str, Any]:
        asked = work.asked
        limit = whole(asked, "limit", 10)
        if not 1 <= limit <= 100:
            raise StripeFault(400, "limit must be between 1 and 100", param="limit")
        created = asked.get("created", {})
        if not isinstance(created, dict):
            created = {"gte": created, "lte": created}
        found = await queries.objects(
            work.tx, kind, limit=limit + 1, after=text(asked, "starting_after", 255), before=text(asked, "ending_before", 255),
            matching={name: asked[name] for name in filters if isinstance(asked.get(name), str)},
            created={bound: whole(created, bound) for bound in ("gt", "gte", "lt", "lte") if bound in created},
        )  # fmt: skip
        kept = found[-limit:] if "ending_before" in asked else found[:limit]
        return objects.page([objects.shown(each) for each in kept], url=url, has_more=len(found) > limit)

    return listing


async def _balance(work: Work, _: str) -> dict[str, Any]:
    return objects.balance(await queries.balances(work.tx))


OPERATIONS: dict[str, Operation] = {
    "POST checkout/sessions": _create_session,
    "GET checkout/sessions": _list("checkout.session", "/v1/checkout/sessions", ("payment_intent", "status")),
    "GET checkout/sessions/{id}": _retrieve_session,
    "GET checkout/sessions/{id}/line_items": _session_lines,
    "POST checkout/sessions/{id}/expire": _expire_session,
    "GET payment_intents/{id}": _retrieve("payment_intent"),
    "GET charges/{id}": _retrieve("charge"),
    "POST refunds": _create_refund,
    "GET refunds": _list("refund", "/v1/refunds", ("payment_intent", "charge")),
    "GET refunds/{id}": _retrieve("refund"),
    "GET balance_transactions": connect.with_sources(
        _list("balance_transaction", "/v1/balance_transactions", ("type", "source", "currency"))
    ),
    "GET accounts/{id}": _retrieve("account"),
    "GET transfers": _list("transfer", "/v1/transfers", ("transfer_group", "destination")),
    "GET transfers/{id}": _retrieve("transfer"),
    "GET disputes": _list("dispute", "/v1/disputes", ("payment_intent", "charge")),
    "GET disputes/{id}": _retrieve("dispute"),
    **connect.OPERATIONS,
    **disputes.OPERATIONS,
    "GET balance": _balance,
}
