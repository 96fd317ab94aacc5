"""A wall in headless Chromium without a GPU, as on a government PC. It must never be spared what a real one suffers."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Page, async_playwright

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: Playwright takes the brakes off that a browser puts on what it believes unseen; here they stay on.
_BRAKES = [
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]


@contextlib.asynccontextmanager
async def open_wall(
    url: str, *, script: Path | None = None, width: int = 1920, height: int = 1080
) -> AsyncIterator[Page]:
    """The wall at `url` as soon as it is live. `script` runs in the page before anything of its own."""
    chromium_path = os.environ.get("HUB_CHROMIUM") or shutil.which("chromium")
    if chromium_path is None:
        raise SystemExit("no Chromium; see deploy/chromium.sh")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=_FLAGS, ignore_default_args=_BRAKES
        )
        page = await browser.new_page(viewport={"width": width, "height": height})
        if script is not None:
            await page.add_init_script(path=script)
        await page.goto(url)
        await page.wait_for_selector('.link[data-level="live"]', timeout=60_000)
        try:
            yield page
        finally:
            await browser.close()
