"""Sending simulated days: the rate holds, nothing counts before its 202, nothing is lost while the hub is away."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from hub.edges.evaluate import read_truth
from hub.edges.posting import Door, DoorClosed, HubAway
from hub.edges.simulate.city_day import plan_day
from hub.edges.simulate.run import SimulationProgress, run_simulation
from hub.rulebook.book import Rulebook
from hub.vocabulary.terms import Feed

URL = "http://hub.test"


class RecordingHub:
    """The other end of the wire: takes what is sent as the intake door's contract says, and keeps it."""

    def __init__(self, answer: Callable[[int], int] = lambda _: 202) -> None:
        self.requests: list[httpx.Request] = []
        self.taken: list[bytes] = []
        self._answer = answer
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self._answer(len(self.requests))
        if status != 202:
            return httpx.Response(status, json={"title": "no", "detail": "not now"})
        is_lines = request.headers["content-type"] == "application/x-ndjson"
        parts = request.content.split(b"\n") if is_lines else [request.content]
        if not is_lines and request.headers["content-type"] == "application/json" and not _is_json(parts[0]):
            return httpx.Response(400, json={"title": "bad json", "detail": ""})
        self.taken += parts
        return httpx.Response(202, json={"accepted": len(parts), "ids": []})


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


async def test_a_low_rate_sends_single_messages_at_that_rate(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    done = await run_simulation(url=URL, city=yuncheng.city, rate=50, duration_s=1.0, client=hub.client)
    assert 0 < done.sent + done.refused <= 55
    assert {request.headers["content-type"] for request in hub.requests} <= {"application/json", "application/xml"}
    assert len(hub.requests) == done.planned


async def test_a_high_rate_sends_lines_together_and_loses_none(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    done = await run_simulation(url=URL, city=yuncheng.city, rate=5000, duration_s=1.0, client=hub.client)
    assert done.sent + done.refused == done.planned
    assert len(hub.taken) == done.sent
    assert done.sent > 100
    assert len(hub.requests) < done.sent
    together = [r.content for r in hub.requests if r.headers["content-type"] == "application/x-ndjson"]
    assert together
    # A line in another encoding, or a broken one, would spoil its neighbours.
    assert all(_is_json(line) for body in together for line in body.split(b"\n"))


async def test_a_feed_keeps_its_order(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    await run_simulation(url=URL, city=yuncheng.city, rate=5000, duration_s=0.5, client=hub.client)
    orders = [body for body in map(msgspec.json.decode, filter(_is_json, hub.taken)) if "order_id" in body]
    sent = [(order["order_id"], order["status"]) for order in orders]
    planned = [
        (telling.source_id, "已办结" if telling.stage == "closed" else "处理中")
        for telling in plan_day(1, yuncheng.city, profile="demo")
        if telling.feed is Feed.HOTLINE and telling.flaw not in ("broken_json", "missing_field", "gbk_bytes")
    ]
    assert len(sent) > 50
    assert sent == planned[: len(sent)]


async def test_each_message_names_its_source_and_carries_the_key(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    await run_simulation(url=URL, city=yuncheng.city, key="k" * 20, rate=100, duration_s=0.5, client=hub.client)
    sources = {source.id: source.feed for source in yuncheng.city.sources}
    for request in hub.requests:
        assert request.url.path == f"/v1/feeds/{sources[request.url.params['source']]}"
        assert request.headers["authorization"] == f"Bearer {'k' * 20}"


@pytest.mark.parametrize("away", [503, 429, 502])
async def test_messages_wait_while_the_hub_is_away(yuncheng: Rulebook, away: int) -> None:
    hub = RecordingHub(lambda n: away if n <= 6 else 202)
    done = await run_simulation(url=URL, city=yuncheng.city, rate=100, duration_s=0.3, client=hub.client)
    assert done.retries >= 1
    assert done.sent + done.refused == done.planned
    assert len(hub.taken) == done.sent


async def test_messages_wait_while_nobody_listens(yuncheng: Rulebook) -> None:
    refused = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal refused
        if refused < 3:
            refused += 1
            raise httpx.ConnectError("refused")
        return httpx.Response(202, json={"accepted": 1, "ids": []})

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    done = await run_simulation(url=URL, city=yuncheng.city, rate=50, duration_s=0.2, client=client)
    assert done.sent == done.planned > 0
    assert done.retries == 3


async def test_a_hub_that_stays_away_is_said_after_the_time_is_over(yuncheng: Rulebook) -> None:
    hub = RecordingHub(lambda _: 503)
    with pytest.raises(HubAway, match=r"http://hub.test: no hub answers there; \d+ messages were not sent"):
        await run_simulation(url=URL, city=yuncheng.city, rate=50, duration_s=0.2, grace_s=0.2, client=hub.client)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9: no hub answers there"),
        ("foo", "foo: no web address; expected such as http://127.0.0.1:8080"),
        ("ftp://x", "ftp://x: no web address"),
        ("http://", "http:: no web address"),
    ],
)
async def test_an_address_without_a_hub_is_said_before_anything_is_sent(url: str, said: str) -> None:
    async with Door.open(url, None) as door:
        with pytest.raises(HubAway, match=said):
            await door.knock(0.2)


async def test_a_server_that_is_no_hub_is_said() -> None:
    async with Door.open(URL, None, RecordingHub(lambda _: 404).client) as door:
        with pytest.raises(HubAway, match=r"it answers 404 to /healthz.*; is it a hub\?"):
            await door.knock(0.2)


async def test_a_wrong_key_ends_it_at_once(yuncheng: Rulebook) -> None:
    hub = RecordingHub(lambda _: 401)
    with pytest.raises(DoorClosed, match="401"):
        await run_simulation(url=URL, city=yuncheng.city, rate=50, client=hub.client)


async def test_the_truth_file_holds_what_was_accepted(yuncheng: Rulebook, tmp_path: Path) -> None:
    hub = RecordingHub()
    path = tmp_path / "truth.jsonl"
    done = await run_simulation(
        url=URL, city=yuncheng.city, rate=1000, duration_s=0.5, truth_path=path, client=hub.client
    )
    lines = path.read_bytes().splitlines()
    assert len(lines) == done.sent
    assert len(set(read_truth(path).values())) > 10


async def test_a_day_that_ends_is_followed_by_the_next(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    done = await run_simulation(url=URL, city=yuncheng.city, rate=5000, scale=0.01, duration_s=1.0, client=hub.client)
    assert done.day >= 1
    ids = Counter(
        (order["order_id"], order["updated_at"], order["content"])
        for order in map(msgspec.json.decode, filter(_is_json, hub.taken))
        if "order_id" in order
    )
    assert max(ids.values()) == 1


async def test_a_dated_day_lies_in_the_past_and_ends(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    done = await run_simulation(
        url=URL, city=yuncheng.city, rate=5000, scale=0.02, dating="day", profile="day", client=hub.client
    )
    assert done.day == 0
    assert done.sent + done.refused == done.planned > 50


async def test_progress_is_shown(yuncheng: Rulebook) -> None:
    shown: list[SimulationProgress] = []
    hub = RecordingHub()
    await run_simulation(url=URL, city=yuncheng.city, rate=20, duration_s=1.3, progress=shown.append, client=hub.client)
    assert shown
    assert shown[-1].sent > 0


async def test_a_cancelled_run_ends(yuncheng: Rulebook) -> None:
    hub = RecordingHub()
    started = asyncio.Event()
    run = asyncio.create_task(
        run_simulation(url=URL, city=yuncheng.city, rate=50, client=hub.client, progress=lambda _: started.set())
    )
    await asyncio.wait_for(started.wait(), 60)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


@pytest.mark.parametrize("rate", [0.01, 6000])
async def test_a_rate_out_of_bounds_is_refused(yuncheng: Rulebook, rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        await run_simulation(url=URL, city=yuncheng.city, rate=rate)
