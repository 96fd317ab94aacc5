"""Reads a request's body under a limit, unpacking gzip. It must never hold more than the limit, packed or unpacked."""

import zlib
from collections.abc import AsyncIterator

from hub.edges.intake.refusal import Refusal, bad_body, too_large

_GZIP = zlib.MAX_WBITS | 16


async def read_body(
    chunks: AsyncIterator[bytes], *, content_length: int | None, content_encoding: str, limit: int
) -> bytes | Refusal:
    """The unpacked body, or why it is refused. Stops reading at the first byte over the limit."""
    packed = content_encoding.strip().lower()
    if packed not in ("", "identity", "gzip"):
        return Refusal(
            status=415,
            name="unsupported-content-encoding",
            detail="Only gzip and identity are taken as content encodings.",
            field="content-encoding",
            headers={"accept-encoding": "gzip, identity"},
        )
    if content_length is not None and content_length > limit:
        return _over(limit)
    body = await (_unpack(chunks, limit) if packed == "gzip" else _read(chunks, limit))
    if isinstance(body, bytes) and not body.strip():
        return bad_body("empty-body", "The body is empty.")
    return body


async def _read(chunks: AsyncIterator[bytes], limit: int) -> bytes | Refusal:
    whole = bytearray()
    async for chunk in chunks:
        if len(whole) + len(chunk) > limit:
            return _over(limit)
        whole += chunk
    return bytes(whole)


async def _unpack(chunks: AsyncIterator[bytes], limit: int) -> bytes | Refusal:
    whole = bytearray()
    taken = 0
    gzip = zlib.decompressobj(_GZIP)
    async for chunk in chunks:
        taken += len(chunk)
        if taken > limit:
            return _over(limit)
        try:
            gzip, full = _inflate(gzip, chunk, whole, limit)
        except zlib.error:
            return bad_body("bad-gzip", "The body is said to be gzip but cannot be unpacked.")
        if full:
            return _over(limit)
    if taken and not gzip.eof:
        return bad_body("bad-gzip", "The gzip body ends too early.")
    return bytes(whole)


def _inflate(gzip: "zlib._Decompress", data: bytes, whole: bytearray, limit: int) -> tuple["zlib._Decompress", bool]:
    """Unpack one chunk, which may end one gzip member and start another. True when the limit is passed."""
    while data:
        if gzip.eof:
            gzip = zlib.decompressobj(_GZIP)
        # One byte more than fits tells "just full" from "too much" without unpacking a bomb.
        whole += gzip.decompress(data, limit - len(whole) + 1)
        if len(whole) > limit:
            return gzip, True
        data = gzip.unused_data if gzip.eof else gzip.unconsumed_tail
    return gzip, False


def _over(limit: int) -> Refusal:
    return too_large(f"The body may have at most {limit} bytes, packed and unpacked; send it in pieces.")
