"""What the clerk does at the community's desk: take cash, look how rooms are used, close one."""

import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect

from tests.browser.acts import cents, code_shown, found, go_to_payment, pay_button, put_in_basket, seen
from tests.browser.conftest import DESKTOP, OpenPage, picture


async def unfold(page: Page) -> None:
    """Open every part of the day; only the first with a free time is open by itself."""
    await expect(page.locator("details").first).to_be_visible()
    await page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


async def test_a_neighbour_pays_at_the_desk_and_the_order_turns_paid_before_their_eyes(open_page: OpenPage) -> None:
    """Order by telephone, cash to the clerk, and the code appears without a reload; called off, the cash waits at the desk."""
    buyer = await open_page("/", who="visitor")
    await put_in_basket(buyer, "椅子瑜伽")
    await go_to_payment(buyer)
    await buyer.get_by_text("到社区服务台付现金").click()
    await pay_button(buyer).click()
    await expect(buyer.get_by_text("请到社区服务台付款")).to_be_visible()
    await picture(buyer, "phone-order-desk")

    clerk = await open_page("/staff", who="clerk", width=DESKTOP)
    await clerk.get_by_role("link", name="柳园社区").click()
    await clerk.get_by_role("link", name="居民与服务台").click()
    await clerk.get_by_role("link", name="服务台收款").click()
    row = clerk.get_by_role("listitem").filter(has_text="椅子瑜伽").last
    await expect(row).to_contain_text("¥40.00")
    await row.get_by_role("button", name="收款").click()
    await clerk.get_by_label("单据编号").fill("2026-0042")
    await picture(clerk, "desktop-desk-dialog")
    await clerk.get_by_role("button", name="确认已收到").click()
    await expect(clerk.get_by_text("已收款，券码已生成")).to_be_visible()

    await expect(buyer.get_by_text("付款成功")).to_be_visible(timeout=20_000)
    await code_shown(buyer)

    await buyer.get_by_role("button", name="申请退款").click()
    await expect(buyer.get_by_role("dialog")).to_contain_text("请到社区服务台领回")
    await buyer.get_by_role("dialog").get_by_role("button", name="确认退款").click()
    await expect(buyer.get_by_role("dialog")).to_have_count(0)
    await clerk.reload(wait_until="networkidle")
    waiting = clerk.get_by_role("region", name="待退的现金").get_by_role("listitem").filter(has_text="椅子瑜伽")
    await expect(waiting).to_contain_text("¥40.00")
    await picture(clerk, "desktop-desk-cash-back")
    given_back = clerk.locator("dt", has_text="退出现金").locator("+ dd")
    before = cents(await given_back.text_content() or "")
    await waiting.get_by_role("button", name="退还现金").click()
    await clerk.get_by_role("dialog").get_by_role("button", name="钱已交给本人").click()
    await expect(clerk.get_by_text("已记下，这笔钱从您的钱箱支出")).to_be_visible()
    await expect(waiting).to_have_count(0)
    await clerk.locator("summary").filter(has_text="我今天的现金").click()
    await expect(given_back).to_have_text(f"¥{(before + 4000) / 100:,.2f}")


async def test_the_clerk_offers_idle_hours_in_two_presses_and_neighbours_see_the_lower_price(
    open_page: OpenPage,
) -> None:
    """From the figures to the idle hours, one press to choose, one to publish; the space's prices say so at once."""
    clerk = await open_page("/staff/liuyuan/utilisation", who="clerk", width=DESKTOP)
    await clerk.get_by_role("link", name="闲置时段").click()
    card = clerk.get_by_role("listitem").filter(has=clerk.get_by_role("button", name=re.compile("按每小时"))).first
    name = (await card.get_by_role("heading").inner_text()).strip()
    await picture(clerk, "desktop-idle-hours")
    await card.get_by_role("button", name=re.compile("按每小时")).click()
    await clerk.get_by_role("button", name="发布", exact=True).click()
    await expect(clerk.get_by_text(re.compile(f"已发布：{name}"))).to_be_visible()

    page = await open_page("/")
    tariffs = await page.evaluate(
        "(space) => fetch(`/api/spaces/${space}/tariffs`).then((answer) => answer.json())",
        await found(page, name, "space"),
    )
    (everybody,) = [each for each in tariffs["items"] if each["audience"] == "everybody"]
    assert any(rate["peak"] == "off_peak" for rate in everybody["rates"])


async def test_the_director_lets_a_space_and_ends_the_lease_again(open_page: OpenPage) -> None:
    """Base rent and a share of turnover for a lift poster; the end needs a reason, and the card says both."""
    director = await open_page("/staff/baihe/leases", who="director", width=DESKTOP)
    form = director.get_by_role("region", name="新租约")
    await form.get_by_label("场地").select_option(label="白河一号楼电梯广告位")
    await form.get_by_label("商户").select_option(index=0)
    first = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=40)
    await form.get_by_label("第一天").fill(str(first))
    await form.get_by_label("最后一天").fill(str(first + timedelta(days=364)))
    await form.get_by_label("每月底租").fill("300")
    await form.get_by_label("营业额提成").fill("5")
    await form.get_by_role("button", name="签订租约").click()
    await expect(director.get_by_text("租约已签订")).to_be_visible()
    card = director.get_by_role("article").filter(has_text="白河一号楼电梯广告位").first
    await expect(card).to_contain_text("¥300.00")
    await expect(card).to_contain_text("5%")

    for button, name in (("上传文件", "电梯广告位合同"), ("为「电梯广告位合同」换新版", "电梯广告位合同（盖章）")):
        await card.get_by_role("button", name=button).click()
        paper = director.get_by_role("dialog")
        content = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
        await paper.get_by_label("选择文件").set_input_files(content)
        await paper.get_by_label("文件名称").fill(name)
        await paper.get_by_role("button", name="保存").click()
        await expect(card.get_by_role("link", name=name, exact=True)).to_be_visible()
    await card.get_by_text("已被替换的旧文件（1）").click()
    await expect(card.get_by_role("link", name="电梯广告位合同", exact=True)).to_be_visible()
    await picture(director, "desktop-lease")

    await card.get_by_role("button", name="提前结束").click()
    dialog = director.get_by_role("dialog")
    await dialog.get_by_label("最后一天").fill(str(first + timedelta(days=30)))
    await dialog.get_by_label("原因").fill("商户搬走")
    await dialog.get_by_role("button", name="提前结束").click()
    await expect(card).to_contain_text("提前结束：商户搬走")


async def test_the_clerk_sees_how_much_each_room_is_used_and_closes_an_afternoon(open_page: OpenPage) -> None:
    """Booked of open hours per room, then a closure that residents see in the week of the room, and its end."""
    clerk = await open_page("/staff/liuyuan", who="clerk", width=DESKTOP)
    await clerk.get_by_role("link", name="使用率").click()
    by_space = clerk.get_by_role("region", name="按场地")
    room = by_space.get_by_role("listitem").filter(has_text="柳荫瑜伽室")
    await expect(room).to_contain_text(re.compile(r"\d+%"))
    await expect(room).to_contain_text(re.compile("已订 .*开放 .*小时"))
    heat = clerk.get_by_role("table", name="什么时候有人用")
    await expect(heat.get_by_role("link", name=re.compile(r"星期六 10:00：已订 \d+%"))).to_be_visible()
    await room.get_by_role("link").click()
    await expect(clerk.get_by_role("heading", name="数字背后的预订")).to_be_visible()
    await expect(clerk.get_by_role("listitem").filter(has_text="柳荫瑜伽室").first).to_be_visible()

    await clerk.get_by_role("link", name="场地", exact=True).click()
    await clerk.get_by_role("link", name="少年创客室").click()
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=13)
    closures = clerk.get_by_role("region", name="占用和停用")
    await closures.get_by_label("开始").fill(f"{day}T18:00")
    await closures.get_by_label("结束").fill(f"{day}T19:00")
    await closures.get_by_label("原因").fill("灯管更换")
    await closures.get_by_role("button", name="停用", exact=True).click()
    closure = closures.get_by_role("listitem").filter(has_text="灯管更换")
    await expect(closure).to_be_visible()

    page = await open_page("/")
    await page.goto(f"/spaces/{await found(page, '少年创客室', 'space')}")
    await page.get_by_role("button", name="下一周").click()
    days = page.get_by_role("group", name="选择日期").get_by_role("button")
    await days.nth(6).click()
    await unfold(page)
    free = page.get_by_role("button", name=re.compile("18:00 .*可订$"))
    await expect(page.get_by_role("button", name=re.compile("17:30 .*可订$"))).to_be_visible()
    await expect(free).to_have_count(0)

    await closure.get_by_role("button", name="恢复开放").click()
    await expect(closure).to_have_count(0)
    await page.reload(wait_until="networkidle")
    await page.get_by_role("button", name="下一周").click()
    await days.nth(6).click()
    await unfold(page)
    await expect(free).to_be_visible()


async def test_a_new_neighbour_signs_up_asks_for_the_residents_price_and_the_clerk_grants_it(
    open_page: OpenPage,
) -> None:
    """From no account to ¥80.00 for the class."""
    page = await open_page("/sign-up")
    await page.get_by_label("姓名").fill("秦小满")
    await page.get_by_label("邮箱或手机号").fill(f"qin-{uuid4().hex[:8]}@demo.test")
    await page.get_by_label("密码").fill("three short words")
    await page.get_by_role("main").get_by_role("button", name="注册").click()
    await page.wait_for_url(lambda url: "sign-up" not in url)
    await page.goto("/account")
    await page.get_by_label("社区").select_option(label="柳园社区")
    await page.get_by_label("住址").fill("柳园路 18 号 3 幢 201")
    await page.get_by_role("button", name="提交申请").click()
    await expect(page.get_by_text("已提交，社区会尽快核实")).to_be_visible()

    clerk = await open_page("/staff/liuyuan/residency", who="clerk", width=DESKTOP)
    asked = clerk.get_by_role("listitem").filter(has_text="秦小满")
    await picture(clerk, "desktop-residency")
    await asked.get_by_role("button", name="核实通过").click()
    await expect(asked).to_have_count(0)

    await page.goto(f"/listings/{await found(page, '晨间瑜伽课')}")
    await expect(seen(page, "您是柳园社区已核实的居民")).to_be_visible()
    await expect(seen(page, "¥80.00")).to_be_visible()
