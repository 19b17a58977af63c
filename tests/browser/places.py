"""Every page of the product with what must stand in its address, and who is at home there."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page

from tests.browser.acts import found, looked_up

LOADED = "() => document.querySelector('h1') && !document.querySelector('.shape, [aria-busy=true]')"


@dataclass(frozen=True)
class Place:
    """`{…}` in a path is filled with an id of the running town."""

    name: str
    path: str
    who: str | None = None
    basket: bool = False


@dataclass
class Town:
    """Ids that paths need."""

    ids: dict[str, str] = field(default_factory=dict)


PLACES = (
    Place("home", "/"),
    Place("search", "/search?q=瑜伽"),
    Place("search-nothing", "/search?q=zzqqxx"),
    Place("listing", "/listings/{yoga}"),
    Place("listing-free", "/listings/{advice}"),
    Place("space", "/spaces/{room}"),
    Place("free-rooms", "/spaces"),
    Place("partner-page", "/partners/qinghe-studio"),
    Place("needs", "/needs"),
    Place("need", "/needs/{need}"),
    Place("basket-empty", "/cart"),
    Place("funds", "/funds"),
    Place("fund", "/funds/liuyuan-development"),
    Place("fund-campaign", "/funds/xiqiao-charity"),
    Place("fund-filtered", "/funds/liuyuan-charity?kind=donation&from=2020-01-01"),
    Place("fund-spending", "/funds/baihe-charity/spending"),
    Place("fund-give", "/funds/xiqiao-charity/give"),
    Place("tenders", "/tenders"),
    Place("tender-open", "/tenders/{tender}"),
    Place("tender-decided", "/tenders/{awarded}"),
    Place("sign-in", "/sign-in"),
    Place("sign-up", "/sign-up"),
    Place("help", "/help"),
    Place("about", "/about"),
    Place("styleguide", "/styleguide"),
    Place("not-found", "/nothing/of/this/kind"),
    Place("basket", "/cart", "resident", basket=True),
    Place("checkout", "/checkout", "resident", basket=True),
    Place("sandbox", "{payment}", "resident"),
    Place("order-awaiting", "/orders/{unpaid}", "resident"),
    Place("order-free", "/orders/{paid}", "resident"),
    Place("order-series", "/orders/{weekly}", "resident"),
    Place("order-move", "/orders/{weekly}/move/{date}", "resident"),
    Place("orders", "/orders", "resident"),
    Place("codes", "/vouchers", "resident"),
    Place("family", "/account/family", "resident"),
    Place("year", "/account/year", "resident"),
    Place("giving", "/account/giving", "resident"),
    Place("fund-give-in", "/funds/liuyuan-charity/give", "resident"),
    Place("account", "/account", "resident"),
    Place("cards", "/account/cards", "resident"),
    Place("need-new", "/needs/new?title=瑜伽班", "resident"),
    Place("partner-home", "/partner", "partner"),
    Place("partner-listings", "/partner/qinghe-studio", "partner"),
    Place("partner-new", "/partner/qinghe-studio/listings/new", "partner"),
    Place("partner-listing", "/partner/qinghe-studio/listings/{yoga}", "partner"),
    Place("partner-orders", "/partner/qinghe-studio/orders", "partner"),
    Place("partner-money", "/partner/qinghe-studio/money", "partner"),
    Place("partner-leases", "/partner/qinghe-studio/leases", "partner"),
    Place("partner-coupons", "/partner/qinghe-studio/coupons", "partner"),
    Place("partner-cards", "/partner/qinghe-studio/cards", "partner"),
    Place("partner-teachers", "/partner/qinghe-studio/teachers", "partner"),
    Place("partner-tenders", "/partner/qinghe-studio/tenders", "partner"),
    Place("partner-tender", "/partner/qinghe-studio/tenders/{tender}", "partner"),
    Place("partner-redeem", "/partner/qinghe-studio/redeem", "partner"),
    Place("staff-home", "/staff", "clerk"),
    Place("staff-spaces", "/staff/liuyuan", "clerk"),
    Place("staff-timeline", "/staff/liuyuan/timeline", "clerk"),
    Place("staff-timeline-week", "/staff/xiqiao/timeline?days=7", "clerk"),
    Place("staff-assets", "/staff/liuyuan/assets", "clerk"),
    Place("staff-new-space", "/staff/liuyuan/spaces/new", "clerk"),
    Place("staff-space", "/staff/liuyuan/spaces/{room}", "clerk"),
    Place("staff-space-prices", "/staff/liuyuan/spaces/{room}/prices", "clerk"),
    Place("staff-space-terms", "/staff/liuyuan/spaces/{room}/terms", "clerk"),
    Place("door-old-poster", "/door/{room}?key=old"),
    Place("staff-door", "/door/{room}", "clerk"),
    Place("staff-approvals", "/staff/liuyuan/approvals", "clerk"),
    Place("staff-holidays", "/staff/liuyuan/holidays", "clerk"),
    Place("staff-residency", "/staff/liuyuan/residency", "clerk"),
    Place("staff-desk", "/staff/liuyuan/desk", "clerk"),
    Place("staff-sales", "/staff/liuyuan/sales", "clerk"),
    Place("staff-payouts", "/staff/liuyuan/payouts", "clerk"),
    Place("staff-cases", "/staff/liuyuan/cases", "clerk"),
    Place("staff-utilisation", "/staff/liuyuan/utilisation", "clerk"),
    Place("staff-uses", "/staff/liuyuan/utilisation/uses", "clerk"),
    Place("staff-idle-hours", "/staff/liuyuan/utilisation/idle", "clerk"),
    Place("staff-leases", "/staff/xiqiao/leases", "director"),
    Place("staff-tenders", "/staff/liuyuan/tenders", "director"),
    Place("staff-new-tender", "/staff/liuyuan/tenders/new", "director"),
    Place("staff-tender", "/staff/liuyuan/tenders/{tender}", "director"),
    Place("staff-search", "/staff/liuyuan/search", "clerk"),
    Place("staff-spending", "/staff/liuyuan/spending", "director"),
    Place("staff-closes", "/staff/liuyuan/closes", "director"),
    Place("staff-new-spending", "/staff/liuyuan/spending/new", "director"),
    Place("staff-gifts", "/staff/xiqiao/gifts", "director"),
    Place("staff-subsidies", "/staff/baihe/subsidies", "director"),
    Place("staff-coupons", "/staff/baihe/coupons", "director"),
    Place("staff-plans", "/staff/liuyuan/plans", "director"),
    Place("staff-questions", "/staff/liuyuan/questions", "clerk"),
    Place("staff-rules", "/staff/liuyuan/rules", "director"),
)


async def ids_of_the_town(page: Page) -> dict[str, str]:
    """Ids that anybody may know."""
    tenders = (await looked_up(page, "/api/tenders"))["items"]
    return {
        "tender": next(it["id"] for it in tenders if it["status"] == "announced"),
        "awarded": next(it["id"] for it in tenders if it["status"] == "awarded"),
        "yoga": await found(page, "晨间瑜伽课"),
        "advice": await found(page, "免费法律咨询"),
        "room": await found(page, "柳荫瑜伽室", "space"),
        "need": (await looked_up(page, "/api/needs?status=taken"))["items"][0]["id"],
    }


async def basket_with(page: Page, ids: dict[str, str]) -> list[dict[str, Any]]:
    """What a basket holds that has the yoga class in it."""
    offers = (await looked_up(page, f"/api/listings/{ids['yoga']}/offers"))["items"]
    return [{"offer_id": next(it["id"] for it in offers if it["left"] > 0), "quantity": 1}]


async def fill_basket(page: Page, lines: list[dict[str, Any]]) -> None:
    """As the page keeps it."""
    await page.evaluate("(lines) => localStorage.setItem('market.cart', lines)", json.dumps(lines))


async def settled(page: Page) -> None:
    """Wait until the page shows its data and no grey shapes."""
    if "/styleguide" in page.url:  # it shows the grey shapes themselves
        await page.wait_for_selector("h1")
    elif "/sandbox/" not in page.url:
        await page.wait_for_function(LOADED)
