"""What the card provider keeps: booked as its list says, borne by whom the community's policy says; and money it sends to our bank.

Service code of the checkout slice, split off by noun."""

from market.checkout import after_sale_queries, encoding, entries, payouts, queries
from market.db import Connection
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import EXPONENTS, Money
from market.payments.rules import BalanceMoved


async def follow_balance(tx: Connection, fact: BalanceMoved) -> None:
    """A movement of our balance became known: its fee is a cost, and the provider's own payouts arrive at the bank. What payments,
    refunds and disputes moved was booked when they happened."""
    if fact.currency not in EXPONENTS:
        return  # the daily comparison names it
    reference: dict[str, object] = {"transaction": fact.transaction_id}
    if fact.order_id is not None:
        reference["order_id"] = str(fact.order_id)
    if fact.kind == "payout":
        amount = Money(abs(fact.amount_minor), fact.currency)
        transfers = entries.provider_paid_out(amount, back=fact.amount_minor > 0)
        await ledger.post(
            tx,
            event_key=f"provider_payout:{fact.transaction_id}",
            kind="provider_paid_out",
            transfers=transfers,
            reference=reference,
        )
    if fact.fee_minor:
        transfers = entries.provider_fee(Money(abs(fact.fee_minor), fact.currency), back=fact.fee_minor < 0)
        if fact.fee_minor > 0:
            transfers += await _borne(tx, fact)
        await ledger.post(
            tx,
            event_key=f"provider_fee:{fact.transaction_id}",
            kind="provider_fee",
            transfers=transfers,
            reference=reference,
        )


async def _borne(tx: Connection, fact: BalanceMoved) -> list[Transfer]:
    """What sellers bear of a fee, by the policy of each line's community; nothing where the platform bears it."""
    order = await queries.order(tx, fact.order_id) if fact.order_id else None
    if order is None or order["paid_session_id"] != fact.session_id or order["currency"] != fact.currency:
        return []
    lines = await queries.lines_of(tx, [order["id"]])
    bearers = {c: (await payouts.policy_of(tx, c)).fee_bearer for c in {line["community_id"] for line in lines}}
    sold = [encoding.sold_line(line, currency=fact.currency) for line in lines]
    are_sellers = [bearers[line["community_id"]] == "seller" for line in lines]
    found = entries.fee_borne(sold, Money(fact.fee_minor, fact.currency), are_sellers)
    codes = sorted({each.debit for each in found if each.debit.endswith(":available")})
    if not codes:
        return found
    await after_sale_queries.lock_partner_accounts(tx, codes)
    return entries.with_owed(found, await ledger.balances(tx, codes, fact.currency))
