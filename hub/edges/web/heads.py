"""HTTP with heads bounded in size and time: uvicorn waits for a head without end. It must never look at a body."""

import asyncio

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of one request's line and headers. A head that comes whole in one piece of the socket's may be larger.
MAX_HEAD_BYTES = 64 * 1024
#: Seconds that a head may take from its first byte on; a client that drips it holds a connection for nothing.
HEAD_SECONDS = 10.0

_HEAD = b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol; refuses what is no HTTP, and a head that does not end or takes for ever, as a problem."""

    #: Bytes that came since the last head was complete; None while a body is read.
    _head_bytes: int | None = 0
    _ended_a_message = False
    #: Runs while a head has begun and is not complete.
    _head_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too large."""
        self._ended_a_message = False
        super().data_received(data)
        # A piece that ended a message was mostly body; what follows it is counted from the next piece on.
        if self._head_bytes is not None and not self._ended_a_message and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, b"Request Header Fields Too Large", "The headers are too large.", "headers-too-large")
            elif self._head_timer is None:
                self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def on_message_begin(self) -> None:
        """Another head begins."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is complete; what follows is its body."""
        self._head_bytes = None
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next byte is the next head's."""
        self._head_bytes = 0
        self._ended_a_message = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Bytes that are no HTTP request."""
        self._refuse(400, b"Bad Request", "The bytes are not an HTTP/1.1 request.", "bad-request")

    def _too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse(408, b"Request Timeout", "The headers took too long.", "too-slow")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int, reason: bytes, title: str, name: str) -> None:
        problem = {"type": f"urn:tongguan:problem:{name}", "title": title, "status": status}
        body = msgspec.json.encode(problem)
        self.transport.write(_HEAD % (status, reason, len(body), body))
        self.transport.close()
