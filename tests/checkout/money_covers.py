"""The life of money with everything that pays beside the buyer: subsidy pools, coupons with a limit, passes; gifts, and months that are
closed and reopened. The program's own entries and rules, on books in memory beside plain sums."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from market.checkout import entries
from market.checkout.cover_rules import goes_back
from market.checkout.entries import SoldLine, SoldShare
from market.checkout.pass_rules import worth
from market.funds import entries as funds
from market.funds.close_rules import Closing, Scheme, close_month
from market.ledger import chart
from market.ledger.rules import Transfer, reversal
from market.money import share
from tests.checkout import money_life
from tests.checkout.money_life import FUNDS, PARTNERS, Life, Sold, cny

POOL, CHARITY, FIRM = "baihe-meals", FUNDS[1], "liuyuan-fuwu"
COUPON_LIMIT = 3
SCHEMES = (
    Scheme("三七", 1, (("enterprise", 3000), ("livelihood", 7000))),
    Scheme("五三一一", 2, (("reinvestment", 5000), ("subsidies", 3000), ("governance", 1000), ("relief", 1000))),
    Scheme("公积金", 3, (("community_fund", 10_000),), reserve_rate_bp=1000, reserve_cap=50_000),
)


@dataclass
class Covered:
    """What somebody else pays of an order."""

    order: Sold
    source: str
    amount: int
    line: SoldLine
    returned: int = 0


@dataclass
class Pass:
    """A pass and the order by which it was sold; `value` is what its `units` that are left are worth."""

    order: Sold
    units: int
    value: int
    is_over: bool = False


@dataclass
class WholeLife(Life):
    """More acts, and what must hold with them."""

    covers: list[Covered] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    kept: list[tuple[str, SoldLine]] = field(default_factory=list)
    coupon_orders: set[int] = field(default_factory=set)
    closes: dict[int, tuple[Transfer, ...]] = field(default_factory=dict)
    reopened: set[int] = field(default_factory=set)

    def lines(self) -> list[tuple[str, SoldLine]]:
        return [*super().lines(), *((each.order.partner, each.line) for each in self.covers), *self.kept]

    def shares_of(self, amount: int, seller: str) -> tuple[SoldShare, ...]:
        cuts = [
            SoldShare(f"fund:{slug}", cut)
            for slug, rate in zip(FUNDS, self.rates, strict=True)
            if (cut := share(amount, rate))
        ]
        own = SoldShare(seller, amount - sum(each.amount for each in cuts))
        return tuple(each for each in (own, *cuts) if each.amount)

    # --- what pays beside the buyer ---

    def fill_pool(self) -> None:
        """A gift to the fund is released, set aside, and fills the pool."""
        amount = cny(1 + self.pick(3000))
        number = self.number()
        self.commit(f"gift:{number}", funds.donation_received(CHARITY, amount, label="x"))
        self.commit(f"released:{number}", funds.income_released(CHARITY, amount, label="x"))
        self.commit(f"reserved:{number}", funds.spending_reserved(CHARITY, amount, label="x"))
        self.commit(f"pool:{number}", funds.spending_into_pool(CHARITY, POOL, amount, label="x"))
        self.plain["bank"] += amount.minor
        self.plain["pool"] += amount.minor

    def sell_with_help(self) -> None:
        """A pool, or a coupon that the platform bears and that only so many may use, pays part of a price, or all of it."""
        price = (3, 99, 1001)[self.pick(3)]
        amount = price if self.pick(4) == 0 else 1 + self.pick(price)
        by_pool = bool(self.pick(2))
        if by_pool and self.books[chart.subsidy(POOL)] < amount:
            return
        if not by_pool and len(self.coupon_orders) >= COUPON_LIMIT:
            return
        partner = PARTNERS[self.pick(3)]
        line = SoldLine("餐", "CNY", self.shares_of(price - amount, f"partner:{partner}"))
        order = Sold(self.number(), partner, line, True, price - amount)
        source = chart.subsidy(POOL) if by_pool else chart.platform_promotion()
        self._sold(
            order, Covered(order, source, amount, SoldLine("餐", "CNY", self.shares_of(amount, f"partner:{partner}")))
        )
        if not by_pool:
            self.coupon_orders.add(order.number)
        self.plain["pool" if by_pool else "promotion"] -= amount

    def _sold(self, order: Sold, cover: Covered) -> None:
        """The buyer's part, if there is one, and the other part, each an event of its own."""
        if order.paid:
            self.commit(f"sale:{order.number}", entries.sale_paid([order.line]))
            self.plain["card"] += order.paid
            self.sold.append(order)
        self.commit(f"cover:{order.number}", entries.cover_paid(cover.line, source=cover.source))
        self.covers.append(cover)

    def sell_pass(self) -> None:
        price, partner = (10, 1001, 9_900)[self.pick(3)], PARTNERS[self.pick(3)]
        order = Sold(
            self.number(), partner, SoldLine("十次卡", "CNY", (SoldShare(f"deferred:{partner}", price),)), True, price
        )
        self.commit(f"sale:{order.number}", entries.sale_paid([order.line]))
        self.plain["card"] += price
        self.sold.append(order)
        self.passes.append(Pass(order, 2 + self.pick(9), price))

    def use_pass(self) -> None:
        """Some units of a pass pay a class: their worth is shared by the rules of now, not of the sale."""
        mine = [each for each in self.passes if each.units and not each.is_over and 0 < each.units <= each.value]
        if not mine:
            return
        card = mine[self.pick(len(mine))]
        units = 1 + self.pick(card.units)
        amount = worth(card.value, card.units, units)
        partner = card.order.partner
        order = Sold(self.number(), partner, SoldLine("课", "CNY", ()), True, 0)
        line = SoldLine("课", "CNY", self.shares_of(amount, f"partner:{partner}"))
        self._sold(order, Covered(order, chart.partner_deferred(partner), amount, line))
        card.units, card.value = card.units - units, card.value - amount
        card.order.line = replace(card.order.line, spent=card.order.line.spent + amount)

    def end_pass(self) -> None:
        """The time of a pass is over: what is left is the partner's turnover."""
        mine = [each for each in self.passes if each.value and not each.is_over and not each.order.dispute]
        if not mine:
            return
        card = mine[self.pick(len(mine))]
        partner = card.order.partner
        line = SoldLine("十次卡", "CNY", self.shares_of(card.value, f"partner:{partner}"), is_earned=True)
        self.commit(f"pass_expired:{card.order.number}", entries.pass_expired(line, partner=partner))
        card.order.line = replace(card.order.line, spent=card.order.line.spent + card.value)
        card.units, card.value, card.is_over = 0, 0, True
        self.kept.append((partner, line))

    def finish_help(self) -> None:
        """A line that was paid by somebody else alone is done, or goes back whole."""
        alone = [each for each in self.covers if not each.order.paid and not each.line.is_earned and each.line.left]
        if not alone:
            return
        each = alone[self.pick(len(alone))]
        if self.pick(3):
            self.commit(f"cover_earned:{each.order.number}", entries.cover_earned(each.line))
            each.line = replace(each.line, is_earned=True)
            return
        self._back(each, goes_back(each.amount, each.returned, payable=0, refunded=0, is_whole=True))

    def redeem(self) -> None:
        super().redeem()
        self._follow()

    def refund(self) -> None:
        self._keep_passes(super().refund)

    def bank_decides(self) -> None:
        self._keep_passes(super().bank_decides)

    def _keep_passes(self, act: Callable[[], None]) -> None:
        """Money that goes back for a pass takes its units that are not used; what a bank takes beyond them the partner owes."""
        before = {each.order.number: each.order.line for each in self.passes}
        act()
        for each in self.passes:
            was, line = before[each.order.number], each.order.line
            gone = was.left - line.left
            if gone:
                each.order.line = replace(line, spent=min(was.spent, line.left))
                each.value = max(0, each.value - gone)
                each.units = min(each.units, each.value)
                self.plain[f"out:{each.order.partner}"] += max(0, gone - was.free)
        self._follow()

    def _follow(self) -> None:
        """What covers a line is earned and goes back with the line."""
        for each in self.covers:
            if not each.order.paid:
                continue
            line = each.order.line
            if line.is_earned and not each.line.is_earned and each.line.left:
                self.commit(f"cover_earned:{each.order.number}", entries.cover_earned(each.line))
                each.line = replace(each.line, is_earned=True)
            back = goes_back(
                each.amount,
                each.returned,
                payable=each.order.paid,
                refunded=each.order.paid - line.left,
                is_whole=not line.left,
            )
            if back:
                self._back(each, back)
            if not line.left:
                self.coupon_orders.discard(each.order.number)

    def _back(self, each: Covered, amount: int) -> None:
        moves = self.owing(entries.cover_returned(each.line, amount, source=each.source))
        self.commit(f"cover_returned:{each.order.number}:{each.returned + amount}", moves)
        each.line = replace(entries.after(each.line, amount), is_earned=each.line.is_earned)
        each.returned += amount
        if each.source == chart.partner_deferred(each.order.partner):
            self.plain[f"unused:{each.order.partner}"] += amount
            return
        self.plain["pool" if each.source == chart.subsidy(POOL) else "promotion"] += amount
        if each.line.left == 0:
            self.coupon_orders.discard(each.order.number)

    # --- gifts, the enterprise and its months ---

    def donate(self) -> None:
        slug, amount = FUNDS[self.pick(2)], 1 + self.pick(900)
        self.commit(f"gift:{self.number()}", funds.donation_received(slug, cny(amount), label="x"))
        self.plain[f"given:{slug}"] += amount

    def let_room(self) -> None:
        price = (7, 4000, 12_345)[self.pick(3)]
        order = Sold(
            self.number(), FIRM, SoldLine("房", "CNY", self.shares_of(price, f"enterprise:{FIRM}")), True, price
        )
        self.commit(f"sale:{order.number}", entries.sale_paid([order.line]))
        self.plain["card"] += price
        self.sold.append(order)

    def pay_cost(self) -> None:
        amount = 1 + self.pick(6000)
        self.commit(f"cost:{self.number()}", funds.enterprise_cost_paid(FIRM, cny(amount), label="水电"))
        self.plain["costs"] += amount

    def close(self) -> None:
        """What came in and went out since the last close is settled by a scheme."""
        books = self.books
        closing: Closing = close_month(
            books[chart.enterprise_income(FIRM)], max(0, -books[chart.enterprise_cost(FIRM)]),
            carried_loss=max(0, -books[chart.enterprise_losses(FIRM)]), reserve_held=max(0, books[chart.enterprise_reserve(FIRM)]),
            scheme=SCHEMES[self.pick(3)],
        )  # fmt: skip
        number = self.number()
        moves = funds.period_closed(FIRM, "liuyuan", closing, "CNY", label="x")
        if not moves:
            return
        self.commit(f"close:{number}", moves)
        self.closes[number] = tuple(moves)
        self._distribute(moves, 1)
        assert books[chart.enterprise_income(FIRM)] == books[chart.enterprise_cost(FIRM)] == 0, (
            "a month is settled whole"
        )
        assert sum(amount for _, amount in closing.parts) + closing.covered + closing.reserve == max(0, closing.net)

    def reopen(self) -> None:
        """A close is taken back in public: every movement of it gets its opposite, once."""
        able = [number for number in self.closes if number not in self.reopened]
        if not able:
            return
        number = able[self.pick(len(able))]
        self.commit(f"close:{number}:reopened", reversal(self.closes[number]))
        self.reopened.add(number)
        self._distribute(self.closes[number], -1)

    def _distribute(self, moves: tuple[Transfer, ...] | list[Transfer], sign: int) -> None:
        for each in moves:
            for slug in FUNDS:
                if each.credit == chart.fund_income(slug):
                    self.plain[f"given:{slug}"] += sign * each.amount.minor
                    self.plain["distributed"] += sign * each.amount.minor

    # --- what must hold ---

    def check(self) -> None:
        super().check()
        books, plain = self.books, self.plain
        assert books[chart.subsidy(POOL)] == plain["pool"] >= 0, "a pool pays what it has"
        assert books[chart.platform_promotion()] == plain["promotion"] <= 0
        assert len(self.coupon_orders) <= COUPON_LIMIT
        for partner in PARTNERS:
            value = sum(each.value for each in self.passes if each.order.partner == partner)
            assert books[chart.partner_deferred(partner)] == value + plain[f"unused:{partner}"], (
                "what is not used is owed"
            )
            assert value >= 0
        own = sum(s.left for _, line in self.lines() for s in line.shares if s.to == f"enterprise:{FIRM}")
        held = sum(
            books[account(FIRM)]
            for account in (chart.enterprise_income, chart.enterprise_cost, chart.enterprise_losses, chart.enterprise_reserve,
                            chart.enterprise_kept)
        )  # fmt: skip
        assert held + plain["distributed"] == own - plain["costs"] - plain[f"fees:{FIRM}"]
        assert books[chart.enterprise_reserve(FIRM)] <= SCHEMES[2].reserve_cap * max(1, len(self.reopened) + 1)
        for each in self.covers:
            assert 0 <= each.returned <= each.amount
            assert each.line.left == each.amount - each.returned
            gone = each.order.paid - each.order.line.left
            if each.order.paid:
                assert each.returned == each.amount * gone // each.order.paid, "in proportion to what went back"


WHOLE_ACTS: tuple[Callable[[WholeLife], None], ...] = (
    *(getattr(WholeLife, act.__name__) for act in money_life.ACTS), WholeLife.fill_pool, WholeLife.sell_with_help, WholeLife.sell_with_help,
    WholeLife.sell_pass, WholeLife.use_pass, WholeLife.use_pass, WholeLife.end_pass, WholeLife.finish_help, WholeLife.donate,
    WholeLife.let_room, WholeLife.pay_cost, WholeLife.close, WholeLife.reopen,
)  # fmt: skip
