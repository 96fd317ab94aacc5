"""Keys: the file, the ring, and who may do what over HTTP."""

import base64
from pathlib import Path

import httpx
import pytest

from hub.edges.keys import ANYBODY, Caller, KeyFileError, KeyRing, Role, key_in, parse_keys, read_key_file
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import REJECTED, MakeWeb, Web, seed

READ = "read-key-0123456789abc"
INTAKE = "intake-key-0123456789"
ADMIN = "admin-key-0123456789"


def test_a_file_of_keys_is_read(keys_file: str) -> None:
    ring = read_key_file(Path(keys_file))
    assert ring.check_key(READ) == Caller("wall", Role.READ)
    assert ring.check_key(INTAKE) == Caller("hotline", Role.INTAKE)
    assert ring.check_key(ADMIN) == Caller("duty", Role.ADMIN)
    assert ring.check_key("read-key-0123456789abd") is None
    assert ring.check_key("") is None
    assert ring.check_key(None) is None
    assert not ring.open


def test_an_empty_ring_lets_everybody_in() -> None:
    assert KeyRing().open
    assert KeyRing().check_key(None) == ANYBODY


def test_keys_are_not_kept_in_the_clear(keys_file: str) -> None:
    assert READ not in repr(vars(read_key_file(Path(keys_file))))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no key"),
        ("# nothing\n\n", "holds no key"),
        ("read:wall", "line 1: must be `role:name:key`"),
        ("\nboss:wall:0123456789abcdef", "line 2: the role must be one of intake, read, rules, task, admin"),
        ("read:a b:0123456789abcdef", "line 1: the name"),
        ("read:wall:short", "line 1: the key must be 16"),
        ("read:wall:0123456789abcdef:more", "line 1: the key"),
        ("task:water:0123456789abcdef", "line 1: must be `task:name:key:clerk:bureau`"),
        ("task:water:0123456789abcdef:clerk", "line 1: must be `task:name:key:clerk:bureau`"),
        ("task:check:0123456789abcdef:verifier:water", "line 1: must be"),
        ("task:water:0123456789abcdef:boss", "line 1: after the key comes one of clerk, dispatcher"),
        ("read:a:0123456789abcdef\nadmin:b:0123456789abcdef", "two lines have the same key"),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_without_the_key(text: str, words: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        parse_keys(text)
    assert words in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)


def test_a_missing_file_never_opens_the_door(make_web: MakeWeb, tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        make_web(api_keys_file=str(tmp_path / "none"))


def _offer(key: str) -> str:
    return "key." + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("headers", "subprotocols", "key"),
    [
        ({"Authorization": "Bearer abc"}, [], "abc"),
        ({"authorization": "bearer  abc "}, [], "abc"),
        ({"x-api-key": "abc"}, [], "abc"),
        ({"authorization": "Basic abc", "x-api-key": "def"}, [], "def"),
        ({}, ["tongguan.v1", _offer("abc~-._")], "abc~-._"),
        ({}, ["key.!!"], None),
        ({}, ["key./w"], None),
        ({}, ["tongguan.v1"], None),
        ({"authorization": "Bearer"}, [], None),
        ({}, [], None),
    ],
)
def test_a_key_is_found_where_it_may_be(headers: dict[str, str], subprotocols: list[str], key: str | None) -> None:
    assert key_in(httpx.Headers(headers), subprotocols) == key


@pytest.mark.parametrize(("key", "may"), [(READ, True), (ADMIN, True), (INTAKE, False), ("nobody-0123456789", False)])
def test_the_live_server_lets_in_whoever_may_read(keys_file: str, key: str, may: bool) -> None:
    ring = read_key_file(Path(keys_file))
    assert ring.may_enter(httpx.Headers(), [_offer(key)]) is may
    assert ring.may_enter(httpx.Headers({"x-api-key": key})) is may


@pytest.fixture
async def locked(make_web: MakeWeb, keys_file: str) -> Web:
    """A server with keys."""
    web = make_web(api_keys_file=keys_file)
    await seed(web.pool)
    return web


READS = ["/v1/incidents", "/v1/tasks", "/v1/rejects", "/v1/feeds", "/v1/city", "/metrics"]
RAW = f"/v1/rejects/{REJECTED}/raw"


async def test_without_a_key_nothing_but_health_pages_and_the_schema_is_open(locked: Web) -> None:
    for path in (*READS, RAW, "/v1/incidents/x", "/v1/incidents/x/why", "/v1/tasks/x", "/v1/reports/x"):
        answer = await locked.client.get(path)
        problem_of(answer, "key-missing")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in ("/v1/feeds/hotline", f"/v1/rejects/{REJECTED}/replay"):
        problem_of(await locked.client.post(path, json={"id": 1}), "key-missing")
    for path in ("/healthz", "/readyz", "/schema", "/schema/openapi.json"):
        assert (await locked.client.get(path)).status_code == 200


async def test_every_v1_endpoint_needs_a_role(web: Web) -> None:
    for route in web.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if route.path.startswith("/v1") and "OPTIONS" not in handler.http_methods:
                assert handler.opt.get("role"), route.path


async def test_a_wrong_key_is_no_key(locked: Web) -> None:
    answer = await locked.client.get("/v1/incidents", headers={"x-api-key": "wrong-key-0123456789"})
    problem_of(answer, "key-missing")
    assert "wrong-key" not in answer.text


async def test_a_reader_only_reads(locked: Web) -> None:
    headers = {"authorization": f"Bearer {READ}"}
    for path in READS:
        assert (await locked.client.get(path, headers=headers)).status_code == 200, path
    problem_of(await locked.client.get(RAW, headers=headers), "key-not-allowed")
    problem_of(await locked.client.post("/v1/feeds/hotline", json={"id": 1}, headers=headers), "key-not-allowed")
    problem_of(await locked.client.post(f"/v1/rejects/{REJECTED}/replay", headers=headers), "key-not-allowed")


async def test_a_sender_only_sends(locked: Web) -> None:
    headers = {"x-api-key": INTAKE}
    assert (await locked.client.post("/v1/feeds/hotline", json={"id": 1}, headers=headers)).status_code == 202
    for path in (*READS, RAW):
        problem_of(await locked.client.get(path, headers=headers), "key-not-allowed")
    problem_of(await locked.client.post(f"/v1/rejects/{REJECTED}/replay", headers=headers), "key-not-allowed")


async def test_an_administrator_does_all(locked: Web) -> None:
    headers = {"x-api-key": ADMIN}
    for path in (*READS, RAW):
        assert (await locked.client.get(path, headers=headers)).status_code == 200
    assert (await locked.client.post("/v1/feeds/hotline", json={"id": 1}, headers=headers)).status_code == 202
    assert (await locked.client.post(f"/v1/rejects/{REJECTED}/replay", headers=headers)).status_code == 202


async def test_with_keys_any_host_name_is_served(locked: Web) -> None:
    headers = {"x-api-key": READ, "host": "hub.example.gov.cn"}
    assert (await locked.client.get("/v1/incidents", headers=headers)).status_code == 200
