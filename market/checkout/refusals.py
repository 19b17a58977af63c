"""Why a cart is not sold as it is, each refusal with its own name."""

from collections.abc import Sequence

from market.checkout import rules
from market.checkout.schemas import RefusedDate
from market.errors import Conflict


class CannotBuy(Conflict):
    """The cart cannot be bought as it is; `slug` is the problem code that the quote shows on the line."""

    title = "This cannot be bought"
    REASONS = {  # noqa: RUF012 - a constant table
        "sold_out": "It is sold out.",
        "sale_ended": "Its sale has ended.",
        "not_for_sale": "It is not for sale.",
        "closed": "It is closed.",
        "slot_taken": "That time is taken.",
        "not_eligible": "It is reserved for a group that your account is not verified for.",
        "residents_only": "It is kept for verified residents of this community.",
        "partners_only": "It is kept for partners of the community.",
        "pass_not_usable": "Your pass does not pay for it: it is used up, over, or for something else.",
        "ask_apart": "It is ordered apart from what the staff of a community have to agree to first.",
        "limit_reached": "You have reached the number that one person can have.",
    }

    def __init__(self, line: rules.PricedLine) -> None:
        problem = line.problem or "not_for_sale"
        super().__init__(f"{line.title}: {self.REASONS[problem]}")
        self.slug = problem.replace("_", "-")  # type: ignore[misc]  # one class for a table of reasons


class DatesMissing(Conflict):
    """All dates of a series were wanted, and one of them cannot be had."""

    slug = "dates-missing"
    title = "Not every date can be had"

    def __init__(self, date: RefusedDate) -> None:
        super().__init__("One of the dates cannot be had. Choose the dates that are free, or other dates.")
        self._date = date

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        return [(f"lines[{self._date.wish}].repeat", f"{self._date.starts_at.isoformat()}: {self._date.reason}")]


class PriceChanged(Conflict):
    """The price is no longer what the buyer saw; `errors` carries the new one in minor units."""

    slug = "price-changed"
    title = "The price has changed"

    def __init__(self, payable: int) -> None:
        super().__init__("The price has changed since you saw it. Please look at it again.")
        self._payable = payable

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        return [("expected_payable", str(self._payable))]


class NoDesk(Conflict):
    slug = "no-desk"
    title = "No payment at a desk"


class NotPayable(Conflict):
    slug = "not-payable"
    title = "This order cannot be paid"
