"""Without keys the hub trusts this machine alone: its names, and no other site's page. Headers guard the pages."""

from pathlib import Path

import pytest

from hub.edges.web import pages
from hub.edges.web.addresses import host_name, live_origin, live_url
from hub.settings import Settings
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import Web

HOSTS = ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.8.8.8"]
FOREIGN = [
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "192.168.1.5",
    "localhost.evil",
    "[::2]",
    "a b",
    "",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_name_of_this_machine_is_served(doorstep: Web, host: str) -> None:
    assert (await doorstep.client.get("/v1/city", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/v1/city", "/", "/metrics", "/healthz", "/schema"])
async def test_another_name_is_refused_everywhere(doorstep: Web, host: str, path: str) -> None:
    answer = await doorstep.client.get(path, headers={"host": host})
    assert answer.status_code in (400, 421)
    problem_of(answer, "wrong-host" if answer.status_code == 421 else "bad-request")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8080", "http://127.0.0.1:9999"])
async def test_another_sites_page_may_not_send(doorstep: Web, origin: str) -> None:
    for path in ("/v1/feeds/hotline", "/v1/rejects/00000000-0000-0000-0000-000000000009/replay"):
        answer = await doorstep.client.post(path, json={"id": 1}, headers={"origin": origin})
        problem_of(answer, "foreign-origin")
    assert doorstep.kept == []


@pytest.mark.parametrize("headers", [{}, {"origin": "http://127.0.0.1:8080"}])
async def test_our_own_page_and_programs_may(doorstep: Web, headers: dict[str, str]) -> None:
    answer = await doorstep.client.post("/v1/feeds/hotline", json={"id": 1}, headers=headers)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:80", "localhost"),
        ("[::1]:80", "::1"),
        ("A.example", "a.example"),
        ("a;b", None),
        ("a b", None),
        ("", None),
        ("x:1:2", None),
        ("evil' 'unsafe-inline", None),
    ],
)
def test_host_names(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("settings", "scheme", "host", "url"),
    [
        ({}, "http", "localhost:8080", "ws://localhost:8081/v1/live"),
        ({"live_port": 9001}, "https", "hub.gov.cn", "wss://hub.gov.cn:9001/v1/live"),
        ({}, "http", "[::1]:8080", "ws://[::1]:8081/v1/live"),
        ({}, "http", "x; script-src *", "ws://127.0.0.1:8081/v1/live"),
        ({"live_url": "wss://live.gov.cn/v1/live"}, "http", "localhost", "wss://live.gov.cn/v1/live"),
    ],
)
def test_where_the_live_server_is(settings: dict[str, object], scheme: str, host: str, url: str) -> None:
    made = Settings(**settings)
    assert live_url(made, scheme, host) == url
    assert url.startswith(live_origin(made, scheme, host))


@pytest.mark.parametrize("path", ["/healthz", "/v1/city", "/nothing", "/v1/tasks?x=1", "/schema", "/"])
async def test_every_answer_carries_the_security_headers(doorstep: Web, path: str) -> None:
    headers = (await doorstep.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://127.0.0.1:8081;" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] in ("no-store", "no-cache")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built wall of our own, with a secret beside it."""
    wall = tmp_path / "wall"
    (wall / "assets").mkdir(parents=True)
    (wall / "index.html").write_text("<!doctype html><title>统管</title>", "utf-8")
    (wall / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    (wall / "assets" / "index-1a2b.js").write_text("1", "utf-8")
    (wall / "assets" / "notes.txt").write_text("not served", "utf-8")
    (tmp_path / "secret.js").write_text("secret", "utf-8")
    (wall / "assets" / "out.js").symlink_to(tmp_path / "secret.js")
    monkeypatch.setattr(pages, "WALL", wall)
    return wall


async def test_the_wall_is_served_with_its_assets(doorstep: Web, built: Path) -> None:
    page = await doorstep.client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "统管" in page.text
    assert page.headers["cache-control"] == "no-cache"
    script = await doorstep.client.get("/assets/index-1a2b.js")
    assert (script.text, script.headers["content-type"]) == ("1", "text/javascript; charset=utf-8")
    assert "immutable" in script.headers["cache-control"]
    assert (await doorstep.client.get("/icon.svg")).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/notes.txt",
        "/assets/../../secret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets//etc/passwd",
        "/assets/out.js",
        "/assets/%00.js",
        "/assets/",
        "/assets/" + "x" * 5000 + ".js",
        "/index.html",
        "/schema/elements",
    ],
)
async def test_nothing_outside_the_built_folder_is_served(doorstep: Web, built: Path, path: str) -> None:
    answer = await doorstep.client.get(path)
    problem_of(answer, "not-found")
    assert "secret" not in answer.text


async def test_a_wall_that_is_not_built_says_how(
    doorstep: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WALL", tmp_path / "none")
    document = problem_of(await doorstep.client.get("/"), "page-not-built")
    assert "make" in document["detail"]
