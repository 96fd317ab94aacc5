"""`POST /v1/feeds/{feed}`: accepted means committed; everything bad is a problem, never a failure."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from hub.edges.web import intake
from hub.ports import Overloaded
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import MakeWeb, Web

URL = "/v1/feeds/hotline"


def counted(web: Web, name: str, **labels: str) -> float:
    value = web.metrics.registry.get_sample_value(name, labels)
    return value or 0.0


async def test_what_is_accepted_is_committed_as_sent_and_the_relay_is_woken(web: Web) -> None:
    body = '{"id": "W-1", "title": "积水"}'.encode("gb18030")
    answer = await web.client.post(URL, content=body, headers={"content-type": "application/json; charset=GBK"})
    assert answer.status_code == 202
    (row,) = await web.raw()
    assert answer.json() == {"accepted": 1, "ids": [str(row["id"])]}
    assert (row["feed"], row["source"], row["body"]) == ("hotline", "hotline-12345", body)
    assert row["content_type"] == "application/json; charset=gbk"
    assert row["settled_at"] is None
    assert row["published_at"] is None
    assert web.poked == [True]
    assert counted(web, "hub_intake_messages_total", feed="hotline") == 1


async def test_the_answer_waits_for_the_commit(make_web: MakeWeb) -> None:
    committed = asyncio.Event()
    asked = asyncio.Event()

    class Slow:
        async def land(self, messages: Sequence[RawMessage]) -> None:
            asked.set()
            await committed.wait()

    web = make_web(landing=Slow())
    posting = asyncio.create_task(web.client.post(URL, json={"id": 1}))
    await asyncio.wait_for(asked.wait(), 60)
    assert not posting.done()
    assert web.poked == []
    committed.set()
    assert (await asyncio.wait_for(posting, 60)).status_code == 202
    assert web.poked == [True]


async def test_a_store_that_is_away_is_a_503_that_says_when_to_come_back(make_web: MakeWeb) -> None:
    class Away:
        async def land(self, messages: Sequence[RawMessage]) -> None:
            raise ConnectionRefusedError

    answer = await make_web(landing=Away()).client.post(URL, json={"id": 1})
    problem_of(answer, "store-unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_door_that_is_overrun_says_so_and_when_to_come_back(make_web: MakeWeb) -> None:
    class Overrun:
        async def land(self, messages: Sequence[RawMessage]) -> None:
            raise Overloaded

    web = make_web(landing=Overrun())
    answer = await web.client.post(URL, json={"id": 1})
    problem_of(answer, "overloaded")
    assert answer.headers["retry-after"] == "2"
    assert web.poked == []
    assert counted(web, "hub_intake_refused_total", feed="hotline", reason="overloaded") == 1


async def test_a_defect_is_a_500_without_a_word_of_it(make_web: MakeWeb) -> None:
    class Broken:
        async def land(self, messages: Sequence[RawMessage]) -> None:
            raise RuntimeError("the inner secret")

    answer = await make_web(landing=Broken()).client.post(URL, json={"id": 1})
    document = problem_of(answer, "failed")
    assert document["instance"].startswith("urn:uuid:")
    assert "secret" not in answer.text


async def test_the_source_is_named_or_the_feeds_first(web: Web) -> None:
    await web.client.post(URL, json={"id": 1})
    await web.client.post(f"{URL}?source=hotline-old", json={"id": 2})
    assert [row["source"] for row in await web.raw()] == ["hotline-12345", "hotline-old"]


async def test_an_unknown_source_is_named_and_the_known_ones_listed(doorstep: Web) -> None:
    for source in ("nobody", "grid-1", ""):
        answer = await doorstep.client.post(f"{URL}?source={source}", json={"id": 1})
        document = problem_of(answer, "unknown-source")
        assert f"`{source}`" in document["detail"]
        assert "hotline-12345, hotline-old" in document["detail"]
        assert document["errors"][0]["field"] == "source"
    assert counted(doorstep, "hub_intake_refused_total", feed="hotline", reason="unknown-source") == 3


async def test_what_is_named_in_a_problem_is_made_harmless(doorstep: Web) -> None:
    answer = await doorstep.client.post(f"{URL}?source=%3Cscript%3E%00%0A{'x' * 500}", json={"id": 1})
    document = problem_of(answer, "unknown-source")
    assert "<" not in document["detail"]
    assert len(document["detail"]) < 200


@pytest.mark.parametrize("feed", ["weather", "HOTLINE", "hotline%00", "热线"])
async def test_an_unknown_feed_is_not_found_and_the_feeds_are_listed(doorstep: Web, feed: str) -> None:
    document = problem_of(await doorstep.client.post(f"/v1/feeds/{feed}", json={}), "unknown-feed")
    assert "hotline, grid" in document["detail"]


async def test_a_feed_without_a_source_in_this_city_is_not_found(doorstep: Web) -> None:
    document = problem_of(await doorstep.client.post("/v1/feeds/video", json={}), "unknown-feed")
    assert "video" in document["detail"]


async def test_a_misspelt_parameter_is_refused(doorstep: Web) -> None:
    problem_of(await doorstep.client.post(f"{URL}?sorce=x", json={"id": 1}), "bad-parameter")
    assert doorstep.kept == []


async def test_arrays_and_lines_become_a_raw_message_an_item(web: Web) -> None:
    answer = await web.client.post(URL, json=[{"id": 1}, {"id": 2}])
    assert answer.json()["accepted"] == 2
    lines = b'{"id": 3}\nbroken\n{"id": 4}\n'
    answer = await web.client.post(URL, content=lines, headers={"content-type": "application/x-ndjson"})
    assert answer.json()["accepted"] == 3
    rows = {str(row["id"]): row for row in await web.raw()}
    assert len(rows) == 5
    assert [rows[id_]["body"] for id_ in answer.json()["ids"]] == [b'{"id": 3}', b"broken", b'{"id": 4}']


async def test_gzip_lands_unpacked(web: Web) -> None:
    body = json.dumps({"id": 1, "text": "积水" * 1000}).encode()
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert (await web.client.post(URL, content=gzip.compress(body), headers=headers)).status_code == 202
    assert [row["body"] for row in await web.raw()] == [body]


BAD: list[tuple[str, Any, dict[str, str], str]] = [
    ("nothing", b"", {}, "empty-body"),
    ("blanks", b" \n ", {}, "empty-body"),
    ("wrong json", b'{"a": }', {}, "bad-json"),
    ("a bare string", b'"x"', {}, "bad-json"),
    ("nuls", b"\0" * 1000, {}, "bad-json"),
    ("a lone surrogate, escaped", b'{"a": "\\udc00"}', {}, "bad-json"),
    (
        "a lone surrogate, encoded",
        b'{"a": "\xed\xa0\x80"}',
        {"content-type": "application/json; charset=utf-8"},
        "bad-encoding",
    ),
    ("the wrong charset", "{'题'}".encode("gbk"), {"content-type": "application/json; charset=utf-8"}, "bad-encoding"),
    ("deep nesting", b"[" * 50_000 + b"]" * 50_000, {}, "too-deep"),
    ("a form", b"a=b", {"content-type": "application/x-www-form-urlencoded"}, "unsupported-media-type"),
    ("an upload", b"--x--", {"content-type": "multipart/form-data; boundary=x"}, "unsupported-media-type"),
    ("a strange charset", b"{}", {"content-type": "application/json; charset=zlib"}, "unsupported-media-type"),
    ("brotli", b"{}", {"content-encoding": "br"}, "unsupported-content-encoding"),
    ("gzip that is none", b"{}", {"content-encoding": "gzip"}, "bad-gzip"),
    ("a gzip bomb", gzip.compress(b" " * 50_000_000), {"content-encoding": "gzip"}, "too-large"),
    ("5 MB", b'{"a": "' + b"x" * 5_000_000 + b'"}', {}, "too-large"),
    ("too many records", b"[" + b"1," * 2000 + b"1]", {}, "too-large"),
    ("broken xml", b"<a>", {"content-type": "application/xml"}, "bad-xml"),
    ("an entity", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', {"content-type": "text/xml"}, "forbidden-xml"),
    (
        "an external entity",
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        {"content-type": "text/xml"},
        "forbidden-xml",
    ),
    ("csv without rows", b"a,b\n", {"content-type": "text/csv"}, "bad-csv"),
]


@pytest.mark.parametrize(("body", "headers", "name"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_bad_input_is_a_problem_and_leaves_nothing(
    doorstep: Web, body: bytes, headers: dict[str, str], name: str
) -> None:
    answer = await doorstep.client.post(URL, content=body, headers={"content-type": "application/json", **headers})
    document = problem_of(answer, name)
    assert document["errors"][0]["field"] in ("body", "content-type", "content-encoding")
    assert doorstep.kept == []
    assert doorstep.poked == []
    assert counted(doorstep, "hub_intake_refused_total", feed="hotline", reason=name) == 1


async def test_a_missing_content_type_is_refused(doorstep: Web) -> None:
    answer = await doorstep.client.post(URL, content=b"{}")
    document = problem_of(answer, "unsupported-media-type")
    assert "application/json" in document["detail"]
    assert "application/json" in answer.headers["accept-post"]


class Endless:
    """A body that never ends, and how much of it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += 1_000_000
            yield b"x" * 1_000_000


async def test_an_endless_body_is_cut_off(make_web: MakeWeb) -> None:
    body = Endless()
    web = make_web(max_body_bytes=2_000_000)
    answer = await web.client.post(URL, content=body, headers={"content-type": "application/json"})
    problem_of(answer, "too-large")
    assert answer.headers["connection"] == "close"
    assert body.taken < 2_000_000 + intake._DRAIN_BYTES + 4_000_000


async def test_a_body_a_little_over_the_limit_is_read_away_so_that_the_client_hears_why(make_web: MakeWeb) -> None:
    web = make_web(max_body_bytes=1_000)
    answer = await web.client.post(URL, content=b"x" * 5_000, headers={"content-type": "application/json"})
    problem_of(answer, "too-large")
    assert "connection" not in answer.headers


async def test_a_body_that_does_not_come_is_given_up(doorstep: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BODY_SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await doorstep.client.post(URL, content=stuck(), headers={"content-type": "application/json"})
    problem_of(answer, "too-slow")


async def test_large_bodies_do_not_hold_up_others(web: Web) -> None:
    big = b"[" + b",".join([b'{"a": [[[1]]]}'] * 1500) + b"]"
    headers = {"content-type": "application/json"}
    answers = await asyncio.gather(*(web.client.post(URL, content=big, headers=headers) for _ in range(4)))
    assert [answer.json()["accepted"] for answer in answers] == [1500] * 4
    assert await web.pool.fetchval("select count(*) from raw_messages") == 6000


async def test_every_feed_of_the_city_has_a_door(doorstep: Web) -> None:
    for feed in (Feed.HOTLINE, Feed.GRID, Feed.EMERGENCY):
        assert (await doorstep.client.post(f"/v1/feeds/{feed}", json={"id": 1})).status_code == 202
