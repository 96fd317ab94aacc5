"""Time from the door's 202 to the frame that shows the incident, on a whole hub, at a steady rate."""

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec
from websockets.asyncio.client import connect

from hub.vocabulary.changes import ScreenMessage
from tests.running import RunningHub

_decode = msgspec.json.Decoder(ScreenMessage).decode
_SETTLE_SECONDS = 5.0


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from 202 to frame."""

    per_second: float
    messages: int
    shown: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


async def measure(per_second: float, seconds: float) -> Latency:
    """Post single messages at a steady rate and watch for each on a socket."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        hub = await asyncio.to_thread(RunningHub(Path(folder), {}).start)
        try:
            return await _watch(hub, per_second, seconds)
        finally:
            await asyncio.to_thread(hub.stop)


async def _watch(hub: RunningHub, per_second: float, seconds: float) -> Latency:
    shown: dict[str, float] = {}
    answered: dict[str, float] = {}
    async with connect(hub.live_url, max_size=None) as socket:
        reading = asyncio.create_task(_read(socket, shown))
        async with httpx.AsyncClient(base_url=hub.web_url, timeout=30) as client:
            await _post_all(client, answered, per_second, seconds)
        await asyncio.sleep(_SETTLE_SECONDS)
        reading.cancel()
    spans = sorted((shown[mark] - at) * 1000 for mark, at in answered.items() if mark in shown)
    return Latency(
        per_second=per_second,
        messages=len(answered),
        shown=len(spans),
        p50_ms=round(statistics.median(spans), 1),
        p99_ms=round(_quantile(spans, 0.99), 1),
        worst_ms=round(spans[-1], 1),
    )


async def _read(socket: object, shown: dict[str, float]) -> None:
    async for text in socket:  # type: ignore[attr-defined]
        now = time.perf_counter()
        for card in _decode(text).cards:
            shown.setdefault(card.title.rpartition(" ")[2], now)


async def _post_all(client: httpx.AsyncClient, answered: dict[str, float], per_second: float, seconds: float) -> None:
    begun = time.perf_counter()
    posts = []
    for n in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, begun + n / per_second - time.perf_counter()))
        posts.append(asyncio.create_task(_post(client, answered, n)))
    await asyncio.gather(*posts)


async def _post(client: httpx.AsyncClient, answered: dict[str, float], n: int) -> None:
    mark = uuid.uuid4().hex[:12]
    order = {
        "order_id": mark,
        "title": f"路灯不亮 {mark}",
        "longitude": 110.9 + n % 40 * 0.004,
        "latitude": 34.95 + n // 40 % 80 * 0.003,
        "crs": "wgs84",
        "address": f"{mark}号",
    }
    answer = await client.post("/v1/feeds/hotline", json=order)
    if answer.status_code == 202:
        answered[mark] = time.perf_counter()


def _quantile(spans: Sequence[float], share: float) -> float:
    return spans[min(len(spans) - 1, int(len(spans) * share))]
