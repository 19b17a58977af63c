"""After the sale in the demo town: bank accounts, weekly payouts, money given back, a dispute, cash that does not fit."""

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from market.checkout import cases, cash_back, lease_settling, payout_accounts, payouts, refunds, settlement, tills
from market.checkout import service as checkout
from market.checkout.case_schemas import CaseChange
from market.checkout.desk_schemas import Deposit, DeskCount
from market.checkout.payout_schemas import BankAccount
from market.checkout.schemas import Line, LineAmount, NewOrder, NewRefund
from market.payments import service as payments
from market.payments.sandbox import disputes
from market.payments.sandbox import payments as sandbox
from market.payments.sandbox.courier import sign
from market.payments.sandbox.in_process import sandbox_transport
from market.payments.stripe import make_gateway
from seeds.clock import Clock
from seeds.timetable import ZONE

if TYPE_CHECKING:
    from seeds.loader import Town

BANKS = ("工商银行", "农业银行", "建设银行", "邮储银行", "农商银行")
STAFFED = ("liuyuan", "xiqiao", "baihe")
# What a clerk took in cash less what was given back between two moments.
TAKEN = """
SELECT (SELECT coalesce(sum(amount_minor), 0) FROM desk_payments
         WHERE taken_by = $1 AND community_id = $2 AND method = 'cash' AND taken_at > $3 AND taken_at <= $4)
     - (SELECT coalesce(sum(amount_minor), 0) FROM desk_refunds
         WHERE paid_by = $1 AND community_id = $2 AND paid_at > $3 AND paid_at <= $4)
"""
REASONS = ("老师临时有事，少上了一刻钟", "菜凉了", "师傅迟到")


async def open_accounts(town: "Town", clock: Clock) -> None:
    """Every partner but each eleventh has said where it is paid."""
    for number, (slug, owner) in enumerate(sorted(town.owners.items())):
        if number % 11 != 10:
            account = BankAccount(
                owner.name or slug, BANKS[number % len(BANKS)], f"6222{number:04d}{number * 7919 % 100_000_000:08d}"
            )
            await payout_accounts.set_bank_account(clock.db, actor=owner, partner=slug, new=account)


async def monday(town: "Town", clock: Clock, at: datetime, *, last: bool) -> None:
    """Months of leases are settled, and the week's payouts run by themselves; a clerk makes the files, the director confirms the day
    after. The last waits for her."""
    from seeds.loader import PASSWORD

    await clock.set(at)
    await lease_settling.settle_due(clock.db)
    await payouts.run_due(clock.db)
    if not last:
        await _hand_out_cash(town, clock)
    async with clock.db.read() as connection:
        rows = await connection.fetch(
            "SELECT r.id, c.slug, (SELECT p.id FROM payouts p WHERE p.run_id = r.id ORDER BY p.amount_minor LIMIT 1) AS least "
            "FROM payout_runs r JOIN communities c ON c.id = r.community_id WHERE r.status = 'ready' AND c.slug = ANY ($1) ORDER BY c.slug",
            list(STAFFED),
        )
    for row in rows:
        if last and row["slug"] != "liuyuan":
            continue
        await clock.set(at + timedelta(hours=2))
        _, total = await payouts.bank_file(clock.db, actor=town.actors["clerk@demo.test"], run_id=row["id"])
        if last:
            continue
        await clock.set(at + timedelta(days=1))
        is_wrong = row["slug"] == "xiqiao" and town.weeks_ago(6) < at < town.weeks_ago(5)
        failed = [(row["least"], "户名与账号不符")] if is_wrong else []
        await payouts.confirm(
            clock.db,
            actor=town.actors["director@demo.test"],
            run_id=row["id"],
            password=PASSWORD,
            total=total,
            failed=failed,
        )
        if failed:
            await clock.set(at + timedelta(days=2))
            await _resolved(town, clock, f"payout_failed:{row['least']}")


async def _hand_out_cash(town: "Town", clock: Clock) -> None:
    """Whoever gave back last week what they had paid in cash comes to the desk for it."""
    clerk = town.actors["clerk@demo.test"]
    for slug in STAFFED:
        for each in await cash_back.waiting(clock.db, actor=clerk, community=slug):
            await cash_back.hand_out(clock.db, actor=clerk, community=slug, refund_id=each.id)


async def _resolved(town: "Town", clock: Clock, key: str) -> None:
    """The director looked into a case and says what came of it."""
    async with clock.db.read() as connection:
        case_id = await connection.fetchval("SELECT id FROM cases WHERE case_key = $1", key)
    change = CaseChange(resolution="已与商户核对，户名少写一个字，改正后随下周一起付。")
    await cases.change_case(clock.db, actor=town.actors["director@demo.test"], case_id=case_id, change=change)


async def give_back(town: "Town", clock: Clock) -> None:
    """Some of what was sold went wrong: part of the money, or all of it, also after the partner was paid."""
    async with clock.db.read() as connection:
        rows = await connection.fetch(
            "SELECT l.id, l.order_id, l.payable_minor, p.slug, o.paid_at FROM order_lines l JOIN orders o ON o.id = l.order_id "
            "JOIN partners p ON p.id = l.partner_id WHERE o.status = 'completed' AND l.payable_minor > 2000 ORDER BY o.paid_at, l.id"
        )
    for number, row in enumerate(rows[7::29]):
        await clock.set(min(row["paid_at"] + timedelta(days=6), town.now - timedelta(hours=2)))
        amount = row["payable_minor"] if number % 4 == 3 else row["payable_minor"] // 400 * 100
        await refunds.refund(
            clock.db, actor=town.owners[row["slug"]], order_id=row["order_id"], key=f"seed-back-{number}",
            wish=NewRefund(amounts=[LineAmount(row["id"], amount)], reason=REASONS[number % len(REASONS)]),
        )  # fmt: skip


async def card_payment_disputed(town: "Town", clock: Clock) -> None:
    """A neighbour pays by card and her bank takes the money back; the case is open."""
    settings = town.parts.settings
    gateway = make_gateway(settings, transport=sandbox_transport(clock.db, settings))
    buyer = town.neighbours["liuyuan"][0]
    await clock.set(town.now - timedelta(days=3))
    async with clock.db.read() as connection:
        offer = await connection.fetchval(
            "SELECT o.id FROM offers o JOIN listings l ON l.id = o.listing_id JOIN communities c ON c.id = l.community_id "
            "WHERE c.slug = 'liuyuan' AND l.eligibility_group IS NULL AND l.price_minor > 0 AND o.taken < o.capacity "
            "AND o.starts_at > $1 ORDER BY o.starts_at, o.id LIMIT 1",
            town.now + timedelta(days=2),
        )
    order = await checkout.place_order(
        clock.db,
        gateway=gateway,
        settings=settings,
        actor=buyer,
        key="seed-card",
        wish=NewOrder(lines=[Line(offer_id=offer)]),
    )
    await sandbox.choose(clock.db, (order.checkout_url or "").rsplit("/", 1)[1], "paid")
    await _deliver(clock, gateway, settings.webhook_secrets[0])
    async with clock.db.read() as connection:
        payment = await connection.fetchval(
            "SELECT provider_payment FROM payment_sessions WHERE order_id = $1", order.id
        )
    await clock.set(town.now - timedelta(days=1))
    await disputes.open_dispute(clock.db, payment, reason="product_not_received")
    await _deliver(clock, gateway, settings.webhook_secrets[0])
    await gateway.aclose()


async def _deliver(clock: Clock, gateway: Any, secret: str) -> None:
    """The provider's webhooks arrive, without a server."""
    async with clock.db.read() as connection:
        rows = await connection.fetch(
            "SELECT number, body FROM sandbox.events WHERE delivered_at IS NULL ORDER BY number"
        )
        for row in rows:
            body = msgspec.json.encode(row["body"])
            signature = sign(body, secret, at=int(time.time()))
            await payments.receive_webhook(
                clock.db, gateway=gateway, body=body, signature=signature, handle=settlement.handle
            )
            await connection.execute("UPDATE sandbox.events SET delivered_at = now() WHERE number = $1", row["number"])


async def desk_that_does_not_fit(town: "Town", clock: Clock) -> None:
    """Yesterday's till was five yuan short, which is a case; most of the cash went to the bank."""
    clerk, director = town.actors["clerk@demo.test"], town.actors["director@demo.test"]
    day = (town.now - timedelta(days=1)).astimezone(ZONE)
    opened, closed = day.replace(hour=7, minute=30), day.replace(hour=21, minute=30)
    await clock.set(opened)
    await tills.count(clock.db, actor=clerk, community="liuyuan", new=DeskCount("opening", 20_000))
    async with clock.db.read() as connection:
        cash = int(await connection.fetchval(TAKEN, clerk.person_id, town.communities["liuyuan"], opened, closed))
    await clock.set(closed)
    banked = cash // 1000 * 1000
    if banked:
        await tills.deposit(
            clock.db, actor=clerk, community="liuyuan", key="seed-deposit", new=Deposit(banked, "存款单 0412")
        )
    await tills.count(
        clock.db, actor=clerk, community="liuyuan", new=DeskCount("closing", 20_000 + cash - banked - 500)
    )
    await clock.set(day.replace(hour=19))
    await tills.count(clock.db, actor=director, community="baihe", new=DeskCount("opening", 10_000))
