"""Chromium and pages for the tests of the screens. It must never reach another host than the hub under test."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running import RunningHub

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: A machine of the CI may be slow; what is right is there sooner.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]
OpenWall = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium or the one in `HUB_CHROMIUM`, without a GPU as on a government PC.

    Playwright keeps a loop running while it is open: it must be closed before the next module's tests have theirs.
    """
    chromium_path = os.environ.get("HUB_CHROMIUM") or shutil.which("chromium")
    if chromium_path is None:
        reason = "no Chromium; see deploy/chromium.sh"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=_FLAGS, timeout=2 * PATIENCE_MS)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of this test wrote to the console as an error, raised, or asked of another host."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """Opens an address in a context of its own."""
    contexts = []

    def open_it(url: str, width: int = 1920, height: int = 1080) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"raised: {error}"))
        page.on("request", lambda r: None if _is_ours(r.url) else complaints.append(f"asked: {r.url}"))
        page.goto(url)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def open_wall(open_page: OpenPage) -> OpenWall:
    """Opens the wall of a hub and waits until it is live."""

    def open_it(hub: RunningHub, query: str = "", width: int = 1920, height: int = 1080) -> Page:
        page = open_page(hub.web_url + "/" + query, width=width, height=height)
        page.wait_for_selector('.link[data-level="live"]')
        return page

    return open_it


def _is_ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
