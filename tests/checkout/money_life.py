"""The life of money without a database: the program's own entries and rules on books in memory, beside an account kept apart.

Every act may meet a crash before or after its commit and is then tried again, as jobs and webhooks are."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from market.checkout import entries
from market.checkout.entries import SoldLine, SoldShare
from market.checkout.payout_rules import split
from market.ledger import chart
from market.ledger.rules import KeyTaken, Transfer, checked_group, same_movement
from market.money import Money, share

PARTNERS = ("a", "b", "c")
FUNDS = ("liuyuan-development", "liuyuan-charity")
STRIPE, SUSPENSE, FEES, BANK, DESK = (
    chart.provider_stripe(), chart.suspense(), chart.provider_fees(), chart.operating_bank(), chart.desk("liuyuan")
)  # fmt: skip
Pick = Callable[[int], int]


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


@dataclass
class Sold:
    """An order of one line."""

    number: int
    partner: str
    line: SoldLine
    card: bool
    paid: int
    own_refunds: int = 0
    dispute: str = ""
    disputed: int = 0


@dataclass
class Life:
    """What happened so far: the books, and beside them what happened in plain sums."""

    pick: Pick
    books: Counter[str] = field(default_factory=Counter)
    events: dict[str, tuple[Transfer, ...]] = field(default_factory=dict)
    sold: list[Sold] = field(default_factory=list)
    refunds: dict[int, tuple[Sold, int, str]] = field(default_factory=dict)
    payouts: dict[int, tuple[str, int, str, bool]] = field(default_factory=dict)
    reversals: dict[int, tuple[str, int]] = field(default_factory=dict)
    plain: Counter[str] = field(default_factory=Counter)
    rates: tuple[int, int] = (300, 0)
    clock: int = 0

    # --- posting, with crashes ---

    def post(self, key: str, transfers: Sequence[Transfer]) -> bool:
        """As ledger.service.post: once per key; another movement under a used key is refused. True when it is new."""
        group = checked_group(transfers)
        known = self.events.get(key)
        if known is not None:
            if not same_movement(known, group):
                raise KeyTaken(key)
            return False
        self.events[key] = group
        for each in group:
            self.books[each.debit] -= each.amount.minor
            self.books[each.credit] += each.amount.minor
        return True

    def commit(self, key: str, transfers: Sequence[Transfer]) -> None:
        """Post through a crash: 0 none, 1 before the commit, 2 after it; the retry must end the same."""
        crash = self.pick(3)
        if crash == 2:
            self.post(key, transfers)
        assert self.post(key, transfers) is (crash != 2)

    def number(self) -> int:
        self.clock += 1
        return self.clock

    def owing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        codes = {each.debit for each in transfers if each.debit.endswith(":available")}
        return entries.with_owed(transfers, {code: self.books[code] for code in codes})

    def lines(self) -> list[tuple[str, SoldLine]]:
        """Every line whose shares stand in the books, with its partner."""
        return [(each.partner, each.line) for each in self.sold]

    def one(self, things: Sequence[Sold]) -> Sold | None:
        return things[self.pick(len(things))] if things else None

    # --- acts ---

    def sell(self) -> None:
        price = (1, 3, 99, 1001, 10_000, 8_800_000)[self.pick(6)]
        partner = PARTNERS[self.pick(3)]
        funds = [
            SoldShare(f"fund:{slug}", cut)
            for slug, rate in zip(FUNDS, self.rates, strict=True)
            if (cut := share(price, rate))
        ]
        own = SoldShare(f"partner:{partner}", price - sum(each.amount for each in funds))
        line = SoldLine("课", "CNY", (own, *funds) if own.amount else tuple(funds))
        order = Sold(self.number(), partner, line, self.pick(4) > 0, price)
        transfers = entries.sale_paid([line]) if order.card else entries.desk_payment([line], community="liuyuan")
        self.commit(f"sale:{order.number}", transfers)
        self.plain["card" if order.card else "desk"] += price
        self.sold.append(order)

    def give(self) -> None:
        """Somebody gives on the site: all of it is one fund's, and nobody's to be redeemed."""
        slug, amount = FUNDS[self.pick(2)], (100, 5000, 4_999_999)[self.pick(3)]
        line = SoldLine("网上捐款", "CNY", (SoldShare(f"fund:{slug}", amount),), is_earned=True)
        order = Sold(self.number(), "", line, card=True, paid=amount)
        self.commit(f"given:{order.number}", entries.sale_paid([line]))
        self.plain["card"] += amount
        self.sold.append(order)

    def redeem(self) -> None:
        order = self.one([each for each in self.sold if not each.line.is_earned and each.line.left])
        if order is None:
            return
        how = (entries.voucher_redeemed, entries.booking_ended, entries.voucher_expired)[self.pick(3)]
        self.commit(f"earned:{order.number}", how(order.line))
        order.line = replace(order.line, is_earned=True)

    def refund(self) -> None:
        order = self.one([each for each in self.sold if each.line.free and each.dispute != "open"])
        if order is None:
            return
        amount = 1 + self.pick(order.line.free) if self.pick(2) else order.line.free
        number = self.number()
        transfers = entries.sale_refunded(order.line, amount, desk_community=None if order.card else "liuyuan")
        self.commit(f"refund:{number}", self.owing(transfers))
        order.line = entries.after(order.line, amount)
        order.own_refunds += amount
        self.plain["card" if order.card else "desk"] -= amount
        if order.card:
            self.refunds[number] = (order, amount, "asked")

    def refund_fails(self) -> None:
        asked = [number for number, (_, _, status) in self.refunds.items() if status == "asked"]
        if not asked:
            return
        number = asked[self.pick(len(asked))]
        order, amount, _ = self.refunds[number]
        self.commit(f"refund_failed:{number}", entries.refund_failed(cny(amount)))
        order.own_refunds -= amount
        self.refunds[number] = (order, amount, "failed")
        self.plain["card"] += amount
        self.plain["parked"] += amount

    def refund_again(self) -> None:
        failed = [number for number, (_, _, status) in self.refunds.items() if status == "failed"]
        if not failed:
            return
        number = failed[self.pick(len(failed))]
        order, amount, _ = self.refunds[number]
        again, by_desk = self.number(), self.pick(2)
        self.commit(
            f"refund:{again}", entries.refund_repeated(cny(amount), desk_community="liuyuan" if by_desk else None)
        )
        self.refunds[number] = (order, amount, "repeated")
        order.own_refunds += amount
        if not by_desk:
            self.refunds[again] = (order, amount, "asked")
        self.plain["desk" if by_desk else "card"] -= amount
        self.plain["parked"] -= amount

    def dispute(self) -> None:
        order = self.one([each for each in self.sold if each.card and not each.dispute])
        if order is None:
            return
        amount = order.paid if self.pick(2) else 1 + self.pick(order.paid)
        order.dispute, order.disputed = "open", amount
        self.commit(f"dispute_opened:{order.number}", entries.dispute_opened(cny(amount)))
        self.plain["card"] -= amount
        self.plain["parked"] -= amount

    def bank_decides(self) -> None:
        order = self.one([each for each in self.sold if each.dispute == "open"])
        if order is None:
            return
        key = f"dispute_closed:{order.number}"
        if self.pick(2):
            order.dispute = "won"
            self.commit(key, entries.dispute_won(cny(order.disputed)))
            self.plain["card"] += order.disputed
            self.plain["parked"] += order.disputed
            return
        order.dispute = "lost"
        borne = min(order.disputed, order.line.left)
        if borne:
            self.commit(key, self.owing(entries.dispute_lost(order.line, borne)))
            order.line = entries.after(order.line, borne)
            self.plain["parked"] += borne

    def run_payouts(self) -> None:
        minimum, by_bank = (0, 10_000)[self.pick(2)], bool(self.pick(2))
        for partner in PARTNERS:
            frozen = sum(
                each.line.shares[0].left for each in self.sold if each.partner == partner and each.line.is_earned and each.dispute == "open"
                and each.line.shares[0].to.startswith("partner:")
            )  # fmt: skip
            moving = sum(amount for slug, amount in self.reversals.values() if slug == partner)
            part = split(
                available=self.books[chart.partner_available(partner)],
                owed=max(0, -self.books[chart.partner_owed(partner)] - moving),
                frozen=frozen, minimum=minimum,
            )  # fmt: skip
            if part.paid:
                number = self.number()
                moves = entries.payout_started(partner, paid=cny(part.paid), netted=cny(part.netted))
                self.commit(f"payout:{number}", moves)
                self.payouts[number] = (partner, part.paid, "asked", by_bank)
                assert self.books[chart.partner_available(partner)] >= min(
                    frozen, self.books[chart.partner_available(partner)]
                )

    def payout_settles(self) -> None:
        asked = [number for number, each in self.payouts.items() if each[2] == "asked"]
        if not asked:
            return
        number = asked[self.pick(len(asked))]
        partner, amount, _, by_bank = self.payouts[number]
        if self.pick(3) == 0:
            self.commit(f"payout_failed:{number}", entries.payout_failed(partner, cny(amount)))
            self.payouts[number] = (partner, amount, "failed", by_bank)
            return
        self.commit(f"payout_sent:{number}", entries.payout_sent(partner, cny(amount), by_bank=by_bank))
        self.payouts[number] = (partner, amount, "sent", by_bank)
        self.plain["bank" if by_bank else "card"] -= amount
        self.plain[f"out:{partner}"] += amount

    def take_back(self) -> None:
        """Ask a transfer back from who owes, or hear the end of it."""
        if self.reversals and self.pick(2):
            number = list(self.reversals)[self.pick(len(self.reversals))]
            partner, amount = self.reversals.pop(number)
            if self.pick(2):
                self.commit(f"transfer_reversed:{number}", entries.transfer_reversed(partner, cny(amount)))
                self.plain["card"] += amount
                self.plain[f"out:{partner}"] -= amount
            return
        partner = PARTNERS[self.pick(3)]
        moving = sum(amount for slug, amount in self.reversals.values() if slug == partner)
        owed = -self.books[chart.partner_owed(partner)] - moving
        if owed > 0:
            self.reversals[self.number()] = (partner, 1 + self.pick(owed))

    def fee(self) -> None:
        order = self.one([each for each in self.sold if each.card])
        if order is None:
            return
        amount, by_seller = 1 + self.pick(60), bool(self.pick(2))
        transfers = entries.provider_fee(cny(amount))
        borne = self.owing(entries.fee_borne([order.line], cny(amount), [by_seller]))
        self.commit(f"provider_fee:{self.number()}", transfers + borne)
        self.plain["card"] -= amount
        self.plain["fees"] += amount - sum(each.amount.minor for each in borne)
        self.plain[f"fees:{order.partner}"] += sum(each.amount.minor for each in borne)

    def move_to_bank(self) -> None:
        held, cash = -self.books[STRIPE], -self.books[DESK]
        if self.pick(2) and held > 0:
            amount = 1 + self.pick(held)
            self.commit(f"provider_payout:{self.number()}", entries.provider_paid_out(cny(amount)))
            self.plain["card"] -= amount
            self.plain["bank"] += amount
        elif cash > 0:
            amount = 1 + self.pick(cash)
            self.commit(f"deposit:{self.number()}", entries.desk_deposited(cny(amount), community="liuyuan"))
            self.plain["desk"] -= amount
            self.plain["bank"] += amount

    def park(self) -> None:
        amount = 1 + self.pick(500)
        number = self.number()
        self.commit(f"parked:{number}", entries.late_payment_parked(cny(amount)))
        if self.pick(2):
            self.commit(f"refund:{number}", entries.late_payment_returned(cny(amount)))
        else:
            self.plain["card"] += amount
            self.plain["parked"] += amount

    def spend(self) -> None:
        """A fund releases what came in and spends it: a refund afterwards leaves a receivable (M31)."""
        slug = FUNDS[self.pick(2)]
        has = self.books[chart.fund_income(slug)]
        if has > 0:
            amount = cny(1 + self.pick(has))
            self.commit(
                f"released:{self.number()}", [Transfer(chart.fund_income(slug), chart.fund_spendable(slug), amount)]
            )
            self.commit(f"spent:{self.number()}", [Transfer(chart.fund_spendable(slug), chart.bank(slug), amount)])
            self.plain[f"spent:{slug}"] += amount.minor

    def change_rules(self) -> None:
        self.rates = ((0, 300, 9000)[self.pick(3)], (0, 1, 1000)[self.pick(3)])

    def replay(self) -> None:
        """An old event arrives again, or somebody uses its key for another movement: nothing changes."""
        if not self.events:
            return
        key = list(self.events)[self.pick(len(self.events))]
        assert not self.post(key, self.events[key])
        try:
            self.post(key, [Transfer("x", "y", cny(7)), *self.events[key]])
        except KeyTaken:
            return
        raise AssertionError("a used key moved other money")

    # --- what must hold ---

    def check(self) -> None:
        books, plain = self.books, self.plain
        assert sum(books.values()) == 0
        assert books[STRIPE] == -plain["card"]
        assert books[DESK] == -plain["desk"]
        assert books[BANK] == -plain["bank"]
        assert books[SUSPENSE] == plain["parked"]
        assert books[FEES] == -plain["fees"]
        for partner in PARTNERS:
            self._check_partner(partner)
        for slug in FUNDS:
            left = sum(s.left for _, line in self.lines() for s in line.shares if s.to == f"fund:{slug}")
            assert books[chart.fund_income(slug)] == left + plain[f"given:{slug}"] - plain[f"spent:{slug}"]
            assert books[chart.fund_spendable(slug)] == 0
        for each in self.sold:
            gone = each.paid - each.line.left
            assert 0 <= each.line.left <= each.paid
            assert each.own_refunds <= each.paid
            for part in each.line.shares:
                assert 0 <= part.refunded <= part.amount
                assert abs(part.refunded * each.paid - part.amount * gone) < 2 * each.paid, "not in proportion"

    def _check_partner(self, partner: str) -> None:
        books = self.books
        pending, available, moving, owed = (
            books[account(partner)]
            for account in (chart.partner_pending, chart.partner_available, chart.partner_payout, chart.partner_owed)
        )
        assert min(pending, available, moving) >= 0 >= owed
        shares = [(line, s.left) for _, line in self.lines() for s in line.shares if s.to == f"partner:{partner}"]
        assert pending == sum(left for line, left in shares if not line.is_earned)
        whole = sum(left for _, left in shares) - self.plain[f"out:{partner}"] - self.plain[f"fees:{partner}"]
        assert pending + available + moving + owed == whole
        assert moving == sum(
            amount for slug, amount, status, _ in self.payouts.values() if slug == partner and status == "asked"
        )


ACTS: tuple[Callable[[Life], None], ...] = (
    Life.sell, Life.sell, Life.sell, Life.give, Life.redeem, Life.redeem, Life.refund, Life.refund_fails, Life.refund_again, Life.dispute,
    Life.bank_decides, Life.run_payouts, Life.payout_settles, Life.payout_settles, Life.take_back, Life.fee, Life.move_to_bank, Life.park,
    Life.spend, Life.change_rules, Life.replay,
)  # fmt: skip
