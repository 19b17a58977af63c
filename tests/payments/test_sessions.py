"""A payment session from its row to its end: opened once, paid once, closed with the hold, and found again after a crash."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from market.money import Money
from market.payments import service
from market.payments.gateway import ChargeLine, GatewayRefused, GatewayUnavailable
from tests.payments.conftest import SHOP, Shop


async def test_a_session_is_opened_and_paid(shop: Shop) -> None:
    session_id = await shop.open()
    row = await shop.row(session_id)
    assert row["status"] == "open"
    assert row["checkout_url"] == f"{SHOP}/sandbox/pay/{row['provider_session']}"
    await shop.pay(session_id)
    await shop.deliver()
    row = await shop.row(session_id)
    assert (row["status"], row["paid_minor"], row["paid_currency"]) == ("paid", 8000, "CNY")
    (fact,) = await shop.told()
    assert fact["session_id"] == str(session_id)
    assert fact["order_id"] == str(row["order_id"])
    assert fact["payment_id"] == row["provider_payment"]
    assert fact["expected"] == {"minor": 8000, "currency": "CNY"}


async def test_T5_opening_again_gives_the_same_page_and_one_session_at_the_provider(shop: Shop) -> None:
    session_id = await shop.insert_session()
    urls = {await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id) for _ in range(3)}
    assert len(urls) == 1
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == 1


async def test_T5_the_key_is_our_row_so_a_lost_answer_does_not_make_a_second_session(shop: Shop) -> None:
    session_id = await shop.insert_session()
    await shop.script(api=[{"path": "checkout/sessions", "fault": "error_after"}])
    with pytest.raises(GatewayUnavailable):
        await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    assert (await shop.row(session_id))["status"] == "opening"
    await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == 1
    assert await shop.value("SELECT key FROM sandbox.idempotency") == f"session-{session_id}"


async def test_two_processes_that_open_the_same_session_get_one_page(shop: Shop) -> None:
    session_id = await shop.insert_session()
    results = await asyncio.gather(
        *(service.open_session(shop.db, gateway=shop.gateway, session_id=session_id) for _ in range(5)),
        return_exceptions=True,
    )
    urls = {each for each in results if isinstance(each, str)}
    assert len(urls) == 1
    assert all(isinstance(each, (str, GatewayUnavailable)) for each in results)
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'checkout.session'") == 1


async def test_a_refused_session_has_failed_and_says_so(shop: Shop) -> None:
    session_id = await shop.insert_session(minor=100_000_000)
    with pytest.raises(GatewayRefused):
        await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    assert (await shop.row(session_id))["status"] == "failed"
    with pytest.raises(service.SessionClosed):
        await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)


async def test_a_declined_payment_leaves_the_session_payable(shop: Shop) -> None:
    session_id = await shop.open()
    assert await shop.choose(session_id, "declined") == "declined"
    assert await shop.choose(session_id, "abandoned") == "abandoned"
    await shop.deliver()
    assert await shop.told() == []
    await shop.pay(session_id)
    await shop.deliver()
    assert len(await shop.told("SessionPaid")) == 1
    assert await shop.value("SELECT count(*) FROM sandbox.objects WHERE kind = 'payment_intent'") == 1


async def test_B09_closing_makes_the_page_unpayable(shop: Shop) -> None:
    session_id = await shop.open()
    ended = await service.expire_session(shop.db, gateway=shop.gateway, handle=shop.handle, session_id=session_id)
    assert ended == "expired"
    assert await shop.choose(session_id, "paid") == "expired"
    await shop.deliver()
    (fact,) = await shop.told()
    assert fact["reason"] == "expired"


async def test_B09_closing_loses_against_a_buyer_who_was_faster(shop: Shop) -> None:
    session_id = await shop.open()
    await shop.pay(session_id)
    order_id = (await shop.row(session_id))["order_id"]
    assert await service.expire_sessions(shop.db, gateway=shop.gateway, handle=shop.handle, order_id=order_id) == [
        "paid"
    ]
    await shop.deliver()
    assert len(await shop.told("SessionPaid")) == 1
    assert await shop.told("SessionExpired") == []


async def test_B09_when_closing_fails_nothing_is_said_so_the_hold_stays(shop: Shop) -> None:
    session_id = await shop.open()
    await shop.script(api=[{"path": "expire", "fault": "error"}])
    with pytest.raises(GatewayUnavailable):
        await service.expire_session(shop.db, gateway=shop.gateway, handle=shop.handle, session_id=session_id)
    assert await shop.told() == []
    assert (await shop.row(session_id))["status"] == "open"


async def test_B09_who_closes_at_the_same_moment_hears_that_it_is_closed(shop: Shop) -> None:
    for _ in range(5):
        session_id = await shop.open()
        close = service.expire_session
        done = await asyncio.gather(
            *(close(shop.db, gateway=shop.gateway, handle=shop.handle, session_id=session_id) for _ in range(4))
        )
        assert set(done) == {"expired"}


async def test_paying_and_closing_at_once_end_in_one_of_the_two(shop: Shop) -> None:
    for number in range(1, 11):
        session_id = await shop.open()
        close = service.expire_session(shop.db, gateway=shop.gateway, handle=shop.handle, session_id=session_id)
        await asyncio.gather(
            *([shop.choose(session_id, "paid"), close] if number % 2 else [close, shop.choose(session_id, "paid")])
        )
        await shop.deliver()
        assert len(await shop.told()) == number
        assert (await shop.row(session_id))["status"] in {"paid", "expired"}


async def test_M23_an_opened_session_whose_answer_was_lost_is_found_and_its_payment_counts(shop: Shop) -> None:
    session_id = await shop.insert_session()
    await shop.script(api=[{"path": "checkout/sessions", "fault": "error_after"}], drop=True)
    with pytest.raises(GatewayUnavailable):
        await service.open_session(shop.db, gateway=shop.gateway, session_id=session_id)
    await shop.set_age("payment_sessions", session_id, 30)
    await shop.reconcile()
    row = await shop.row(session_id)
    assert row["status"] == "open"
    assert row["checkout_url"]
    await shop.pay(session_id)
    await shop.reconcile()
    await shop.reconcile()
    assert len(await shop.told("SessionPaid")) == 1


async def test_M23_a_lost_webhook_loses_nothing(shop: Shop) -> None:
    await shop.script(drop=True)
    sessions = [await shop.open() for _ in range(5)]
    for session_id in sessions[:3]:
        await shop.pay(session_id)
    done = await shop.reconcile()
    assert done.sessions == 5
    assert len(await shop.told("SessionPaid")) == 3
    await shop.deliver()
    assert len(await shop.told()) == 3


async def test_a_session_that_never_came_to_be_is_given_up_after_a_minute(shop: Shop) -> None:
    session_id = await shop.insert_session()
    await shop.set_age("payment_sessions", session_id, 30)
    await shop.reconcile()
    assert (await shop.row(session_id))["status"] == "opening"
    await shop.set_age("payment_sessions", session_id, 90)
    await shop.reconcile()
    assert (await shop.row(session_id))["status"] == "failed"
    (fact,) = await shop.told("SessionExpired")
    assert fact["reason"] == "never opened"


async def test_the_reconciler_goes_on_when_one_look_fails(shop: Shop) -> None:
    await shop.script(drop=True, api=[{"path": "checkout/sessions/", "fault": "error"}])
    for _ in range(3):
        await shop.pay(await shop.open())
    done = await shop.reconcile()
    assert done.failed == 1
    assert len(await shop.told("SessionPaid")) == 2


async def test_two_reconcilers_share_the_work(shop: Shop) -> None:
    await shop.script(drop=True)
    for _ in range(6):
        await shop.pay(await shop.open())
    await shop.value("UPDATE payment_sessions SET created_at = now() - interval '5 minutes'")
    both = await asyncio.gather(
        *(service.reconcile(shop.db, gateway=shop.gateway, handle=shop.handle, min_age_s=25) for _ in range(2))
    )
    assert sum(each.sessions for each in both) == 6
    assert len(await shop.told("SessionPaid")) == 6


async def test_M21_refresh_asks_the_provider_and_believes_nothing_else(shop: Shop) -> None:
    await shop.script(drop=True)
    paid, unpaid = await shop.open(), await shop.open()
    await shop.pay(paid)
    for session_id in (paid, unpaid):
        order_id = (await shop.row(session_id))["order_id"]
        await service.refresh(shop.db, gateway=shop.gateway, handle=shop.handle, order_id=order_id)
    assert [fact["session_id"] for fact in await shop.told()] == [str(paid)]


async def test_M22_buyer_and_webhook_at_the_same_moment_settle_once(shop: Shop) -> None:
    session_id = await shop.open()
    await shop.pay(session_id)
    order_id = (await shop.row(session_id))["order_id"]
    (event,) = await shop.events("checkout.session.completed")
    await asyncio.gather(
        shop.receive(event),
        service.refresh(shop.db, gateway=shop.gateway, handle=shop.handle, order_id=order_id),
        shop.receive(event),
    )
    assert len(await shop.told()) == 1


async def test_M04_the_provider_gets_minor_units_of_the_right_size(shop: Shop) -> None:
    for minor, currency in [(501, "JPY"), (8000, "CNY"), (1230, "KWD")]:
        session_id = await shop.open(minor=minor, currency=currency)
        state = await shop.gateway.fetch_session((await shop.row(session_id))["provider_session"])
        assert (state.amount_minor, state.currency) == (minor, currency)


async def test_M04_an_amount_the_provider_has_no_unit_for_is_refused(shop: Shop) -> None:
    with pytest.raises(service.CannotCharge):
        await shop.insert_session(minor=1235, currency="KWD")


async def test_lines_that_do_not_sum_to_the_amount_are_a_fault(shop: Shop) -> None:
    with pytest.raises(ValueError, match="sum"):
        service.new_session(
            gateway=shop.gateway, order_id=uuid4(), amount=Money(100, "CNY"), lines=[ChargeLine("x", 99)],
            success_url=SHOP, cancel_url=SHOP, held_until=datetime.now(UTC),
        )  # fmt: skip
