"""The second story: a call is accepted, reported back and verified from a terminal, and leaves the wall's open list."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from typer.testing import CliRunner

from hub.cli import app
from tests.builders import a_mark
from tests.running import RunningHub
from tests.screen import Screen

pytestmark = [pytest.mark.flow, pytest.mark.one_broker]


@pytest.fixture
async def screen(running_hub: RunningHub) -> AsyncIterator[Screen]:
    """A screen on the running hub that has had its snapshot."""
    screen = Screen(running_hub.live_url)
    following = asyncio.create_task(screen.follow())
    await screen.until(lambda s: s.snapshots, within_seconds=10)
    yield screen
    following.cancel()
    await asyncio.wait({following})


async def hub_task(hub: RunningHub, *arguments: str, fails: bool = False) -> str:
    """What `hub task` says."""
    command = ["task", "--url", hub.web_url, *arguments]
    result = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert (result.exit_code != 0) == fails, (command, result.output, result.exception)
    return f"{result.output}{result.exception or ''}"


async def test_a_call_is_closed_from_a_terminal(running_hub: RunningHub, screen: Screen) -> None:
    title = f"自来水管爆裂 {a_mark()}"
    order = {
        "order_id": f"flow-{uuid.uuid4().hex}",
        "title": title,
        "content": "来电人反映自来水管爆裂，路面积水。",
        "longitude": 110.95,
        "latitude": 35.18,
        "crs": "wgs84",
        "address": "盐湖区某路",
    }
    assert (await asyncio.to_thread(running_hub.post, "hotline", order)).status_code == 202
    await screen.until(lambda s: any(title == card.title for card in s.cards.values()), within_seconds=30)
    card = next(card for card in screen.cards.values() if card.title == title)
    tasks = (await asyncio.to_thread(running_hub.get, f"/v1/incidents/{card.id}")).json()["tasks"]
    listed = await hub_task(running_hub, "list", "--incident", card.id)
    assert all(task["id"] in listed for task in tasks)
    assert title in listed
    for task in tasks:
        clerk = ("--by", "王工", "--role", "clerk", "--bureau", task["bureau"])
        refused = await hub_task(running_hub, *clerk, "report-back", task["id"], "--evidence", "x", fails=True)
        assert "当前状态：待签收；可进行：签收" in refused
        assert "处置中" in await hub_task(running_hub, *clerk, "accept", task["id"])
        await screen.until(lambda s: s.cards[card.id].status == "handling", within_seconds=30)
        assert "report-back" in await hub_task(running_hub, "show", task["id"])
        await hub_task(running_hub, *clerk, "report-back", task["id"], "--evidence", "已更换水管")
    await screen.until(lambda s: s.cards[card.id].status == "verifying", within_seconds=30)
    for task in tasks:
        said = await hub_task(running_hub, "--by", "钱核", "--role", "verifier", "verify", task["id"])
    assert "已结案" in said
    await screen.until(lambda s: card.id not in s.cards, within_seconds=30)
    await screen.until(lambda s: s.last and s.last.tiles.closed_today, within_seconds=30)
