"""The webhook inbox: each event counts once, what comes too early waits, what is not ours changes nothing."""

import asyncio
import itertools
from typing import Any
from uuid import uuid4

import pytest

from market.db import Connection
from market.payments import inbox_queries, service
from tests.payments.conftest import Shop, remember


def event_about(session: dict[str, Any], kind: str, thing: dict[str, Any] | None = None) -> dict[str, Any]:
    """Another event of the same moment, with an id of its own."""
    return session | {"id": f"evt_{uuid4().hex}", "type": kind, "data": {"object": thing or session["data"]["object"]}}


async def completed(shop: Shop) -> dict[str, Any]:
    """A paid session's event, not delivered."""
    session_id = await shop.open()
    await shop.pay(session_id)
    return (await shop.events("checkout.session.completed"))[-1]


async def test_M11_the_same_event_five_times_at_once_counts_once(shop: Shop) -> None:
    event = await completed(shop)
    await asyncio.gather(*(shop.receive(event) for _ in range(5)))
    assert len(await shop.told()) == 1
    assert await shop.value("SELECT count(*) FROM webhook_inbox") == 1


async def test_M11_negative_control_without_the_status_guard_and_the_inbox_it_counts_twice(shop: Shop) -> None:
    event = await completed(shop)
    await shop.receive(event)
    await shop.value("TRUNCATE webhook_inbox")
    await shop.receive(event)
    assert len(await shop.told()) == 1
    await shop.value(
        "UPDATE payment_sessions SET status = 'open', provider_payment = NULL, paid_minor = NULL, paid_currency = NULL"
    )
    await shop.receive(event | {"id": "evt_again"})
    assert len(await shop.told()) == 2


async def test_M12_two_event_ids_for_one_payment_count_once(shop: Shop) -> None:
    event = await completed(shop)
    twin = event_about(event, "checkout.session.async_payment_succeeded")
    intent = (await shop.events("payment_intent.succeeded"))[-1]
    await asyncio.gather(shop.receive(event), shop.receive(twin), shop.receive(intent))
    assert len(await shop.told()) == 1
    outcomes = await shop.value("SELECT array_agg(outcome ORDER BY outcome) FROM webhook_inbox")
    assert outcomes == ["handled", "ignored: of a kind that decides nothing here", "known"]


async def test_M13_a_duplicate_after_days_changes_nothing(shop: Shop) -> None:
    event = await completed(shop)
    await shop.receive(event)
    await shop.value(
        "UPDATE webhook_inbox SET received_at = received_at - interval '90 days', handled_at = handled_at - interval '90 days'"
    )
    await shop.reconcile()
    await shop.receive(event)
    assert len(await shop.told()) == 1
    assert await shop.value("SELECT count(*) FROM webhook_inbox") == 1


async def test_M15_a_webhook_that_is_faster_than_our_own_commit_waits_for_it(shop: Shop) -> None:
    session_id = await shop.insert_session()
    await shop.script(api=[{"path": "checkout/sessions", "fault": "error_after"}])
    with pytest.raises(service.GatewayUnavailable):
        await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    body = await shop.value("SELECT body FROM sandbox.objects WHERE kind = 'checkout.session'")
    from market.payments.sandbox import payments as page

    await page.choose(shop.db, body["id"], "paid")
    await shop.deliver()
    assert await shop.told() == []
    assert await shop.value("SELECT outcome FROM webhook_inbox WHERE handled_at IS NULL") == "parked"
    await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    await shop.worker.drain()
    assert len(await shop.told("SessionPaid")) == 1
    assert await shop.value("SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL") == 0


async def test_M15_a_parked_event_is_also_found_by_the_reconciler(shop: Shop) -> None:
    event = await completed(shop)
    session = event["data"]["object"]["id"]
    await shop.value("UPDATE payment_sessions SET provider_session = NULL, status = 'opening'")
    await shop.receive(event)
    assert await shop.told() == []
    await shop.value("UPDATE payment_sessions SET provider_session = $1, status = 'open', looked_at = now()", session)
    done = await service.reconcile(shop.db, gateway=shop.gateway, handle=shop.handle, min_age_s=1000)
    assert (done.sessions, done.parked) == (0, 1)
    assert len(await shop.told()) == 1


async def test_M15_storing_the_session_and_its_webhook_at_the_same_moment_lose_nothing(shop: Shop) -> None:
    for attempt in range(1, 21):
        event = await completed(shop)
        session = event["data"]["object"]["id"]
        row = await shop.value(
            "UPDATE payment_sessions SET provider_session = NULL, status = 'opening' WHERE provider_session = $1 RETURNING id",
            session,
        )
        store = service._store_opened(shop.db, row, provider_session=session, url="x")
        await asyncio.gather(*([shop.receive(event), store] if attempt % 2 else [store, shop.receive(event)]))
        await shop.worker.drain()
        assert len(await shop.told("SessionPaid")) == attempt


async def test_M15_a_refund_before_its_payment_waits_for_it(shop: Shop) -> None:
    session_id = await shop.open()
    await shop.pay(session_id)
    paid = (await shop.events("checkout.session.completed"))[-1]
    payment = paid["data"]["object"]["payment_intent"]
    refund = {"id": "re_dash", "object": "refund", "amount": 3000, "currency": "cny", "payment_intent": payment, "status": "succeeded",
              "metadata": {}}  # fmt: skip
    await shop.receive(event_about(paid, "refund.created", refund))
    assert await shop.told() == []
    await shop.receive(paid)
    assert [fact.get("status", "paid") for fact in await shop.told()] == ["paid", "succeeded"]
    assert await shop.value("SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL") == 0


async def test_M14_every_order_of_payment_refund_and_dispute_ends_the_same(shop: Shop) -> None:
    ends = set()
    for order in itertools.permutations(range(4)):
        session_id = await shop.open()
        await shop.pay(session_id)
        paid = (await shop.events("checkout.session.completed"))[-1]
        payment = paid["data"]["object"]["payment_intent"]
        refund = {"id": f"re_{uuid4().hex}", "object": "refund", "amount": 3000, "currency": "cny", "payment_intent": payment,
                  "status": "succeeded", "metadata": None}  # fmt: skip
        dispute = {"id": f"dp_{uuid4().hex}", "object": "dispute", "amount": 8000, "currency": "cny", "payment_intent": payment,
                   "status": "needs_response"}  # fmt: skip
        happened = [
            paid,
            event_about(paid, "refund.created", refund),
            event_about(paid, "charge.dispute.created", dispute),
            event_about(paid, "charge.dispute.closed", dispute | {"status": "lost"}),
        ]
        for position in order:
            await shop.receive(happened[position])
        ends.add(
            await shop.value(
                "SELECT (s.status, s.paid_minor, r.status, r.amount_minor, d.status, d.amount_minor)::text FROM payment_sessions s "
                "JOIN payment_refunds r ON r.session_id = s.id JOIN payment_disputes d ON d.session_id = s.id WHERE s.id = $1",
                session_id,
            )
        )
        facts = [fact for fact in await shop.told() if fact["session_id"] == str(session_id)]
        assert "expected" in facts[0], "the payment is told before what came of it"
        assert [fact["status"] for fact in facts if "dispute_id" in fact][-1] == "lost"
    assert ends == {"(paid,8000,succeeded,3000,lost,8000)"}


async def test_M18_an_event_of_a_foreign_account_is_ignored(shop: Shop) -> None:
    event = await completed(shop)
    await shop.receive(event | {"account": "acct_foreign"})
    assert await shop.told() == []
    assert await shop.value("SELECT outcome FROM webhook_inbox") == "ignored: of a connected account that is not ours"


async def test_M19_another_amount_than_asked_is_told_as_it_is(shop: Shop) -> None:
    event = await completed(shop)
    event["data"]["object"] |= {"amount_total": 1, "currency": "usd"}
    await shop.receive(event)
    (fact,) = await shop.told()
    assert (fact["paid_minor"], fact["paid_currency"], fact["expected"]["minor"]) == (1, "USD", 8000)


async def test_M20_metadata_decides_nothing(shop: Shop) -> None:
    victim = await shop.open()
    event = await completed(shop)
    row = await shop.row(victim)
    event["data"]["object"] |= {
        "metadata": {"order_id": str(row["order_id"]), "session_id": str(victim)}, "client_reference_id": str(victim),
    }  # fmt: skip
    await shop.receive(event)
    (fact,) = await shop.told()
    assert fact["provider_session"] == event["data"]["object"]["id"]
    assert fact["order_id"] != str(row["order_id"])
    assert (await shop.row(victim))["status"] == "open"


async def test_M20_a_refund_that_names_anothers_row_in_its_metadata_is_not_taken_for_it(shop: Shop) -> None:
    victim, other = await shop.paid(), await shop.paid()
    asked = await shop.refund(victim, 8000)
    payment = (await shop.row(other))["provider_payment"]
    (event, *_) = await shop.events("checkout.session.completed")
    refund = {"id": "re_x", "object": "refund", "amount": 8000, "currency": "cny", "payment_intent": payment, "status": "succeeded",
              "metadata": {"refund_id": str(asked)}}  # fmt: skip
    await shop.receive(event_about(event, "refund.created", refund))
    (fact,) = await shop.told("RefundUpdated")
    assert (fact["ours"], fact["session_id"]) == (False, str(other))
    assert await shop.value("SELECT status FROM payment_refunds WHERE id = $1", asked) == "asked"


async def test_an_event_about_nothing_of_ours_waits_and_is_closed_after_a_week(shop: Shop) -> None:
    event = await completed(shop)
    event["data"]["object"] |= {"id": "cs_test_of_another_shop"}
    await shop.receive(event)
    assert await shop.told() == []
    await shop.value("UPDATE webhook_inbox SET received_at = now() - interval '8 days'")
    await shop.reconcile()
    assert await shop.value("SELECT outcome FROM webhook_inbox") == "ignored: about nothing of ours"


async def test_when_handling_fails_nothing_is_recorded_so_the_provider_sends_again(shop: Shop) -> None:
    event = await completed(shop)

    async def broken(tx: Connection, fact: service.PaymentFact) -> None:
        await remember(tx, fact)
        raise RuntimeError("no")

    shop.handle = broken
    with pytest.raises(RuntimeError):
        await shop.receive(event)
    assert await shop.value("SELECT count(*) FROM webhook_inbox") == 0
    assert await shop.told() == []
    shop.handle = remember
    await shop.receive(event)
    assert len(await shop.told()) == 1


async def test_a_late_expiry_does_not_undo_a_payment_and_a_late_payment_is_not_lost(shop: Shop) -> None:
    paid = await completed(shop)
    expired = event_about(
        paid, "checkout.session.expired", paid["data"]["object"] | {"payment_status": "unpaid", "status": "expired"}
    )
    await shop.receive(paid)
    await shop.receive(expired)
    assert [("reason" in fact) for fact in await shop.told()] == [False]
    other = await completed(shop)
    await shop.receive(event_about(other, "checkout.session.expired",
                                   other["data"]["object"] | {"payment_status": "unpaid", "status": "expired"}))  # fmt: skip
    await shop.receive(other)
    assert [("reason" in fact) for fact in await shop.told()] == [False, True, False]


async def test_a_slow_payment_counts_when_it_arrives_and_not_before(shop: Shop) -> None:
    event = await completed(shop)
    session = event["data"]["object"]
    await shop.receive(event_about(event, "checkout.session.completed", session | {"payment_status": "unpaid"}))
    assert await shop.told() == []
    await shop.receive(
        event_about(event, "checkout.session.async_payment_failed", session | {"payment_status": "unpaid"})
    )
    (fact,) = await shop.told()
    assert fact["reason"] == "payment failed"


async def test_the_inbox_locks_are_taken_session_first(shop: Shop) -> None:
    """Two events of one payment that meet from both sides do not deadlock."""
    event = await completed(shop)
    session, payment = event["data"]["object"]["id"], event["data"]["object"]["payment_intent"]
    for _ in range(5):

        async def hold(ids: list[str]) -> None:
            async with shop.db.transaction() as tx:
                await inbox_queries.lock_ids(tx, ids)
                await asyncio.sleep(0.01)

        await asyncio.wait_for(asyncio.gather(hold([session, payment]), hold([payment]), hold([session, payment])), 5)
