"""How much can be given at once, what a gift is called in public, and how long it waits to be paid (pure)."""

from datetime import timedelta

from market.checkout.share_rules import Share

# In minor units of the fund's currency: less than one yuan costs more than it brings, more is talked about first.
LEAST_MINOR = 100
MOST_MINOR = 5_000_000
SUGGESTED_MINOR = (1_000, 5_000, 10_000, 50_000)
MESSAGE_MAX = 200
# Nobody else waits for what a gift holds, so that it may be paid at leisure.
TO_PAY = timedelta(hours=1)
ITEM_KIND = "donation"


def title_of(*, for_what: str | None, is_monthly: bool = False) -> str:
    """The public wording of a gift: what it is for, never whose it is (O08)."""
    name = "每月捐款" if is_monthly else "网上捐款"
    return f"{name}：{for_what}" if for_what else name


def title_en_of(*, for_what: str | None, is_monthly: bool = False) -> str:
    """The same in English."""
    name = "Monthly donation" if is_monthly else "Online donation"
    return f"{name}: {for_what}" if for_what else name


def everything_to(fund_slug: str, *, label: str, label_en: str | None, amount: int) -> tuple[Share, ...]:
    """All of a gift is the fund's: no rule takes anything of it, and no fee is taken off it."""
    return (Share(f"fund:{fund_slug}", label, label_en, amount),)
