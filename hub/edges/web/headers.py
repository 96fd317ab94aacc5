"""Security headers on every answer, errors included. It must never loosen the policy for one page."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from hub.edges.web.addresses import live_origin
from hub.settings import Settings

_FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Litestar `before_send` hook. Also keeps API answers out of caches."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _FIXED.items():
            headers[name] = value
        headers["content-security-policy"] = self._policy(scope)
        if "cache-control" not in headers:
            headers["cache-control"] = "no-store"

    def _policy(self, scope: Scope) -> str:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        live = live_origin(self._settings, scope.get("scheme", "http"), host)
        return (
            f"default-src 'self'; connect-src 'self' {live}; img-src 'self' data:; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
