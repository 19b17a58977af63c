"""A neighbour gives to a campaign and every month, and sees where it went."""

import re

from playwright.async_api import Page, expect

from tests.browser.acts import at_the_sandbox, balance_of_fund, looked_up, seen
from tests.browser.conftest import DESKTOP, OpenPage, picture

FUND = "/funds/xiqiao-charity"


async def raised(page: Page) -> int:
    """Minor units that the campaign has."""
    campaigns = (await looked_up(page, "/api/campaigns?community=xiqiao"))["items"]
    return int(campaigns[0]["raised"]["amount"])


async def test_a_neighbour_gives_twelve_yuan_to_the_campaign_from_the_funds_page_and_everybody_sees_it_without_a_name(
    open_page: OpenPage,
) -> None:
    page = await open_page(FUND, who="resident")
    before, balance = await raised(page), await balance_of_fund(page)
    card = page.get_by_role("region", name="给二十户独居老人装楼道扶手")
    await card.get_by_role("link", name="捐一笔").click()
    await page.wait_for_url("**/give?campaign=*")
    await expect(page.get_by_label("用在哪里")).to_contain_text("筹款：给二十户独居老人装楼道扶手")

    await page.get_by_label("其他金额").check()
    await page.get_by_label("金额（元）").fill("0.99")
    await page.get_by_role("button", name="去付款").click()
    await expect(page.get_by_text("请填写 ¥1.00 到 ¥50,000.00 之间的金额")).to_be_visible()
    await page.get_by_label("金额（元）").fill("12.34")
    await page.get_by_label("想说的话").fill("扶手装好了，大家都放心。")
    await picture(page, "phone-give")
    await page.get_by_role("button", name="去付款 ¥12.34").click()
    await page.wait_for_url("**/sandbox/**")
    await at_the_sandbox(page, "付款")

    await page.wait_for_url("**/orders/*")
    await expect(page.get_by_text("谢谢您的捐款")).to_be_visible()
    await expect(page.get_by_role("button", name="核对凭证")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("退款"))).to_have_count(0)

    stranger = await open_page(FUND)
    assert await raised(stranger) == before + 1234
    assert await balance_of_fund(stranger) == balance + 1234
    line = (
        stranger.get_by_role("region", name="全部账目").or_(stranger.get_by_role("main")).get_by_text("网上捐款").first
    )
    await expect(line).to_be_visible()
    await stranger.goto(f"{FUND}/give", wait_until="networkidle")
    gift = stranger.get_by_role("listitem").filter(has_text="扶手装好了")
    await expect(gift).to_contain_text("一位邻居")
    await expect(gift).to_contain_text("¥12.34")


async def test_a_gift_every_month_is_started_with_two_taps_and_stopped_with_one(open_page: OpenPage) -> None:
    page = await open_page("/funds/baihe-charity/give", who="elder", width=DESKTOP)
    await page.get_by_label("每月捐", exact=False).first.check()
    await page.get_by_label("每月几号").select_option("28")
    await page.get_by_role("button", name="开始每月捐 ¥50.00").click()
    await page.wait_for_url("**/account/giving")
    mine = page.get_by_role("listitem").filter(has_text="每月 28 号捐 ¥50.00").first
    await expect(mine).to_contain_text("进行中")
    await expect(mine).to_contain_text("下次")
    await mine.get_by_role("button", name="停止每月捐款").click()
    await expect(mine).to_contain_text("已停止")
    await expect(mine.get_by_role("button")).to_have_count(0)


async def test_who_is_not_signed_in_sees_how_much_and_for_what_and_comes_back_to_it(open_page: OpenPage) -> None:
    page = await open_page(f"{FUND}/give")
    await expect(seen(page, "¥100.00")).to_be_visible()
    await page.get_by_role("link", name="登录后捐款").click()
    await page.wait_for_url("**/sign-in?next=**give")
