"""Who may open a live socket, asked over real sockets."""

import base64
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from hub.edges.keys import parse_keys
from hub.edges.wall.gate import Gate
from hub.edges.wall.serving import gate_of, holders_of
from hub.settings import Settings
from tests.edges.wall.cards import board
from tests.edges.wall.screens import hear_snapshot, let_in, screen, serving

KEY = "wall-key-0123456789"
INTAKE_KEY = "intake-key-0123456789"


holds_key = holders_of(parse_keys(f"read:wall:{KEY}\nintake:hotline:{INTAKE_KEY}"))


def as_subprotocol(key: str) -> str:
    return "key." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


OPEN = Gate(may_enter=let_in, on_loopback=True)
PROXIED = Gate(
    may_enter=let_in,
    on_loopback=True,
    origins=frozenset({"https://wall.example.gov.cn"}),
    hosts=frozenset({"live.example.gov.cn"}),
)
EVERYWHERE = Gate(may_enter=let_in, on_loopback=False)


@pytest.mark.parametrize(
    ("gate", "host", "origin", "status"),
    [
        (OPEN, "127.0.0.1:8081", None, 101),
        (OPEN, "127.0.0.1:8081", "http://127.0.0.1:8080", 101),
        (OPEN, "localhost:8081", "http://127.0.0.1:8080", 101),
        (OPEN, "[::1]:8081", "http://localhost:8080", 101),
        (OPEN, "127.0.0.1:8081", "https://evil.example", 403),
        (OPEN, "127.0.0.1:8081", "null", 403),
        (OPEN, "127.0.0.1:8081", "file://127.0.0.1", 403),
        (OPEN, "127.0.0.1:8081", "http://127.0.0.1.evil.example", 403),
        # DNS rebinding: the page and the host agree, and the name points here.
        (OPEN, "evil.example:8081", "http://evil.example:8081", 403),
        (OPEN, "evil.example", None, 403),
        (OPEN, "[broken", None, 400),
        (PROXIED, "live.example.gov.cn", "https://wall.example.gov.cn", 101),
        (PROXIED, "live.example.gov.cn", "https://live.example.gov.cn", 101),
        (PROXIED, "live.example.gov.cn", "http://wall.example.gov.cn", 403),
        (EVERYWHERE, "hub.example.gov.cn:8081", "http://hub.example.gov.cn:8080", 101),
        (EVERYWHERE, "hub.example.gov.cn:8081", "http://other.example.gov.cn:8080", 403),
    ],
)
async def test_hosts_and_origins(gate: Gate, host: str, origin: str | None, status: int) -> None:
    async with serving(board(), gate=gate) as server:
        assert await _status(server.port, host, origin) == status


@pytest.mark.parametrize(
    ("headers", "subprotocols", "enters"),
    [
        ({}, [], False),
        ({}, ["tongguan.v1"], False),
        ({}, ["tongguan.v1", as_subprotocol(KEY)], True),
        ({}, ["tongguan.v1", as_subprotocol("another-key-0123456")], False),
        ({}, ["tongguan.v1", "key.***"], False),
        ({"Authorization": f"Bearer {KEY}"}, [], True),
        ({"X-API-Key": KEY}, [], True),
        ({"Authorization": "Bearer nothing"}, [], False),
        ({"Authorization": f"Bearer {INTAKE_KEY}"}, [], False),
    ],
)
async def test_keys(headers: dict[str, str], subprotocols: list[str], enters: bool) -> None:
    gate = Gate(may_enter=holds_key, on_loopback=True)
    offer = [Subprotocol(name) for name in subprotocols] or None
    async with serving(board(), gate=gate) as server:
        if enters:
            async with screen(server, subprotocols=offer, additional_headers=headers) as wall:
                await hear_snapshot(wall)
                assert wall.subprotocol == ("tongguan.v1" if subprotocols else None)
        else:
            with pytest.raises(InvalidStatus) as refused:
                await screen(server, subprotocols=offer, additional_headers=headers)
            assert refused.value.response.status_code == 401
            assert KEY not in str(refused.value.response)


async def test_a_refusal_is_a_problem_and_other_paths_are_not_found() -> None:
    async with (
        serving(board()) as server,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client,
    ):
        answer = await client.get("/elsewhere")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:tongguan:live:path"
        assert (await client.get("/healthz")).text == "ok"
        assert "hub_live_screens" in (await client.get("/metrics")).text
        assert (await client.get("/v1/live")).status_code == 426


async def test_metrics_need_a_key_where_screens_do() -> None:
    gate = Gate(may_enter=holds_key, on_loopback=True)
    async with serving(board(), gate=gate) as server, httpx.AsyncClient(timeout=60) as client:
        url = f"http://127.0.0.1:{server.port}"
        assert (await client.get(f"{url}/metrics")).status_code == 401
        assert (await client.get(f"{url}/metrics", headers={"Authorization": f"Bearer {KEY}"})).status_code == 200
        assert (await client.get(f"{url}/healthz")).status_code == 200


def test_the_settings_make_the_gate(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"read:wall:{KEY}\n", "utf-8")
    gate = gate_of(
        Settings(
            live_url="wss://live.example.gov.cn/v1/live",
            live_origins="https://wall.example.gov.cn https://desk.example.gov.cn",
            api_keys_file=str(file),
        )
    )
    assert gate.on_loopback
    assert gate.hosts == {"live.example.gov.cn"}
    assert gate.origins == {"https://wall.example.gov.cn", "https://desk.example.gov.cn"}
    assert gate.may_enter({"x-api-key": KEY}, ())
    assert not gate.may_enter({}, ())
    assert not gate_of(Settings(live_host="10.0.0.5", api_keys_file=str(file))).on_loopback
    assert gate_of(Settings()).may_enter({}, ())


async def _status(port: int, host: str, origin: str | None) -> int:
    headers = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    } | ({} if origin is None else {"Origin": origin})
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/v1/live", headers=headers) as answer,
    ):
        return answer.status_code
