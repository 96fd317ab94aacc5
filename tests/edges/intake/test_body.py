"""Bodies are read under a limit, packed or not, and never beyond it."""

import gzip
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from hub.edges.intake.body import read_body
from hub.edges.intake.refusal import Refusal

LIMIT = 10_000


class Chunks:
    """A body in chunks that knows how much of it was taken."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.taken += 1
            yield chunk


async def read(chunks: Chunks, encoding: str = "", length: int | None = None) -> bytes | Refusal:
    return await read_body(aiter(chunks), content_length=length, content_encoding=encoding, limit=LIMIT)


async def test_a_body_in_chunks_is_joined() -> None:
    assert await read(Chunks(b"ab", b"", b"cd")) == b"abcd"


async def test_a_body_of_exactly_the_limit_is_taken_packed_or_not() -> None:
    body = b"x" * LIMIT
    assert await read(Chunks(body)) == body
    assert await read(Chunks(gzip.compress(body)), "gzip") == body


async def test_reading_stops_at_the_first_chunk_over_the_limit() -> None:
    chunks = Chunks(*[b"x" * 4_000] * 100)
    refusal = await read(chunks)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.name) == (413, "too-large")
    assert chunks.taken == 3


async def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    chunks = Chunks(b"x")
    refusal = await read(chunks, length=LIMIT + 1)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 413
    assert chunks.taken == 0


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress])
async def test_an_empty_body_is_refused(body: bytes, pack: type) -> None:
    packed = pack(body)
    refusal = await read(Chunks(packed), "gzip" if packed.startswith(b"\x1f\x8b") else "")
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.name) == (400, "empty-body")


async def test_gzip_is_unpacked_over_chunk_borders_and_members() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    assert await read(Chunks(*[packed[n : n + 1] for n in range(len(packed))]), "GZIP") == b"one two"
    assert await read(Chunks(packed), "gzip") == b"one two"


async def test_a_gzip_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    tracemalloc.start()
    try:
        refusal = await read_body(aiter(Chunks(bomb)), content_length=None, content_encoding="gzip", limit=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(refusal, Refusal)
    assert refusal.status == 413
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "packed",
    [b"not gzip", gzip.compress(b"x" * 500)[:-3], gzip.compress(b"x") + b"rubbish", b"\x1f\x8b"],
    ids=["plain", "cut", "tail", "start"],
)
async def test_broken_gzip_is_refused(packed: bytes) -> None:
    refusal = await read(Chunks(packed), "gzip")
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.name) == (400, "bad-gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
async def test_other_content_encodings_are_refused(encoding: str) -> None:
    refusal = await read(Chunks(b"x"), encoding)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.headers["accept-encoding"]) == (415, "gzip, identity")
