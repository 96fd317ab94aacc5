"""The wall as an operator uses it, on a hub that runs."""

import itertools
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWall
from tests.builders import a_mark
from tests.running import RunningHub

pytestmark = [pytest.mark.browser, pytest.mark.services]

#: Where the documentation has its pictures of the wall.
PICTURES = Path(__file__).parents[2] / "docs" / "img"

#: What a message may try in a title.
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


#: Calls of different tests are a kilometre apart, or the hub would rightly fuse them.
_NUMBERS = itertools.count()


def call(title: str, **rest: object) -> dict[str, object]:
    """A hotline work order of this test's own."""
    number = next(_NUMBERS)
    order = {
        "order_id": f"browser-{uuid.uuid4().hex}",
        "title": title,
        "content": f"市民反映：{title}，希望尽快处理。",
        "question_class": "公用事业->供水->漏水",
        "caller_name": "张建国",
        "caller_phone": "13812345678",
        "district": "140802",
        "address": f"试验{number}路{number}号",
        "longitude": 110.93 + 0.012 * (number % 8),
        "latitude": 34.99 + 0.012 * (number // 8),
    }
    return order | rest


def unique(words: str) -> str:
    """A title that no other test has."""
    return f"{words}{a_mark()}"


def report(hub: RunningHub, title: str, **rest: object) -> None:
    """Post a call and see it accepted."""
    answer = hub.post("hotline", call(title, **rest))
    assert answer.status_code == 202, answer.text


def row(page: Page, title: str):  # type: ignore[no-untyped-def]
    """The row of the list with this title."""
    return page.locator("#list .row:not([hidden])").filter(has=page.locator(".row-title", has_text=title))


def test_a_call_appears_in_the_list_and_on_the_map_without_a_reload(
    running_hub: RunningHub, open_wall: OpenWall, complaints: list[str]
) -> None:
    page = open_wall(running_hub, "?sort=newest")
    page.evaluate("window.sameLife = true")
    # A place of its own: south-west of Ruicheng, where nothing else reports.
    title = unique("浏览器测试自来水管爆裂")
    report(running_hub, title, district="140830", longitude=110.42, latitude=34.66)
    expect(row(page, title)).to_be_visible()
    assert page.evaluate("window.sameLife") is True

    # On the map: choosing the incident rings its dot, and pressing the dot chooses the incident.
    row(page, title).click()
    expect(page.locator(".story-title")).to_have_text(title)
    page.keyboard.press("Escape")
    expect(page.locator("#story")).to_be_hidden()
    stands_still(page)
    at = page.evaluate("([lat, lon]) => window.tongguanWall.pixelOf(lat, lon)", _stored_place(running_hub, title))
    page.mouse.click(at["x"], at["y"])
    expect(page.locator(".story-title")).to_have_text(title)
    assert complaints == []


def test_the_story_opens_with_tasks_reports_timeline_and_why(running_hub: RunningHub, open_wall: OpenWall) -> None:
    page = open_wall(running_hub, "?sort=newest")
    title = unique("小区供水管道漏水")
    report(running_hub, title)
    row(page, title).click()
    why = page.locator('[data-chapter="why"] li')
    expect(why.first).to_be_visible()
    stages = why.locator(".stage-name").all_inner_texts()
    assert {"归类", "定位", "融合", "派遣", "时限"} <= set(stages), stages
    assert all(text.strip() for text in why.locator(".why-text").all_inner_texts())
    expect(page.locator('[data-chapter="tasks"] .task').first).to_contain_text("牵头")
    expect(page.locator('[data-chapter="tasks"] .deadline').first).to_contain_text("剩")
    expect(page.locator('[data-chapter="reports"] .report').first).to_contain_text(title)
    expect(page.locator('[data-chapter="timeline"] .moment').last).to_contain_text("立案")
    # The petitioner's number is masked and the name is not whole.
    told = page.locator("#story").inner_text()
    assert "13812345678" not in told
    assert "张建国" not in told


def test_markup_in_a_message_stays_text(running_hub: RunningHub, open_wall: OpenWall, complaints: list[str]) -> None:
    page = open_wall(running_hub, "?sort=newest")
    mark = a_mark()
    report(running_hub, f"{mark} {MARKUP}", content=f"{MARKUP} {mark}", address=f"{MARKUP}")
    row(page, mark).click()
    expect(page.locator(".story-title")).to_contain_text("<img src=x onerror=")
    expect(page.locator('[data-chapter="reports"] .report').first).to_contain_text("<script>")
    assert page.locator("#wall img:not(.mark), #wall script").count() == 0
    assert page.title() != "owned"
    assert complaints == []


def test_an_address_that_leads_nowhere_says_so_in_the_readers_language(
    running_hub: RunningHub, open_wall: OpenWall
) -> None:
    page = open_wall(running_hub, "#incident=bad")
    expect(page.locator("#story .empty")).to_have_text("没有编号为 bad 的事件，请核对网址")
    page.locator(".language").click()
    expect(page.locator("#story .empty")).to_have_text("There is no incident bad; check the address")


def test_the_language_switches_and_is_remembered(running_hub: RunningHub, open_wall: OpenWall) -> None:
    page = open_wall(running_hub)
    expect(page.locator(".link-text")).to_have_text("实时")
    expect(page.locator('[data-tile="overdue"] .tile-label')).to_have_text("超时事件")
    page.locator(".language").click()
    expect(page.locator(".link-text")).to_have_text("Live")
    expect(page.locator(".head-city")).to_contain_text("Yuncheng")
    assert page.evaluate("document.documentElement.lang") == "en"
    # Nothing of the screen's own words is left in Chinese, apart from the product's name and the switch back.
    frame = " ".join(page.locator(".panel-head, .tile-label, .legend, .filters, .feed-who").all_inner_texts())
    assert not re.search(r"[\u4e00-\u9fff]", frame), frame
    page.reload()
    expect(page.locator(".link-text")).to_have_text("Live")
    english = open_wall(running_hub, "?lang=en")
    expect(english.locator(".link-text")).to_have_text("Live")


def test_the_list_is_used_by_keyboard_and_filters(running_hub: RunningHub, open_wall: OpenWall) -> None:
    page = open_wall(running_hub, "?sort=newest")
    first, second = unique("键盘甲路灯不亮"), unique("键盘乙路灯不亮")
    report(running_hub, first, question_class="城市管理->市政设施->路灯")
    expect(row(page, first)).to_be_visible()
    report(running_hub, second, question_class="城市管理->市政设施->路灯")
    expect(row(page, second)).to_be_visible()
    rows = page.locator("#list .rows")
    rows.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    opened = page.locator(".story-title").inner_text()
    page.keyboard.press("Escape")
    rows.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".story-title")).not_to_have_text(opened)
    page.keyboard.press("Escape")

    page.locator('[data-filter="district"]').select_option("140882")
    expect(row(page, first)).to_have_count(0)
    page.locator(".chip-button.clear").click()
    expect(row(page, first)).to_be_visible()
    page.locator('[data-filter="feed"]').select_option("grid")
    expect(row(page, first)).to_have_count(0)


def test_the_operators_view_is_not_yanked_away(running_hub: RunningHub, open_wall: OpenWall) -> None:
    page = open_wall(running_hub, "?sort=newest")
    expect(page.locator(".whole")).to_be_hidden()
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 180, y + 90, steps=6)
    page.mouse.up()
    expect(page.locator(".whole")).to_be_visible()
    expect(page.locator(".locked")).to_have_text("视图已锁定")
    stands_still(page)
    held = page.evaluate("window.tongguanWall.view()")
    title = unique("视图锁定期间的新事件")
    report(running_hub, title, district="140827", longitude=111.67, latitude=35.3)
    expect(row(page, title)).to_be_visible()
    assert page.evaluate("window.tongguanWall.view()") == held
    page.locator(".whole").click()
    expect(page.locator(".whole")).to_be_hidden()
    page.wait_for_function("held => JSON.stringify(window.tongguanWall.view()) !== JSON.stringify(held)", arg=held)


def test_it_says_reconnecting_when_the_live_server_is_gone_and_recovers(
    running_hub: RunningHub, open_wall: OpenWall
) -> None:
    page = open_wall(running_hub, "?sort=newest")
    page.evaluate(
        """() => { window.levels = []; new MutationObserver(() => window.levels.push(
            document.querySelector('.link').innerText)).observe(document.querySelector('.link'),
            {attributes: true, childList: true, subtree: true, characterData: true}); }"""
    )
    killed = running_hub.kill("live")
    page.wait_for_function("() => window.levels.some(text => text.includes('重连中'))")
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    assert running_hub.part("live").pid != killed
    # And it is live in deed: what comes now is shown.
    title = unique("重连之后的来电")
    report(running_hub, title)
    expect(row(page, title)).to_be_visible()


@pytest.mark.timeout(600)
def test_a_busy_city_fills_the_wall_and_nothing_spills(
    start_hub: Callable[..., RunningHub], open_wall: OpenWall, complaints: list[str]
) -> None:
    hub = start_hub(None, "--simulate", "--rate", "20")
    for name, width in (("wall.png", 1920), ("wall-ultrawide.png", 3840)):
        page = open_wall(hub, width=width)
        page.wait_for_function(
            "() => Number(document.querySelector('[data-tile=live] .tile-number').textContent.replace(',', '')) > 150",
        )
        expect(page.locator("#list .row").first).to_be_visible()
        _nothing_spills(page, width)
        if width == 3840:
            expect(page.locator("#urgent")).to_be_visible()
            expect(page.locator(".district")).to_have_count(13)
            # A wide wall that nobody steers tells a story by itself.
            expect(page.locator('#story [data-chapter="why"] li').first).to_be_visible()
        else:
            expect(page.locator("#urgent")).to_be_hidden()
        page.screenshot(path=PICTURES / name)
        page.close()  # two of them that draw all the time are too much for a small machine
    assert complaints == []


def stands_still(page: Page) -> None:
    """The map glides on for a moment after the hand lets go, or a choice was made."""
    page.wait_for_function(
        """() => { const now = JSON.stringify(window.tongguanWall.view()), before = window.viewBefore;
            window.viewBefore = now; return now === before; }""",
        polling=400,
    )


def _nothing_spills(page: Page, width: int) -> None:
    size = page.evaluate("({w: document.documentElement.scrollWidth, h: document.documentElement.scrollHeight})")
    assert size == {"w": width, "h": 1080}
    for panel in ("#list", "#stage", ".side-a"):
        box = page.locator(panel).bounding_box()
        assert box is not None
        assert box["width"] > 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 1080
    small = page.evaluate(
        """() => [...document.querySelectorAll('#wall *')].filter(e => e.childElementCount === 0 &&
            e.textContent.trim() && e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 16)
            .map(e => e.className + ': ' + e.textContent)"""
    )
    assert small == []


def _stored_place(hub: RunningHub, title: str) -> list[float]:
    items = hub.get("/v1/incidents", limit=20).json()["items"]
    found = next(item for item in items if item["title"] == title)
    return [found["lat"], found["lon"]]
