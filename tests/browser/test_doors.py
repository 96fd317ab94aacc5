"""The wall where a key is asked for, and where the servers behind it go away: it never pretends."""

import contextlib
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.running import RunningHub, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services]

StartHub = Callable[..., RunningHub]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of this test's own."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_a_hub_with_keys_shows_nothing_before_one_is_given(page: Page, start_hub: StartHub, tmp_path: Path) -> None:
    read, intake = secrets.token_hex(16), secrets.token_hex(16)
    keys = tmp_path / "keys"
    keys.write_text(f"read:wall:{read}\nintake:hotline:{intake}\n")
    keys.chmod(0o600)
    hub = start_hub({"HUB_API_KEYS_FILE": str(keys)})
    page.goto(hub.web_url)
    prompt = page.locator('input[type="password"]')
    expect(prompt).to_be_visible()
    prompt.fill(intake)  # a key that may post but not read
    prompt.press("Enter")
    expect(prompt).to_be_visible()
    prompt.fill(read)
    prompt.press("Enter")
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    assert read not in page.url
    assert (
        page.evaluate("() => Object.keys(localStorage).some(name => localStorage[name].includes('" + read + "'))")
        is False
    )


def test_a_database_that_hangs_is_said_and_one_that_died_costs_the_wall_nothing(
    page: Page, start_hub: StartHub
) -> None:
    hub = start_hub()
    page.goto(hub.web_url)
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    postmaster = hub.part("postgres")
    stopped = [postmaster, *postmaster.children(recursive=True)]
    for process in stopped:
        process.suspend()
    try:
        expect(page.locator('.link:not([data-level="live"])')).to_be_visible()
    finally:
        for process in reversed(stopped):
            process.resume()
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    hub.kill("postgres")
    order = {"order_id": "after-the-database", "title": "库恢复后的来电", "district": "140802"}
    wait_for(lambda: _is_taken(hub, order), within_seconds=60, saying=hub.logs)
    expect(page.locator("#list")).to_contain_text(re.compile("库恢复后的来电"))
    expect(page.locator('.link[data-level="live"]')).to_be_visible()


def test_a_broker_that_lost_its_memory_costs_the_wall_nothing(page: Page, start_hub: StartHub) -> None:
    hub = start_hub()
    page.goto(hub.web_url)
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    hub.kill("broker")
    answer = hub.post("hotline", {"order_id": "after-the-broker", "title": "断网后的来电", "district": "140802"})
    assert answer.status_code == 202
    expect(page.locator("#list")).to_contain_text(re.compile("断网后的来电"))


def test_a_worker_that_hangs_is_said_on_the_wall_and_started_afresh(page: Page, start_hub: StartHub) -> None:
    hub = start_hub()
    page.goto(hub.web_url)
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    worker = hub.part("worker")
    worker.suspend()
    answer = hub.post("hotline", {"order_id": "while-it-hung", "title": "停滞期间的来电", "district": "140802"})
    assert answer.status_code == 202
    expect(page.locator("body")).to_contain_text("处理进程中断")
    wait_for(lambda: not worker.is_running(), within_seconds=60, saying=hub.logs)
    expect(page.locator("#list")).to_contain_text(re.compile("停滞期间的来电"))
    expect(page.locator('.link[data-level="live"]')).to_be_visible()


def test_a_feed_that_stands_still_is_named_on_the_wall(page: Page, start_hub: StartHub) -> None:
    """A canary that nobody can pass, in a partition that nobody reads."""
    hub = start_hub()
    page.goto(hub.web_url)
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    still = (
        "insert into canaries (topic, partition, cluster, next_offset, sent_at, stalled_at) "
        "select 'feed.medical', 99, cluster, 1, now(), now() from canaries limit 1"
    )
    wait_for(lambda: hub.execute(still) == "INSERT 0 1", within_seconds=60, saying=hub.logs)
    expect(page.locator('.feed[data-feed="medical"]')).to_contain_text("停滞")
    expect(page.locator("#banner")).to_contain_text("有来源停滞")
    hub.execute("delete from canaries where partition = 99")
    expect(page.locator('.link[data-level="live"]')).to_be_visible()
    expect(page.locator('.feed[data-feed="medical"]')).not_to_contain_text("停滞")


def _is_taken(hub: RunningHub, order: dict[str, str]) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return hub.post("hotline", order).status_code == 202
    return False
