"""The built screens: the wall at `/`, the rules page at `/rules`. It must never serve a file from outside them."""

from pathlib import Path

from litestar import Response, get
from litestar.params import FromPath

from hub.edges.web.problems import problem

WALL = Path(__file__).parent / "static" / "wall"
RULES = Path(__file__).parent / "static" / "rules"

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
    return _page(WALL)


@get("/icon.svg", include_in_schema=False, sync_to_thread=True)
def wall_icon() -> Response[bytes]:
    """The icon beside the page."""
    return _file(WALL, "icon.svg", "no-cache")


@get("/assets/{path:path}", include_in_schema=False, sync_to_thread=True)
def wall_asset(path: FromPath[str]) -> Response[bytes]:
    """A script, style or picture of the wall."""
    return _file(WALL, f"assets/{str(path).lstrip('/')}", _FOR_EVER)


@get("/rules", include_in_schema=False, sync_to_thread=True)
def rules_page() -> Response[bytes]:
    """The rules page, or how to build it."""
    return _page(RULES)


@get("/rules/assets/{path:path}", include_in_schema=False, sync_to_thread=True)
def rules_asset(path: FromPath[str]) -> Response[bytes]:
    """A script or style of the rules page."""
    return _file(RULES, f"assets/{str(path).lstrip('/')}", _FOR_EVER)


def _page(folder: Path) -> Response[bytes]:
    if not (folder / "index.html").is_file():
        raise problem("page-not-built", "The page is not built yet: run `make setup`, then reload. The API works.")
    return _file(folder, "index.html", "no-cache")


def _file(folder: Path, name: str, cache: str) -> Response[bytes]:
    base = folder.resolve()
    try:
        path = (base / name).resolve()
        found = path.is_relative_to(base) and path.is_file() and path.suffix in _TYPES
    except (OSError, ValueError):
        found = False
    if not found:
        raise problem("not-found", "There is no such file.")
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers={"cache-control": cache})
