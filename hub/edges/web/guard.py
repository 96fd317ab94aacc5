"""Who may come in: host and origin without keys, the key and its role with them. It must never trust a proxy's word.

Without keys the hub is on loopback, and only the browser of this machine stands between it and the web. So a name that
is not this machine's (DNS rebinding) and a write from another site's page are refused.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from hub.edges.keys import Role, key_in
from hub.edges.web.addresses import host_name
from hub.edges.web.problems import problem, quoted, wrong
from hub.edges.web.wiring import Wiring
from hub.settings import is_loopback

Connection = ASGIConnection[Any, Any, Any, Any]

#: Routes carry the role they need under this name; a route without it is open to everybody.
ROLE = "role"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Litestar guard over every route."""

    def __init__(self, wiring: Wiring) -> None:
        self._keys = wiring.keys

    def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        if self._keys.open:
            _check_neighbour(connection)
        else:
            self._check_role(connection, handler)
        _check_parameters(connection, handler)

    def _check_role(self, connection: Connection, handler: BaseRouteHandler) -> None:
        needed = handler.opt.get(ROLE)
        if needed is None:
            return
        caller = self._keys.check_key(key_in(connection.headers))
        if caller is None:
            raise problem(
                "key-missing",
                "Send a key as `Authorization: Bearer …` or `X-API-Key: …`.",
                headers={"www-authenticate": 'Bearer realm="tongguan"'},
            )
        if not caller.may(Role(needed)):
            raise problem("key-not-allowed", f"The role {caller.role} may not do this; it needs {needed}.")


def _check_neighbour(connection: Connection) -> None:
    host = host_name(connection.headers.get("host", ""))
    if host is None or not is_loopback(host):
        raise problem(
            "wrong-host",
            "Without API keys the hub answers only to a loopback name such as localhost or 127.0.0.1.",
        )
    origin = connection.headers.get("origin")
    own = f"{connection.scope['scheme']}://{connection.headers.get('host', '')}"
    if origin is not None and connection.scope.get("method") not in _SAFE and origin != own:
        raise problem("foreign-origin", "Without API keys a page of another site may not send anything.")


def _check_parameters(connection: Connection, handler: BaseRouteHandler) -> None:
    """A misspelt filter would silently answer with everything, so it is an error."""
    if handler.opt.get(ROLE) is None:
        return
    known = handler.parsed_fn_signature.parameters
    for name in connection.query_params:
        if name not in known:
            raise wrong(quoted(name).strip("`"), "no such parameter")
