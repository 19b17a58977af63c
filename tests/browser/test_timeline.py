"""The clerk works on the timeline: by pointer and by keyboard, and as a list on a phone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect

from tests.browser.acts import seen
from tests.browser.conftest import DESKTOP, OpenPage, picture

ZONE = ZoneInfo("Asia/Shanghai")
ROOM = "柳园便民亭"


def day(ahead: int) -> str:
    return str(datetime.now(ZONE).date() + timedelta(days=ahead))


async def drag(page: Page, start: str, end: str) -> None:
    """From the middle of one cell to the middle of another, both by the beginnings of their labels."""
    await page.locator(f"button[aria-label^='{start}']").first.scroll_into_view_if_needed()
    for number, label in enumerate((start, end)):
        box = await page.locator(f"button[aria-label^='{label}']").first.bounding_box()
        assert box
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        await (page.mouse.up() if number else page.mouse.down())


async def test_a_clerk_selects_time_closes_it_and_moves_the_closure_by_dragging(open_page: OpenPage) -> None:
    """Drag over two hours, say why; then drag the closure two hours later."""
    on = day(20)
    clerk = await open_page(f"/staff/liuyuan/timeline?from={on}", who="clerk", width=DESKTOP)
    await drag(clerk, f"{ROOM}，{on} 08:00", f"{ROOM}，{on} 09:30")
    dialog = clerk.get_by_role("dialog")
    await expect(dialog.get_by_label("开始")).to_have_value(f"{on}T08:00")
    await expect(dialog.get_by_label("结束")).to_have_value(f"{on}T10:00")
    await dialog.get_by_label("原因").fill("检修")
    await dialog.get_by_role("button", name="停用场地").click()
    await expect(dialog).to_have_count(0)
    await expect(clerk.locator(f"button[aria-label='{ROOM}，停用，检修，08:00–10:00']")).to_be_visible()
    await picture(clerk, "desktop-timeline")
    await drag(clerk, f"{ROOM}，停用，检修", f"{ROOM}，{on} 11:00")
    await dialog.get_by_role("button", name="确认改期").click()
    await expect(clerk.locator(f"button[aria-label^='{ROOM}，停用，检修，1']")).to_be_visible()


async def test_a_clerk_does_the_same_with_the_keyboard_alone(open_page: OpenPage) -> None:
    """Shift and arrows select, Enter opens; Alt and Shift and an arrow make the closure longer."""
    on = day(21)
    clerk = await open_page(f"/staff/liuyuan/timeline?from={on}", who="clerk", width=DESKTOP)
    await clerk.locator(f"button[aria-label^='{ROOM}，{on} 13:00']").focus()
    for _ in range(3):
        await clerk.keyboard.press("Shift+ArrowRight")
    await clerk.keyboard.press("Enter")
    dialog = clerk.get_by_role("dialog")
    await expect(dialog.get_by_label("开始")).to_have_value(f"{on}T13:00")
    await expect(dialog.get_by_label("结束")).to_have_value(f"{on}T15:00")
    await dialog.get_by_label("原因").press_sequentially("检修")
    await dialog.get_by_role("button", name="停用场地").click()
    made = clerk.locator(f"button[aria-label^='{ROOM}，停用']")
    await expect(made).to_be_visible()
    await made.focus()
    await clerk.keyboard.press("Alt+Shift+ArrowRight")
    await expect(dialog.get_by_label("结束")).to_have_value(f"{on}T15:30")
    await dialog.get_by_role("button", name="确认改期").click()
    await expect(clerk.locator("button[aria-label$='13:00–15:30']")).to_be_visible()


async def test_on_a_phone_the_timeline_is_a_list_and_a_room_is_booked_for_somebody(open_page: OpenPage) -> None:
    """The clerk books for a caller, who finds the order waiting for cash; what is taken says so."""
    open_page.expected.append("409")
    on = day(22)
    clerk = await open_page(f"/staff/liuyuan/timeline?from={on}", who="clerk")
    for fine in (True, False):
        await clerk.get_by_role("button", name=f"停用或代订：{ROOM}").click()
        dialog = clerk.get_by_role("dialog")
        await dialog.get_by_text("代人预订").click()
        await dialog.get_by_label("预订人的手机号或邮箱").fill("visitor@demo.test")
        await dialog.get_by_label("人数").fill("2" if fine else "1")
        await dialog.get_by_role("button", name="预订", exact=True).click()
        if fine:
            await expect(dialog).to_have_count(0)
            await expect(seen(clerk, "何远")).to_be_visible()
            await picture(clerk, "phone-timeline")
        else:
            await expect(dialog.get_by_role("alert")).to_be_visible()
    visitor = await open_page("/orders", who="visitor")
    await expect(seen(visitor, ROOM)).to_be_visible()
