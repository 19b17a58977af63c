"""The sandbox's accounts of partners, transfers to them and back, and the list of all movements of our balance."""

from typing import Any

from market.db import Database
from market.errors import NotFound
from market.payments.sandbox import money_objects, objects, queries
from market.payments.sandbox.faults import StripeFault, missing
from market.payments.sandbox.parameters import metadata, text, url, whole
from market.payments.sandbox.work import Operation, Work, make_id


async def _create_account(work: Work, _: str) -> dict[str, Any]:
    account = money_objects.account(identity=make_id("acct_", 16), now=work.now, metadata=metadata(work.asked))
    await queries.insert_objects(work.tx, [(account, None)])
    return account


async def _create_link(work: Work, _: str) -> dict[str, Any]:
    account = await queries.object_by_id(work.tx, "account", text(work.asked, "account", 255) or "")
    if account is None:
        raise missing("account", str(work.asked.get("account")))
    back = url(work.asked, "return_url", required=True)
    account["_return_url"] = back
    await queries.update_object(work.tx, account)
    return {
        "object": "account_link",
        "created": work.now,
        "expires_at": work.now + 300,
        "url": f"{work.base_url}/sandbox/connect/{account['id']}",
    }


async def _create_transfer(work: Work, _: str) -> dict[str, Any]:
    asked = work.asked
    account = await queries.lock_object(work.tx, "account", text(asked, "destination", 255) or "")
    if account is None:
        raise StripeFault(
            400, f"No such destination: '{asked.get('destination')}'", code="resource_missing", param="destination"
        )
    if not account["payouts_enabled"]:
        raise StripeFault(
            400, "Your destination account needs to have at least one of the following capabilities enabled: transfers",
            code="insufficient_capabilities_for_transfer", kept=True,
        )  # fmt: skip
    amount, currency = whole(asked, "amount"), text(asked, "currency", 3) or ""
    held = (await queries.balances(work.tx)).get(currency, 0)
    if amount < 1:
        raise StripeFault(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > held:
        raise StripeFault(
            400, "You have insufficient funds in your Stripe account.", code="balance_insufficient", kept=True
        )
    identity, transaction = make_id("tr_"), make_id("txn_")
    made = money_objects.transfer(
        identity=identity, now=work.now, amount=amount, currency=currency, destination=account["id"], transaction=transaction,
        group=text(asked, "transfer_group", 255), metadata=metadata(asked),
    )  # fmt: skip
    booked = objects.balance_transaction(
        identity=transaction, now=work.now, amount=-amount, currency=currency, source=identity, kind="transfer"
    )
    account["_balance"] += amount
    await queries.insert_objects(work.tx, [(made, account["id"]), (booked, identity)])
    await queries.update_object(work.tx, account)
    return made


async def _create_reversal(work: Work, identity: str) -> dict[str, Any]:
    made = await queries.lock_object(work.tx, "transfer", identity)
    if made is None:
        raise missing("transfer", identity)
    account = await queries.lock_object(work.tx, "account", made["destination"])
    assert account is not None
    left = made["amount"] - made["amount_reversed"]
    amount = whole(work.asked, "amount", left)
    if not 0 < amount <= left:
        raise StripeFault(
            400, f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})", kept=True
        )
    if amount > account["_balance"]:
        raise StripeFault(400, "The connected account has insufficient funds.", code="balance_insufficient", kept=True)
    reversal, transaction = make_id("trr_"), make_id("txn_")
    back = money_objects.transfer_reversal(
        identity=reversal, now=work.now, amount=amount, currency=made["currency"], transfer=identity, transaction=transaction,
        metadata=metadata(work.asked),
    )  # fmt: skip
    booked = objects.balance_transaction(
        identity=transaction,
        now=work.now,
        amount=amount,
        currency=made["currency"],
        source=reversal,
        kind="transfer_refund",
    )
    made["amount_reversed"] += amount
    made["reversed"] = made["amount_reversed"] == made["amount"]
    account["_balance"] -= amount
    await queries.insert_objects(work.tx, [(back, identity), (booked, reversal)])
    await queries.update_object(work.tx, made)
    await queries.update_object(work.tx, account)
    return back


async def _list_reversals(work: Work, identity: str) -> dict[str, Any]:
    items = await queries.children(work.tx, "transfer_reversal", identity)
    return objects.page(
        [objects.shown(each) for each in items[::-1]], url=f"/v1/transfers/{identity}/reversals", has_more=False
    )


async def account_of(db: Database, account_id: str) -> dict[str, Any]:
    """A partner's account; raises NotFound."""
    async with db.read() as tx:
        account = await queries.object_by_id(tx, "account", account_id)
    if account is None:
        raise NotFound("This account")
    return account


async def open_account(db: Database, account_id: str) -> str:
    """The partner has told all that the provider asks for; returns where it goes back to. Raises NotFound."""
    async with db.transaction() as tx:
        account = await queries.lock_object(tx, "account", account_id)
        if account is None:
            raise NotFound("This account")
        account |= {
            "details_submitted": True, "payouts_enabled": True, "capabilities": {"transfers": "active"},
            "requirements": {"currently_due": [], "disabled_reason": None},
        }  # fmt: skip
        await queries.update_object(tx, account)
    return str(account.get("_return_url") or "/")


def with_sources(listing: Operation) -> Operation:
    """A list of balance transactions that knows `expand[]=data.source`."""

    async def expanded(work: Work, identity: str) -> dict[str, Any]:
        page = await listing(work, identity)
        wish = work.asked.get("expand", [])
        if "data.source" in (wish.values() if isinstance(wish, dict) else wish):
            found = await queries.objects_by_id(work.tx, [each["source"] for each in page["data"]])
            page["data"] = [each | {"source": found.get(each["source"], each["source"])} for each in page["data"]]
        return page

    return expanded


OPERATIONS: dict[str, Operation] = {
    "POST accounts": _create_account,
    "POST account_links": _create_link,
    "POST transfers": _create_transfer,
    "POST transfers/{id}/reversals": _create_reversal,
    "GET transfers/{id}/reversals": _list_reversals,
}
