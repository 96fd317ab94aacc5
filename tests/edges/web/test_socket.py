"""Over a real socket: a client that sends too much hears why, and one that sends for ever is cut off."""

import asyncio
import gzip
from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar

from hub.edges.web import heads
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import build_doorstep
from tests.edges.web.serving import ServedInThread

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    async def build() -> Litestar:
        return build_doorstep().app

    with ServedInThread(build) as serving:
        yield serving.url


@pytest.mark.parametrize("size", [5_000_000, 11_000_000])
async def test_a_client_that_sends_too_much_hears_why(served: str, size: int) -> None:
    async with httpx.AsyncClient(base_url=served, timeout=60) as client:
        for _ in range(3):
            problem_of(await client.post("/v1/feeds/hotline", content=b"x" * size, headers=JSON), "too-large")
        assert (await client.post("/v1/feeds/hotline", json={"id": 1})).status_code == 202


async def test_a_gzip_bomb_over_a_socket_is_refused(served: str) -> None:
    bomb = gzip.compress(b"[" * 200_000_000)
    async with httpx.AsyncClient(base_url=served, timeout=60) as client:
        headers = {**JSON, "content-encoding": "gzip"}
        problem_of(await client.post("/v1/feeds/hotline", content=bomb, headers=headers), "too-large")


async def test_whoever_sends_for_ever_is_cut_off(served: str) -> None:
    host, port = served.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /v1/feeds/hotline HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
        "transfer-encoding: chunked\r\n\r\n".encode()
    )
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with pytest.raises(ConnectionError):
        await _send_often(writer, chunk, times=40)
    writer.close()
    assert reader is not None


async def _send_often(writer: asyncio.StreamWriter, chunk: bytes, times: int) -> None:
    async with asyncio.timeout(60):
        for _ in range(times):
            writer.write(chunk)
            await writer.drain()


async def test_a_client_that_asks_first_does_not_send_at_all(served: str) -> None:
    host, port = served.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /v1/feeds/hotline HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
        "content-length: 50000000\r\nexpect: 100-continue\r\n\r\n".encode()
    )
    async with asyncio.timeout(60):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"too-large" in answer
    writer.close()


async def _answer_to(url: str, pieces: list[bytes]) -> bytes:
    """What a raw socket hears."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    answer = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65_536), 60):
            answer += piece
    except ConnectionError:
        pass  # what was not read when the server closed comes back as a reset
    writer.close()
    return answer


async def test_a_head_that_does_not_end_is_cut_off(served: str) -> None:
    pieces = [b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "] + [b"a" * 20_000] * 4
    answer = await _answer_to(served, pieces)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"urn:tongguan:problem:headers-too-large" in answer


async def test_a_head_that_drips_is_cut_off(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.2)
    answer = await _answer_to(served, [b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:tongguan:problem:too-slow" in answer


async def test_bytes_that_are_no_http_are_a_problem_too(served: str) -> None:
    answer = await _answer_to(served, [b"\x16\x03\x01\x00\x00hello\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer


async def test_many_requests_on_one_connection_are_no_large_head(served: str) -> None:
    async with httpx.AsyncClient(base_url=served, timeout=60, limits=httpx.Limits(max_connections=1)) as client:
        for _ in range(40):
            answer = await client.post("/v1/feeds/hotline", json={"order_id": "1", "content": "x" * 30_000})
            assert answer.status_code == 202
