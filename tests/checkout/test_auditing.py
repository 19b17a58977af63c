"""`market audit` names every promise of the sales that somebody broke behind the program's back, by raw SQL."""

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from market.app import Parts, create_worker
from market.checkout import auditing
from market.checkout.schemas import Line
from market.payments.sandbox.script import ApiFault, Plan
from market.payments.sandbox.service import set_plan
from tests.checkout.conftest import _no_search
from tests.checkout.town import Town


@pytest.fixture
async def shop(parts: Parts) -> AsyncIterator[Town]:
    """A town with one paid order of a class and a room; nothing is checked afterwards, as the tests break it."""
    async with parts.running():
        worker = create_worker(parts)
        worker.on("search.refresh", _no_search)
        made = await Town(parts, worker).build()
        await made.buy(await made.buyer(), Line(offer_id=await made.offer()), made.hour())
        assert await named(made) == {}
        yield made


async def named(town: Town, *, provider: bool = True) -> dict[str, str]:
    """What the audit finds, by check."""
    found = await auditing.audit(town.db, gateway=town.parts.gateway if provider else None)
    return {each.check: each.message for each in found}


async def run(town: Town, *statements: str) -> None:
    """Raw SQL, past all triggers."""
    async with town.db.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            await tx.execute(statement)


POOL = (
    "INSERT INTO subsidy_pools (community_id, fund_id, slug, name, discount_bp, month_cap_minor, household_cap_minor, currency, "
    "filled_minor, taken_minor, created_by) SELECT f.community_id, f.id, 'x', 'x', 1, 1, 1, 'CNY', {filled}, {taken}, "
    "(SELECT id FROM persons LIMIT 1) FROM funds f LIMIT 1"
)

BREAKS = {
    "slots-overlap": (
        "ALTER TABLE occupancies DROP CONSTRAINT occupancies_no_overlap",
        "INSERT INTO occupancies (group_id, space_id, space_no, period, starts_at, ends_at, kind, status) "
        "SELECT uuidv7(), space_id, space_no, period, starts_at, ends_at, 'lease', 'active' FROM occupancies",
    ),
    "offer-miscounted": ("UPDATE offers SET taken = taken + 1",),
    "sale-not-posted": ("DELETE FROM ledger_events WHERE event_key LIKE 'sale:%'",),
    "sale-differs": ("UPDATE ledger_transfers SET amount_minor = amount_minor - 1 WHERE id = (SELECT min(id) FROM ledger_transfers)",),
    "refund-exceeds-payment": (
        "ALTER TABLE orders DROP CONSTRAINT orders_check",
        "UPDATE orders SET refunded_minor = payable_minor + 1",
    ),
    "refunds-do-not-add-up": ("UPDATE order_lines SET refunded_minor = 1 WHERE position = 0",),
    "shares-do-not-add-up": ("UPDATE order_lines SET shares = jsonb_set(shares, '{0,amount}', '1') WHERE position = 0",),
    "clearing-differs": ("UPDATE payment_sessions SET paid_minor = paid_minor + 1",),
    "partner-account-negative": (
        "INSERT INTO ledger_accounts (code, currency) VALUES ('partner:x:available', 'CNY')",
        "UPDATE ledger_transfers SET debit_id = (SELECT id FROM ledger_accounts WHERE code = 'partner:x:available')",
    ),
    "partner-owed-positive": (
        "INSERT INTO ledger_accounts (code, currency) VALUES ('partner:x:owed', 'CNY')",
        "UPDATE ledger_transfers SET credit_id = (SELECT id FROM ledger_accounts WHERE code = 'partner:x:owed')",
    ),
    "pending-differs": ("UPDATE order_lines SET earned_at = now()",),
    "cover-differs": (POOL.format(filled=5, taken=0),),
    "pool-taken-differs": (POOL.format(filled=5, taken=5),),
    "deferred-differs": (
        "INSERT INTO passes (line_id, order_id, person_id, partner_id, listing_ids, leftover, units, units_left, value_minor, currency, "
        "valid_until) SELECT l.id, l.order_id, o.person_id, l.partner_id, ARRAY[l.listing_id], 'kept', 1, 1, 5, 'CNY', now() "
        "FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.position = 0",
    ),
    "cover-shares-do-not-add-up": (
        POOL.format(filled=5, taken=5),
        "INSERT INTO line_covers (line_id, source, order_id, label, pool_id, amount_minor, shares) "
        "SELECT l.id, 'subsidy:x', l.order_id, 'x', p.id, 5, '[]' FROM order_lines l, subsidy_pools p WHERE l.position = 0",
    ),
    "payout-not-posted": (
        "INSERT INTO payouts (run_id, partner_id, amount_minor, currency, rail) SELECT uuidv7(), id, 1, 'CNY', 'bank' FROM partners",
    ),
    "payout-differs": (
        "INSERT INTO payouts (run_id, partner_id, amount_minor, currency, rail) SELECT uuidv7(), id, 1, 'CNY', 'bank' FROM partners",
    ),
    "one-person-confirmed": (
        "ALTER TABLE payout_runs DROP CONSTRAINT payout_runs_check",
        "INSERT INTO payout_runs (community_id, due_on, rail, currency, status, exported_by, confirmed_by) "
        "SELECT c.id, '2026-01-01', 'bank', 'CNY', 'done', p.id, p.id FROM communities c, persons p LIMIT 1",
    ),
    "refund-without-books": (
        "INSERT INTO payment_refunds (session_id, order_id, amount_minor, currency) SELECT id, order_id, 1, 'CNY' FROM payment_sessions",
    ),
    "failed-refund-forgotten": (
        "INSERT INTO payment_refunds (session_id, order_id, amount_minor, currency, status) "
        "SELECT id, order_id, 1, 'CNY', 'failed' FROM payment_sessions",
    ),
    "fee-not-posted": (
        "INSERT INTO provider_transactions (id, provider, kind, amount_minor, fee_minor, net_minor, currency, made_at) "
        "VALUES ('txn_1', 'stripe', 'charge', 100, 1, 99, 'CNY', now())",
    ),
    "provider-differs": ("UPDATE payment_sessions SET paid_minor = paid_minor + 1",),
}  # fmt: skip


@pytest.mark.parametrize("check", BREAKS)
async def test_a_broken_promise_is_named(shop: Town, check: str) -> None:
    await run(shop, *BREAKS[check])
    assert check in await named(shop)


async def test_every_promise_has_a_test_that_breaks_it() -> None:
    from market.checkout.audit_queries import PROMISES

    assert PROMISES.keys() <= BREAKS.keys()


async def test_a_line_without_any_shares_is_named(shop: Town) -> None:
    await run(shop, "UPDATE order_lines SET shares = '[]' WHERE position = 1")
    assert "shares 0 of 8000" in (await named(shop))["shares-do-not-add-up"]


async def test_a_free_line_needs_no_shares(shop: Town) -> None:
    await shop.place(await shop.buyer(), Line(offer_id=await shop.offer(kind="free")))
    assert await named(shop) == {}


async def test_the_books_own_promises_are_asked_too(shop: Town) -> None:
    await run(shop, "DELETE FROM ledger_transfers WHERE id = (SELECT max(id) FROM ledger_transfers)")
    assert {"clearing-differs", "sale-differs"} < (await named(shop)).keys()


async def test_a_message_names_the_row(shop: Town) -> None:
    order = await shop.value("SELECT id FROM orders")
    await run(shop, "DELETE FROM ledger_events WHERE event_key LIKE 'sale:%'")
    assert (await named(shop))["sale-not-posted"] == f"order {order} is paid without a sale in the books"


async def test_refunds_and_money_on_its_way_are_no_fault(shop: Town) -> None:
    buyer = await shop.buyer()
    order = await shop.buy(buyer, Line(offer_id=await shop.offer()))
    await shop.refund(buyer, order.id)
    await shop.place(buyer, Line(offer_id=await shop.offer()))
    assert await named(shop) == {}
    await shop.worker.drain()
    await shop.hear()
    assert await named(shop) == {}


async def test_a_dispute_is_no_fault_whether_it_is_open_won_or_lost(shop: Town) -> None:
    payment = await shop.value("SELECT provider_payment FROM payment_sessions")
    for name, statuses in (("dp_1", ("needs_response", "won")), ("dp_2", ("needs_response", "lost"))):
        for status in statuses:
            thing = {
                "id": name,
                "object": "dispute",
                "payment_intent": payment,
                "amount": 18_000,
                "currency": "cny",
                "status": status,
            }
            await shop.receive(
                {"id": f"evt_{uuid4().hex}", "object": "event", "type": "charge.dispute.updated", "api_version": "x",
                 "created": int(time.time()), "livemode": False, "pending_webhooks": 0, "request": None, "data": {"object": thing}}
            )  # fmt: skip
            assert await named(shop, provider=False) == {}, status


async def test_a_silent_provider_is_said_and_left_out_when_not_asked(shop: Town) -> None:
    await set_plan(shop.db, Plan(api=[ApiFault(path="balance", fault="error")]))
    assert (await named(shop)).keys() == {"provider-silent"}
    assert await named(shop, provider=False) == {}
