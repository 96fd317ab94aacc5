"""The rules page as a rule author uses it, on a hub that runs."""

import itertools
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.builders import a_mark
from tests.running import RunningHub, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services]

#: Where the documentation has its pictures.
PICTURES = Path(__file__).parents[2] / "docs" / "img"
AXE = Path(__file__).parents[2] / "dashboards" / "node_modules" / "axe-core" / "axe.min.js"
ROUTE = "gas-danger"
AUTHOR = "李科长"
#: Calls stand three kilometres apart, or the hub would rightly fuse them.
_NUMBERS = itertools.count()

OpenRules = Callable[..., Page]


@pytest.fixture
def open_rules(open_page: OpenPage, running_hub: RunningHub) -> OpenRules:
    """Opens the rules page and waits for its tree."""

    def open_it(width: int = 1440, height: int = 900, query: str = "") -> Page:
        page = open_page(running_hub.web_url + "/rules" + query, width=width, height=height)
        expect(page.locator(".branch").first).to_be_visible()
        return page

    return open_it


def find_rule(page: Page, query: str, name: str) -> None:
    """Search a rule and open it."""
    page.get_by_role("searchbox").fill(query)
    page.locator(".entry").filter(has_text=name).first.click()
    expect(page.locator("article.rule")).to_contain_text(name)


def begin_draft(page: Page, title: str) -> None:
    """Begin a draft from the active rules."""
    page.get_by_role("button", name="新建草稿").click()
    page.locator("dialog input[name=text]").fill(title)
    page.locator("dialog input[name=author]").fill(AUTHOR)
    page.locator("dialog .primary").click()
    expect(page.locator(".steps")).to_be_visible()
    expect(page.locator(".draft-choice option:checked")).to_contain_text(title)


def retype(page: Page, line: str, word: str, other: str) -> None:
    """Write another word at the end of a line, by keyboard."""
    page.locator(".cm-line", has_text=line).first.click()
    page.keyboard.press("End")
    for _ in word:
        page.keyboard.press("Backspace")
    page.keyboard.type(other)


def mend_cases(hub: RunningHub, page: Page) -> None:
    """What a colleague saves in the same draft: the cases about gas expect what is meant now."""
    draft = page.url.partition("draft=")[2].partition("&")[0]
    files = hub.get(f"/v1/rules/drafts/{draft}").json()["files"]
    for file in (one["file"] for one in files if one["file"].startswith("cases/")):
        kept = hub.get("/v1/rules/file", file=file, draft=draft).json()
        text = re.sub(r"lead: heat-gas-centre(, assist: \[fire-rescue)", r"lead: police\1", kept["text"])
        if text != kept["text"]:
            body = {"text": text, "revision": kept["revision"], "by": "王科员"}
            url = f"{hub.web_url}/v1/rules/drafts/{draft}/file"
            assert httpx.put(url, params={"file": file}, json=body, timeout=20).status_code == 200


def step(page: Page, name: str, kind: str):  # type: ignore[no-untyped-def]
    """A step of the draft when it stands so."""
    return page.locator(f'.step[data-step="{name}"][data-kind="{kind}"]')


def activate(page: Page, change: str, why: str) -> None:
    """Make the draft active, having seen what it changes."""
    page.locator('.step[data-step="activate"]').click()
    dialog = page.locator("dialog")
    expect(dialog.locator(".diff .plus")).to_contain_text(change)
    dialog.locator("input[name=text]").fill(why)
    dialog.locator(".primary").click()
    expect(page.locator(".results-pane")).to_contain_text("已启用")


def roll_back(page: Page, version: str) -> None:
    """Let an earlier version decide again."""
    page.locator(".version").click()
    page.locator(".history li", has_text=version).first.get_by_role("button").click()
    page.locator("dialog input[name=text]").fill("演练结束")
    page.locator("dialog .primary").click()
    expect(page.locator(".version")).to_contain_text(version)


def run_cases(page: Page, kind: str) -> None:
    """Run the cases of the draft and see how that ends."""
    page.locator('.step[data-step="cases"]').click()
    expect(step(page, "cases", kind)).to_be_visible()


def drop_draft(page: Page) -> None:
    """Leave nothing behind for other tests."""
    page.get_by_role("button", name="删除草稿").click()
    page.locator("dialog .primary").click()
    expect(page.locator(".steps")).to_be_hidden()


def test_a_rule_is_found_and_a_report_is_tried(open_rules: OpenRules, complaints: list[str]) -> None:
    page = open_rules()
    find_rule(page, "燃气泄漏 供热供气", ROUTE)
    rule = page.locator("article.rule")
    expect(rule).to_contain_text("routing.yaml 第")
    expect(rule).to_contain_text("运城市消防救援支队")
    expect(rule.locator("pre.written").first).to_contain_text("id: gas-danger")
    expect(rule).to_contain_text("沿革")
    # From an id to the rule that it names.
    rule.locator(".value.link", has_text="gas-leak").click()
    expect(rule.locator("h2")).to_have_text("燃气泄漏")

    page.get_by_label("标题").fill("解放路水管爆裂")
    page.get_by_label("区县").select_option("140802")
    page.locator(".try-form .primary").click()
    result = page.locator(".try-result")
    expect(result.locator(".outcome-category")).to_have_text("供水管道破裂")
    expect(result.locator(".role-lead")).to_be_visible()
    expect(result.locator(".try-tasks")).to_contain_text("紧急工作时")
    expect(result.locator(".steps-told .held").first).to_contain_text("✓")
    assert complaints == []


def test_a_mistake_is_shown_at_its_line_and_mended(open_rules: OpenRules, complaints: list[str]) -> None:
    page = open_rules()
    title = "燃气泄漏改由公安牵头"
    find_rule(page, ROUTE, ROUTE)
    begin_draft(page, title)
    page.get_by_role("button", name="修改", exact=True).click()
    expect(page.locator(".file-name")).to_have_text("routing.yaml")
    expect(page.locator(".cm-activeLine")).to_contain_text("id: gas-danger")

    retype(page, "lead: heat-gas-centre", "re", "er")
    expect(page.locator('.save-state[data-kind="saved"]')).to_be_visible()
    expect(step(page, "check", "bad")).to_contain_text("1 处错误")
    expect(page.locator(".cm-lintRange-error")).to_have_text("heat-gas-center")
    page.locator('.step[data-step="check"]').click()
    finding = page.locator(".finding")
    expect(finding).to_contain_text("没有承办单位 `heat-gas-center`；是不是想写 `heat-gas-centre`？")
    _leads_to_its_line(page, finding)
    page.screenshot(path=PICTURES / "rules.png")

    # Nothing is lost when the browser goes.
    again = open_rules(query="#" + page.url.partition("#")[2])
    expect(again.locator(".step-more")).to_contain_text(AUTHOR)
    expect(step(again, "check", "bad")).to_be_visible()

    retype(page, "lead: heat-gas-center", "heat-gas-center", "police")
    expect(step(page, "check", "done")).to_be_visible()
    run_cases(page, "bad")
    expect(page.locator(".case .difference").first).to_contain_text("运城市公安局 police")
    retype(page, "lead: police", "police", "heat-gas-centre")
    expect(step(page, "cases", "old")).to_be_visible()
    run_cases(page, "done")
    drop_draft(page)
    assert [said for said in complaints if "422" not in said] == []


def _leads_to_its_line(page: Page, finding: Locator) -> None:
    """Also from another file."""
    page.get_by_role("searchbox").fill("")
    page.locator(".tree summary", has_text="文件").click()
    page.locator('.entry[data-file="city.yaml"]').click()
    expect(page.locator(".file-name")).to_have_text("city.yaml")
    finding.click()
    expect(page.locator(".file-name")).to_have_text("routing.yaml")
    expect(page.locator(".cm-activeLine")).to_contain_text("heat-gas-center")


def test_a_draft_is_activated_decides_and_is_rolled_back(
    open_rules: OpenRules, running_hub: RunningHub, complaints: list[str]
) -> None:
    page = open_rules()
    before = running_hub.get("/v1/rulebooks").json()["active"]["version"]
    begin_draft(page, "演练")
    find_rule(page, ROUTE, ROUTE)
    page.get_by_role("button", name="修改", exact=True).click()
    expect(page.locator(".cm-activeLine")).to_contain_text("id: gas-danger")
    retype(page, "lead: heat-gas-centre", "heat-gas-centre", "police")
    expect(step(page, "check", "done")).to_be_visible()
    # With a case that says otherwise it is refused, and the case is what has to change.
    page.locator('.step[data-step="activate"]').click()
    expect(page.locator(".problem")).to_contain_text("有用例不符")
    page.locator(".case .case-head").first.click()
    expect(page.locator(".file-name")).to_contain_text("cases/")
    mend_cases(running_hub, page)
    expect(page.locator(".cm-content")).to_contain_text("lead: police")

    activate(page, "lead: police", "演练：燃气泄漏由公安牵头")
    active = running_hub.get("/v1/rulebooks").json()["active"]
    assert (active["why"], active["who"]) == ("演练：燃气泄漏由公安牵头", AUTHOR)
    assert active["version"] != before
    expect(page.locator(".version")).to_contain_text(active["version"])
    try:
        wait_for(lambda: _decided_by(running_hub, active["version"]), within_seconds=60, saying=running_hub.logs)
        incident = _incident_of_a_call(running_hub)
        assert (incident["rulebook_version"], incident["lead_bureau"]) == (active["version"], "police")
        # The rule tells what it decided, with the way to the story.
        find_rule(page, ROUTE, ROUTE)
        expect(page.locator(".decided a").first).to_have_attribute("href", f"/#incident={incident['id']}")
    finally:
        roll_back(page, before)
    assert running_hub.get("/v1/rulebooks").json()["active"]["version"] == before
    wait_for(lambda: _decided_by(running_hub, before), within_seconds=60, saying=running_hub.logs)
    assert _incident_of_a_call(running_hub)["lead_bureau"] == "heat-gas-centre"
    drop_draft(page)
    assert complaints == []


def _decided_by(hub: RunningHub, version: str) -> bool:
    """Whether every worker decides by a version."""
    workers = hub.get("/v1/rulebooks").json()["workers"]
    return bool(workers) and all(worker["rulebook_version"] == version for worker in workers)


def _incident_of_a_call(hub: RunningHub) -> dict[str, Any]:
    """What a call about gas becomes, in a place where nothing else reports."""
    number = next(_NUMBERS)
    order = {
        "order_id": f"rules-{uuid.uuid4().hex}",
        "title": f"燃气泄漏{a_mark()}",
        "district": "140829",
        "address": f"平陆试验{number}路{number}号",
        "longitude": 111.10 + 0.03 * number,
        "latitude": 34.90,
    }
    assert hub.post("hotline", order).status_code == 202
    path = f"/v1/reports/hotline:{order['order_id']}"
    wait_for(lambda: hub.get(path).status_code == 200, within_seconds=60, saying=hub.logs)
    incident: dict[str, Any] = hub.get(f"/v1/incidents/{hub.get(path).json()['incident_id']}").json()["incident"]
    return incident


def test_two_authors_see_each_other_and_overwrite_nothing(open_rules: OpenRules) -> None:
    page = open_rules()
    begin_draft(page, f"两人同改{a_mark()}")
    address = "#" + page.url.partition("#")[2]
    page.locator(".tree summary", has_text="文件").click()
    page.locator('.entry[data-file="severity.yaml"]').click()
    expect(page.locator(".cm-line").first).to_contain_text("等级")
    other = open_rules(query=address)
    other.evaluate("localStorage.setItem('tongguan.author', '王科员')")
    other.locator(".tree summary", has_text="文件").click()
    other.locator('.entry[data-file="severity.yaml"]').click()
    expect(other.locator(".cm-line").first).to_contain_text("等级")

    # The first sees what the second saved, without asking for it.
    write_at_top(other, "# 王科员的说明")
    expect(other.locator('.save-state[data-kind="saved"]')).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("王科员的说明")
    expect(page.locator(".file-head")).to_contain_text("王科员")

    # Both write: the server takes the first, and the second is asked, with both texts kept.
    page.route("**/v1/rules/drafts/*", lambda route: route.abort())  # it does not hear of the other's saving in time
    write_at_top(other, "# 再改一次")
    expect(other.locator('.save-state[data-kind="saved"]')).to_be_visible()
    write_at_top(page, "# 李科长也改")
    expect(page.locator(".conflict")).to_contain_text("王科员")
    expect(page.locator(".cm-content")).to_contain_text("李科长也改")
    page.get_by_role("button", name=re.compile("用对方的")).click()
    expect(page.locator(".cm-content")).to_contain_text("再改一次")
    expect(page.locator(".cm-content")).not_to_contain_text("李科长也改")
    drop_draft(other)


def write_at_top(page: Page, line: str) -> None:
    """Write a line above the first."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(line)
    page.keyboard.press("Enter")


def test_the_page_is_used_by_keyboard_and_in_english(open_rules: OpenRules) -> None:
    page = open_rules()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("gas leak")
    expect(page.locator(".found")).to_contain_text("找到")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("article.rule")).to_be_visible()
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("Yuncheng Rules")
    expect(page.get_by_role("button", name="New draft")).to_be_visible()
    frame = " ".join(
        page.locator("h1, .version, .primary, .try .label, .field dt, h3, .tree summary").all_inner_texts()
    )
    assert not re.search(r"[\u4e00-\u9fff]", frame), frame
    page.get_by_role("button", name="中", exact=True).click()
    expect(page.locator("h1")).to_have_text("运城市 规则")


def test_the_page_holds_what_axe_asks_of_it(open_rules: OpenRules) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is installed with the screens: make setup")
    page = open_rules()
    find_rule(page, ROUTE, ROUTE)
    assert axe(page) == []
    page.get_by_role("button", name="在文件中查看").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("gas-danger")
    assert axe(page) == []


def axe(page: Page) -> list[str]:
    """What axe finds wrong by WCAG 2, levels A and AA."""
    # The policy of the page allows no script of others; the tool is let in past it.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
