"""Every way money can move around an order: one pure function per business event, each returning its transfers (design §3).

The ledger moves when *we* decide: a refund is posted in the transaction that asks the provider for it, against the provider's
clearing account; the provider follows. When it refuses for good, `refund_failed` puts the money into suspense for a person to see to."""

from collections.abc import Mapping, Sequence

from market.checkout.sold_rules import SoldLine as SoldLine  # noqa: PLC0414 - callers find it beside the entries
from market.checkout.sold_rules import SoldShare as SoldShare  # noqa: PLC0414 - callers find it beside the entries
from market.checkout.sold_rules import after as after  # noqa: PLC0414 - callers find it beside the entries
from market.checkout.sold_rules import unwind as unwind  # noqa: PLC0414 - callers find it beside the entries
from market.ledger import chart
from market.ledger.rules import Transfer
from market.money import Money, split


def account_of(to: str, *, is_earned: bool = False) -> str:
    """The ledger account behind a share's receiver."""
    kind, _, slug = to.partition(":")
    if kind == "partner":
        return chart.partner_available(slug) if is_earned else chart.partner_pending(slug)
    if kind == "deferred":
        return chart.partner_deferred(slug)
    if kind == "fund":
        return chart.fund_income(slug)
    if kind == "enterprise":
        return chart.enterprise_income(slug)
    if kind == "platform":
        return chart.platform_fee()
    raise ValueError(f"nobody to pay: {to!r}")


def sale_paid(lines: Sequence[SoldLine]) -> list[Transfer]:
    """A card payment arrived: every share of every line, from the provider's clearing account."""
    return _sale(lines, source=chart.provider_stripe())


def desk_payment(lines: Sequence[SoldLine], *, community: str) -> list[Transfer]:
    """A clerk took the money: the same shares, from the desk of the community that took it."""
    return _sale(lines, source=chart.desk(community))


def free_order(lines: Sequence[SoldLine]) -> list[Transfer]:
    """Nothing to pay: no transfer, yet an event in the books (M44)."""
    if any(share.amount for line in lines for share in line.shares):
        raise ValueError("an order with a price is not free")
    return []


def sale_refunded(line: SoldLine, amount: int, *, desk_community: str | None = None) -> list[Transfer]:
    """`amount` of a line goes back to the buyer: every share gives in proportion (M28).

    See `unwind` for the exact parts. A share that the partner has earned is taken from what is available."""
    sink = chart.desk(desk_community) if desk_community else chart.provider_stripe()
    return _unwound(line, amount, sink=sink)


def voucher_redeemed(line: SoldLine) -> list[Transfer]:
    """The partner served: its share, less what went back, may be paid out."""
    return _earned(line)


def booking_ended(line: SoldLine) -> list[Transfer]:
    """The session is over and can no longer be given back: the partner's share may be paid out though nobody showed a voucher.

    Rent needs no such step: an enterprise's income is its own from the start."""
    return _earned(line)


def late_payment_parked(amount: Money) -> list[Transfer]:
    """Money arrived that nothing can be given for (too late, twice, or not the amount asked for): kept apart (M19, B08, B10)."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="payment that matches no order")]


def late_payment_returned(amount: Money) -> list[Transfer]:
    """Parked money goes back whole to who paid it."""
    return [Transfer(chart.suspense(), chart.provider_stripe(), amount, label="payment returned")]


def refund_failed(amount: Money) -> list[Transfer]:
    """The provider could not pay back: it still has the money, which is owed to the buyer (M33)."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="refund that did not arrive")]


def refund_repeated(amount: Money, *, desk_community: str | None = None) -> list[Transfer]:
    """What the bank could not pay back goes to the buyer after all, by card again or over the desk (M33)."""
    sink = chart.desk(desk_community) if desk_community else chart.provider_stripe()
    return [Transfer(chart.suspense(), sink, amount, label="refund paid again")]


def with_owed(transfers: Sequence[Transfer], available: Mapping[str, int]) -> list[Transfer]:
    """The same movements where a partner may have less available than it must give: the rest is what it owes (M30).

    `available` is what each partner account has, by its code (minor units)."""
    left = {code: max(0, minor) for code, minor in available.items()}
    found: list[Transfer] = []
    for each in transfers:
        has = left.get(each.debit)
        if has is None:
            found.append(each)
            continue
        now = min(has, each.amount.minor)
        left[each.debit] = has - now
        owed = chart.partner_owed(each.debit.split(":")[1])
        for source, minor in ((each.debit, now), (owed, each.amount.minor - now)):
            if minor:
                found.append(
                    Transfer(source, each.credit, Money(minor, each.amount.currency), each.rule_id, each.label)
                )
    return found


def dispute_opened(amount: Money) -> list[Transfer]:
    """A bank took a payment back for the time being: a claim stands in suspense until it decides."""
    return [Transfer(chart.suspense(), chart.provider_stripe(), amount, label="payment disputed")]


def dispute_won(amount: Money) -> list[Transfer]:
    """The bank gave the money back."""
    return [Transfer(chart.provider_stripe(), chart.suspense(), amount, label="dispute won")]


def dispute_lost(line: SoldLine, amount: int) -> list[Transfer]:
    """The bank kept the money: every share of the line bears its part of the claim, as in a refund."""
    return _unwound(line, amount, sink=chart.suspense())


def payout_started(slug: str, *, paid: Money, netted: Money) -> list[Transfer]:
    """A partner's available money leaves for its account, after what it owes (M30); zero amounts move nothing."""
    return [
        Transfer(chart.partner_available(slug), chart.partner_owed(slug), netted, label="paid what was owed"),
        Transfer(chart.partner_available(slug), chart.partner_payout(slug), paid, label="payout"),
    ]


def payout_sent(slug: str, amount: Money, *, by_bank: bool) -> list[Transfer]:
    """A bank, or the card provider, has paid the partner."""
    sink = chart.operating_bank() if by_bank else chart.provider_stripe()
    return [Transfer(chart.partner_payout(slug), sink, amount, label="payout")]


def payout_failed(slug: str, amount: Money) -> list[Transfer]:
    """The payment did not arrive: the money is available to the partner again."""
    return [
        Transfer(chart.partner_payout(slug), chart.partner_available(slug), amount, label="payout that did not arrive")
    ]


def transfer_reversed(slug: str, amount: Money) -> list[Transfer]:
    """The provider took a transfer back from the partner, who owes that much less (M29)."""
    return [Transfer(chart.provider_stripe(), chart.partner_owed(slug), amount, label="payout taken back")]


def provider_fee(fee: Money, *, back: bool = False) -> list[Transfer]:
    """What the card provider kept for its service, as its own list says; `back`: it gave a fee back."""
    cost, held = chart.provider_fees(), chart.provider_stripe()
    return [Transfer(held, cost, fee, label="fee returned") if back else Transfer(cost, held, fee, label="card fee")]


def fee_borne(lines: Sequence[SoldLine], fee: Money, are_sellers: Sequence[bool]) -> list[Transfer]:
    """The part of a fee that falls on lines whose seller bears it, in proportion to what was paid for each line.

    A partner's part is taken from what it has available, or is owed; a community enterprise's is its cost."""
    parts = split(fee.minor, [sum(share.amount for share in line.shares) for line in lines])
    found = []
    for line, part, is_seller in zip(lines, parts, are_sellers, strict=True):
        seller = line.shares[0].to if line.shares else ""
        kind, _, slug = seller.partition(":")
        if is_seller and part and kind in {"partner", "enterprise"}:
            source = chart.partner_available(slug) if kind == "partner" else chart.enterprise_cost(slug)
            found.append(Transfer(source, chart.provider_fees(), Money(part, fee.currency), label="card fee"))
    return found


def provider_paid_out(amount: Money, *, back: bool = False) -> list[Transfer]:
    """The card provider sent money it held for us to our bank account; `back`: it returned."""
    bank, held = chart.operating_bank(), chart.provider_stripe()
    return [
        Transfer(held, bank, amount, label="from the bank")
        if back
        else Transfer(bank, held, amount, label="to the bank")
    ]


def desk_deposited(amount: Money, *, community: str) -> list[Transfer]:
    """Cash of a desk was brought to the bank."""
    return [Transfer(chart.operating_bank(), chart.desk(community), amount, label="cash to the bank")]


def rent_due(line: SoldLine, *, partner: str) -> list[Transfer]:
    """A month of a lease is over: its rent goes from what the partner has available to the owner of the space and the funds (T2, S3)."""
    return _sale([line], source=chart.partner_available(partner))


def rent_paid(partner: str, amount: Money) -> list[Transfer]:
    """A partner paid to the bank what it owed of its rent."""
    return [Transfer(chart.operating_bank(), chart.partner_owed(partner), amount, label="rent paid")]


def deposit_held(partner: str, amount: Money) -> list[Transfer]:
    """A partner brought the deposit of a lease to the bank (T2)."""
    return [Transfer(chart.operating_bank(), chart.partner_deposit(partner), amount, label="deposit held")]


def deposit_returned(partner: str, amount: Money) -> list[Transfer]:
    """The lease is over and the deposit went back."""
    return [Transfer(chart.partner_deposit(partner), chart.operating_bank(), amount, label="deposit returned")]


def deposit_kept(partner: str, amount: Money, *, enterprise: str) -> list[Transfer]:
    """The owner of the space keeps some of the deposit, for a reason that stands beside it."""
    return [Transfer(chart.partner_deposit(partner), chart.enterprise_income(enterprise), amount, label="deposit kept")]


def cover_paid(line: SoldLine, *, source: str) -> list[Transfer]:
    """Somebody else than the buyer pays part of a line: a subsidy pool. It is turnover of the seller like the rest, so that
    the funds get their shares of it too (T3, L4)."""
    return _sale([line], source=source)


def cover_earned(line: SoldLine) -> list[Transfer]:
    """The line is done: the partner's share of what was paid by somebody else may be paid out too."""
    return _earned(line)


def cover_returned(line: SoldLine, amount: int, *, source: str) -> list[Transfer]:
    """Money of the line went back to the buyer: what somebody else paid of it goes back to them in proportion, by every share."""
    return _unwound(line, amount, sink=source)


def pass_expired(line: SoldLine, *, partner: str) -> list[Transfer]:
    """What was left of a pass when its time was over is kept, as announced: turnover, of which the funds get their shares too."""
    return [
        Transfer(
            chart.partner_deferred(partner),
            account_of(share.to, is_earned=True),
            Money(share.amount, line.currency),
            share.rule_id,
            line.title,
        )
        for share in line.shares
        if share.amount
    ]


def voucher_expired(line: SoldLine) -> list[Transfer]:
    """An open voucher was neither used nor given back in its time and the grace after it: the partner keeps its share."""
    return _earned(line)


def _sale(lines: Sequence[SoldLine], *, source: str) -> list[Transfer]:
    return [
        Transfer(source, account_of(share.to), Money(share.amount, line.currency), share.rule_id, line.title)
        for line in lines
        for share in line.shares
        if share.amount
    ]


def _unwound(line: SoldLine, amount: int, *, sink: str) -> list[Transfer]:
    found = []
    for share, part in zip(line.shares, unwind(line, amount), strict=True):
        source = account_of(share.to, is_earned=line.is_earned)
        # Used units of a pass cannot be unused: when their money is taken back all the same, the partner owes it.
        over = max(0, part - line.free) if share.to.startswith("deferred:") else 0
        for account, minor in ((source, part - over), (chart.partner_owed(share.to.partition(":")[2]), over)):
            if minor:
                found.append(Transfer(account, sink, Money(minor, line.currency), share.rule_id, line.title))
    return found


def _earned(line: SoldLine) -> list[Transfer]:
    return [
        Transfer(
            account_of(share.to),
            account_of(share.to, is_earned=True),
            Money(share.left, line.currency),
            None,
            line.title,
        )
        for share in line.shares
        if share.to.startswith("partner:") and share.left
    ]
