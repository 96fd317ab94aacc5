"""Names of this server as a browser sees them. It must never put an unchecked Host header into an answer."""

import re
from urllib.parse import urlsplit

from hub.settings import Settings

_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def host_name(header: str) -> str | None:
    """The name in a Host header, without port and brackets; None when it is not one."""
    found = _HOST.fullmatch(header)
    return found["name"].strip("[]").lower() if found else None


def live_url(settings: Settings, scheme: str, host_header: str) -> str:
    """Where a browser that sees this host reaches the live server."""
    if settings.live_url:
        return settings.live_url
    name = host_name(host_header) or settings.live_host
    shown = f"[{name}]" if ":" in name else name
    return f"{'wss' if scheme == 'https' else 'ws'}://{shown}:{settings.live_port}/v1/live"


def live_origin(settings: Settings, scheme: str, host_header: str) -> str:
    """The same without a path, as a content security policy names it."""
    parts = urlsplit(live_url(settings, scheme, host_header))
    return f"{parts.scheme}://{parts.netloc}"
