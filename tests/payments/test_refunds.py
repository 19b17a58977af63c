"""Money on its way back: at most once, at most what came, and known also when we did not ask for it."""

import asyncio
from uuid import uuid4

import pytest

from market.money import Money
from market.payments import inbox, queries, service
from market.payments.gateway import GatewayUnavailable
from tests.payments.conftest import Shop


async def held(shop: Shop) -> int:
    return (await shop.gateway.balance()).get("CNY", 0)


async def perform(shop: Shop, refund_id: object) -> None:
    await service.perform_refund(shop.db, gateway=shop.gateway, handle=shop.handle, refund_id=refund_id)


async def test_a_refund_is_asked_in_our_transaction_and_performed_by_a_job(shop: Shop) -> None:
    session_id = await shop.paid()
    await shop.refund(session_id, 3000)
    assert await held(shop) == 8000
    await shop.worker.drain()
    assert await held(shop) == 5000
    (fact,) = await shop.told("RefundUpdated")
    assert (fact["status"], fact["previous"], fact["ours"], fact["amount"]["minor"]) == (
        "succeeded",
        "asked",
        True,
        3000,
    )
    await shop.deliver()
    await shop.worker.drain()
    assert len(await shop.told("RefundUpdated")) == 1


async def test_a_refund_asked_in_a_transaction_that_fails_never_happens(shop: Shop) -> None:
    session_id = await shop.paid()
    row = await shop.row(session_id)
    with pytest.raises(RuntimeError):
        async with shop.db.transaction() as tx:
            await service.ask_refund(tx, order_id=row["order_id"], amount=Money(3000, "CNY"))
            raise RuntimeError("changed my mind")
    await shop.worker.drain()
    assert await held(shop) == 8000


@pytest.mark.parametrize("fault", ["error_after", "garbage", "cut"])
async def test_T5_M25_a_refund_whose_answer_was_lost_is_not_made_twice(shop: Shop, fault: str) -> None:
    session_id = await shop.paid()
    refund_id = await shop.refund(session_id, 3000)
    await shop.script(api=[{"path": "refunds", "fault": fault}])
    with pytest.raises(GatewayUnavailable):
        await perform(shop, refund_id)
    # after more than a day the provider has forgotten the key: only looking first helps
    await shop.value("TRUNCATE sandbox.idempotency")
    await perform(shop, refund_id)
    await perform(shop, refund_id)
    assert await held(shop) == 5000
    assert len(await shop.told("RefundUpdated")) == 1


async def test_M25_negative_control_without_the_key_and_the_look_there_are_two(shop: Shop) -> None:
    session_id = await shop.paid()
    refund_id = await shop.refund(session_id, 3000)
    await perform(shop, refund_id)
    await shop.value("TRUNCATE sandbox.idempotency")
    await shop.value("UPDATE payment_refunds SET status = 'asked', tried_at = NULL, provider_refund = NULL")
    await perform(shop, refund_id)
    assert await held(shop) == 2000


async def test_M26_two_workers_with_the_same_refund_make_one(shop: Shop) -> None:
    session_id = await shop.paid()
    refund_id = await shop.refund(session_id, 3000)
    results = await asyncio.gather(*(perform(shop, refund_id) for _ in range(4)), return_exceptions=True)
    assert all(each is None or isinstance(each, GatewayUnavailable) for each in results)
    await shop.worker.drain()
    assert await held(shop) == 5000
    assert len(await shop.told("RefundUpdated")) == 1


async def test_M32_two_refunds_of_700_on_1000_are_one(shop: Shop) -> None:
    session_id = await shop.paid(minor=1000)
    results = await asyncio.gather(*(shop.refund(session_id, 700) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["NothingToRefund", "UUID"]
    await shop.worker.drain()
    assert await held(shop) == 300


async def test_more_than_was_paid_or_nothing_is_not_paid_back(shop: Shop) -> None:
    session_id = await shop.paid()
    for minor in (0, -1, 8001):
        with pytest.raises(service.NothingToRefund):
            await shop.refund(session_id, minor)


async def test_what_was_never_paid_is_not_paid_back(shop: Shop) -> None:
    session_id = await shop.open()
    with pytest.raises(service.NothingToRefund):
        await shop.refund(session_id, 1)


async def test_a_refund_the_provider_refuses_has_failed_and_can_be_asked_again(shop: Shop) -> None:
    session_id = await shop.paid()
    await shop.refund(session_id, 8000)
    await shop.script(api=[{"path": "refunds", "fault": "declined"}])
    await shop.worker.drain()
    (fact,) = await shop.told("RefundUpdated")
    assert (fact["status"], fact["reason"]) == ("failed", "card_declined")
    await shop.refund(session_id, 8000)
    await shop.worker.drain()
    assert await held(shop) == 0


async def test_a_refusal_that_comes_late_does_not_undo_a_refund_that_was_made(shop: Shop) -> None:
    """One call got through while its twin was refused: what the provider says it did counts."""
    refund_id = await shop.refund(await shop.paid(), 3000)
    async with shop.db.transaction() as made:
        await queries.update_refund_status(made, refund_id, status="succeeded")

        async def refused() -> None:
            async with shop.db.transaction() as tx:
                await inbox.fail_refund(tx, refund_id, reason="charge_already_refunded", handle=shop.handle)

        late = asyncio.create_task(refused())
        await asyncio.sleep(0.2)
    await late
    assert await shop.value("SELECT status FROM payment_refunds") == "succeeded"
    assert await shop.told("RefundUpdated") == []


async def test_the_reconciler_finishes_a_refund_whose_job_was_lost(shop: Shop) -> None:
    session_id = await shop.paid()
    await shop.refund(session_id, 3000)
    await shop.value("TRUNCATE pgqueuer")
    done = await shop.reconcile()
    assert done.refunds == 1
    assert await held(shop) == 5000
    assert [fact["status"] for fact in await shop.told("RefundUpdated")] == ["succeeded"]


async def test_M33_a_refund_that_fails_days_later_is_told_and_can_be_asked_again(shop: Shop) -> None:
    session_id = await shop.paid()
    refund_id = await shop.refund(session_id, 8000)
    await shop.worker.drain()
    (made,) = await shop.events("refund.created")
    failed = made["data"]["object"] | {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    late = made["data"]["object"] | {"status": "pending"}
    await shop.receive(made | {"id": "evt_failed", "type": "refund.failed", "data": {"object": failed}})
    await shop.receive(made | {"id": "evt_late", "type": "refund.updated", "data": {"object": late}})
    facts = await shop.told("RefundUpdated")
    assert [(fact["previous"], fact["status"]) for fact in facts] == [("asked", "succeeded"), ("succeeded", "failed")]
    assert facts[1]["refund_id"] == str(refund_id)
    assert await shop.refund(session_id, 8000)


async def test_M34_a_refund_made_at_the_provider_is_learnt_once(shop: Shop) -> None:
    session_id = await shop.paid()
    row = await shop.row(session_id)
    await shop.gateway.refund(uuid4(), payment_id=row["provider_payment"], amount=Money(2000, "CNY"))
    await shop.deliver()
    await shop.worker.drain()
    await shop.deliver()
    await shop.worker.drain()
    (fact,) = await shop.told("RefundUpdated")
    assert (fact["ours"], fact["previous"], fact["status"], fact["amount"]["minor"]) == (False, "", "succeeded", 2000)
    with pytest.raises(service.NothingToRefund):
        await shop.refund(session_id, 6001)


async def test_our_own_refund_is_not_taken_for_a_foreign_one_when_its_webhook_is_faster(shop: Shop) -> None:
    session_id = await shop.paid()
    refund_id = await shop.refund(session_id, 3000)
    await shop.script(api=[{"path": "refunds", "fault": "error_after"}])
    with pytest.raises(GatewayUnavailable):
        await perform(shop, refund_id)
    await shop.deliver()
    (fact,) = await shop.told("RefundUpdated")
    assert (fact["ours"], fact["refund_id"]) == (True, str(refund_id))
    await shop.worker.drain()
    assert len(await shop.told("RefundUpdated")) == 1
    assert await held(shop) == 5000
