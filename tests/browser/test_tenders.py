"""A kiosk is let in the open: announced, bid for under seal, opened before witnesses, awarded into a lease (T1)."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.browser.acts import found, looked_up, seen, told
from tests.browser.conftest import DESKTOP, OpenPage, picture

ZONE = ZoneInfo("Asia/Shanghai")


async def test_the_director_announces_with_rules_that_stay(open_page: OpenPage) -> None:
    """Weights that do not make 100 % are refused; announced, the public page shows them."""
    open_page.expected.append("422")
    director = await open_page("/staff/xiqiao/tenders", who="director", width=DESKTOP)
    await director.get_by_role("link", name="发布招租").click()
    await director.get_by_label("标题", exact=True).fill("溪桥音乐室午间招租")
    await director.get_by_role("checkbox").first.check()
    await director.get_by_label("每月底价").fill("300")
    await director.get_by_label("租金占比（%）").fill("60")
    await director.get_by_role("button", name="加一项标准").click()
    await director.get_by_label("标准名称").fill("每周公益时段（小时）")
    await director.get_by_label("占比（%）", exact=True).fill("30")
    await director.get_by_role("button", name="发布", exact=True).click()
    await expect(director.get_by_label("租金占比（%）")).to_have_attribute("aria-invalid", "true")
    await director.get_by_label("占比（%）", exact=True).fill("40")
    await director.get_by_role("button", name="发布", exact=True).click()
    await expect(seen(director, "接受报价")).to_be_visible()
    await director.get_by_role("link", name="公示页面").click()
    await expect(seen(director, "每周公益时段（小时）（报价人承诺，10 为满分）")).to_be_visible()
    await expect(seen(director, "40%")).to_be_visible()


async def test_a_partner_seals_a_bid_replaces_it_and_takes_it_back(open_page: OpenPage) -> None:
    """The receipt is all that is ever shown of it; nobody else sees that there is one."""
    partner = await open_page("/partner/qinghe-studio/tenders", who="partner")
    await partner.get_by_role("link", name="柳园便民亭招租").first.click()
    for amount in ("900", "1000"):
        await partner.get_by_label("每月租金（元）").fill(amount)
        await partner.get_by_label("每周为老人优惠的时段（小时）").fill("10")
        await partner.get_by_role("button", name=re.compile("密封并提交|改报")).click()
        await expect(seen(partner, "报价已密封，回执在列表里")).to_be_visible()
    await expect(partner.get_by_text(re.compile("^[0-9a-f]{64}$"))).to_have_count(2)
    await expect(partner.get_by_text("1,000.00")).to_have_count(0)
    await picture(partner, "phone-bid")
    director = await open_page("/staff/liuyuan/tenders", who="director", width=DESKTOP)
    await director.get_by_role("link", name="柳园便民亭招租").click()
    await expect(seen(director, "截止前谁也看不到内容，也看不到份数")).to_be_visible()
    await partner.get_by_role("button", name="撤回报价").click()
    await expect(seen(partner, "已撤回")).to_be_visible()


async def test_the_bids_are_opened_before_witnesses_and_the_award_makes_the_lease(open_page: OpenPage) -> None:
    """After the deadline: open, give the committee's points, award; the lease stands among the leases."""
    director = await open_page("/staff/baihe/tenders", who="director", width=DESKTOP)
    space = await found(director, "康养活动室", "space")
    partner = await open_page("/partner", who="partner")
    now = datetime.now(ZONE)
    first = now.date() + timedelta(days=300)
    made = await told(
        director, "POST", "/api/communities/baihe/tenders",
        {
            "title": "康复室长租", "spaces": [space], "bids_until": (now + timedelta(seconds=8)).isoformat(),
            "first_day": str(first), "last_day": str(first + timedelta(days=30)), "reserve_minor": 10_000,
            "criteria": [
                {"key": "price", "kind": "price", "label": "每月租金", "weight_bp": 8000},
                {"key": "plan", "kind": "committee", "label": "方案", "weight_bp": 2000},
            ],
        },
    )  # fmt: skip
    bid = {"partner": "qinghe-studio", "base_minor": 66_600, "answers": {}}
    await told(partner, "POST", f"/api/tenders/{made['id']}/bids", bid)
    await director.wait_for_timeout(8500)
    await director.goto(f"/staff/baihe/tenders/{made['id']}")
    await director.get_by_label("到场的人").fill("居民代表陈桂芳")
    await director.get_by_role("button", name="开标").click()
    await expect(seen(director, "每月 ¥666.00")).to_be_visible()
    await director.get_by_label("清和工坊：方案").fill("80")
    await director.get_by_role("button", name="保存打分").click()
    await expect(seen(director, "得分 96")).to_be_visible()
    await picture(director, "desktop-tender-opened")
    await director.get_by_role("button", name="定标").click()
    await expect(seen(director, "已定标")).to_be_visible()
    leases = (await looked_up(director, "/api/communities/baihe/leases"))["items"]
    (lease,) = [each for each in leases if each["tender_id"] == made["id"]]
    assert (lease["partner"], lease["base"]["amount"], lease["first_day"]) == ("qinghe-studio", 66_600, str(first))
    await director.goto("/staff/baihe/leases")
    await expect(director.get_by_role("link", name="公开招租的结果").first).to_be_visible()


async def test_the_director_changes_the_rent_of_a_lease_and_sees_its_deposit(open_page: OpenPage) -> None:
    """From a month on, by a percentage, with a reason; the deposit stands on the card with its day."""
    director = await open_page("/staff/xiqiao/leases", who="director", width=DESKTOP)
    card = director.get_by_role("article").filter(has_text="溪桥东街铺面").first
    await expect(card).to_contain_text("代管押金 ¥3,600.00")
    await card.get_by_role("button", name="调整租金").click()
    dialog = director.get_by_role("dialog")
    month = (datetime.now(ZONE).replace(day=1) + timedelta(days=70)).strftime("%Y-%m")
    await dialog.get_by_label("从哪个月起").fill(month)
    await dialog.get_by_label("涨幅（%）").fill("3")
    await dialog.get_by_label("原因").fill("随物价指数")
    await dialog.get_by_role("button", name="保存").click()
    await expect(card).to_contain_text("¥1,854.00 · 随物价指数")
    await picture(director, "desktop-lease-indexed")
