"""The built screens: `/`, `/assets/…` and the icon. It must never serve a file from outside the built folder."""

from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from hub.edges.web.problems import problem

WALL = Path(__file__).parent / "static" / "wall"

#: Litestar adds the charset to text types.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
#: Vite puts a digest of the content into the names under `assets/`.
_FOR_EVER = "public, max-age=31536000, immutable"


@get("/", include_in_schema=False, sync_to_thread=True)
def wall_page() -> Response[bytes]:
    """The wall, or how to build it."""
    if not (WALL / "index.html").is_file():
        raise problem("page-not-built", "The wall is not built yet: run `make setup`, then reload. The API works.")
    return _file("index.html", "no-cache")


@get("/icon.svg", include_in_schema=False, sync_to_thread=True)
def wall_icon() -> Response[bytes]:
    """The icon beside the page."""
    return _file("icon.svg", "no-cache")


@get("/assets/{path:path}", include_in_schema=False, sync_to_thread=True)
def wall_asset(path: FromPath[str]) -> Response[bytes]:
    """A script, style or picture of the wall."""
    return _file(f"assets/{str(path).lstrip('/')}", _FOR_EVER)


def _file(name: str, cache: str) -> Response[bytes]:
    base = WALL.resolve()
    try:
        path = (base / name).resolve()
        found = path.is_relative_to(base) and path.is_file() and path.suffix in _TYPES
    except (OSError, ValueError):
        found = False
    if not found:
        raise problem("not-found", "There is no such file.")
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers={"cache-control": cache})
