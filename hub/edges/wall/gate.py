"""Who may open a live socket: path, host, origin and key. It must never log or echo a key."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from websockets.datastructures import Headers

from hub.settings import is_loopback

LIVE_PATH = "/v1/live"
#: The protocol that screens speak; a browser that offers a key must offer this too, or it gets no answer it accepts.
SUBPROTOCOL = "tongguan.v1"

#: Decides on headers and offered subprotocols whether the caller holds a key that may read.
MayEnter = Callable[[Mapping[str, str], Sequence[str]], bool]


class Refusal(msgspec.Struct, frozen=True):
    """Why a socket is not opened."""

    status: HTTPStatus
    #: Short name, for counting.
    reason: str
    detail: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the door."""

    may_enter: MayEnter
    #: Whether the server listens on loopback only; then the Host must be a loopback name (DNS rebinding).
    on_loopback: bool
    #: Origins of pages on other hosts that may connect, such as `https://wall.example.gov.cn`.
    origins: frozenset[str] = frozenset()
    #: Host names by which a proxy reaches a server on loopback.
    hosts: frozenset[str] = frozenset()

    def refuse_host(self, headers: Headers) -> Refusal | None:
        """Refuse a request that came under a name which is not ours."""
        host = _host_name(_only(headers, "Host"))
        if host is None:
            return Refusal(HTTPStatus.BAD_REQUEST, "host", "The Host header is missing or malformed.")
        if self.on_loopback and not is_loopback(host) and host not in self.hosts:
            return Refusal(HTTPStatus.FORBIDDEN, "host", "This server is reached under a loopback name only.")
        return None

    def refuse_origin(self, headers: Headers) -> Refusal | None:
        """Refuse a page of another host. Programs send no Origin and pass."""
        if not headers.get_all("Origin"):
            return None
        origin = _only(headers, "Origin")
        if origin in self.origins:
            return None
        page = _host_name(origin.partition("://")[2]) if origin.startswith(("http://", "https://")) else None
        here = _host_name(_only(headers, "Host"))
        if page is not None and here is not None and (page == here or (is_loopback(page) and is_loopback(here))):
            return None
        return Refusal(HTTPStatus.FORBIDDEN, "origin", "Pages of this origin may not connect; see HUB_LIVE_ORIGINS.")

    def refuse_key(self, headers: Headers) -> Refusal | None:
        """Refuse whoever has no key that may read."""
        if any(len(values) > 1 for values in (headers.get_all("Authorization"), headers.get_all("X-API-Key"))):
            return Refusal(HTTPStatus.UNAUTHORIZED, "key", "More than one key was sent.")
        if self.may_enter(headers, offered(headers)):
            return None
        return Refusal(HTTPStatus.UNAUTHORIZED, "key", "A key with the role `read` is needed.")


def offered(headers: Headers) -> tuple[str, ...]:
    """The subprotocols a client offers."""
    names = ",".join(headers.get_all("Sec-WebSocket-Protocol")).split(",")
    return tuple(name.strip() for name in names if name.strip())


def _only(headers: Headers, name: str) -> str:
    values = headers.get_all(name)
    return values[0].strip() if len(values) == 1 else ""


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
