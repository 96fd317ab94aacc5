"""Rejects are listed, read in the raw, and sent round again."""

from uuid import UUID

import pytest

from hub.vocabulary.terms import RejectReason
from tests.builders import a_raw
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import HALF_REJECTED, REJECTED, Web, settle


async def test_rejects_say_what_is_wrong_and_where(seeded: Web) -> None:
    page = (await seeded.client.get("/v1/rejects")).json()
    assert page["next_cursor"] is None
    half, whole = page["items"]
    assert (half["raw_id"], half["part"], half["reason"], half["field"]) == (
        str(HALF_REJECTED),
        1,
        "missing_field",
        "$[1].title",
    )
    assert (whole["raw_id"], whole["message"], whole["replayed_at"]) == (str(REJECTED), "The body is not JSON.", None)
    assert (whole["source"], whole["content_type"], whole["size_bytes"]) == ("hotline-12345", "application/json", 20)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("feed=hotline", 2),
        ("feed=grid", 0),
        ("reason=bad_json", 1),
        ("reason=bad_json&feed=hotline", 1),
        ("since=2026-03-03T02:16:00Z", 1),
        ("since=2030-01-01T00:00:00Z", 0),
    ],
)
async def test_rejects_are_filtered(seeded: Web, query: str, count: int) -> None:
    assert len((await seeded.client.get(f"/v1/rejects?{query}")).json()["items"]) == count


async def test_reject_pages_follow_each_other_even_inside_one_raw_message(seeded: Web) -> None:
    await seeded.pool.execute(
        "insert into rejects (raw_id, part, feed, reason, field, message, rejected_at) "
        "select $1, n, 'hotline', $2, '', '', '2026-03-03T02:16:00Z' from generate_series(2, 6) n",
        HALF_REJECTED,
        RejectReason.BAD_VALUE,
    )
    whole = [(item["raw_id"], item["part"]) for item in (await seeded.client.get("/v1/rejects")).json()["items"]]
    paged, cursor = [], ""
    while True:
        page = (await seeded.client.get(f"/v1/rejects?limit=2{cursor}")).json()
        paged += [(item["raw_id"], item["part"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert paged == whole
    assert len(paged) == 7


async def test_the_bytes_behind_a_reject_are_an_attachment(seeded: Web) -> None:
    answer = await seeded.client.get(f"/v1/rejects/{REJECTED}/raw")
    assert answer.content == b'{"id": "13812345678"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{REJECTED}.bin"'
    assert answer.headers["x-raw-content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("what", ["raw", "replay"])
async def test_only_rejected_messages_can_be_read_or_replayed(seeded: Web, what: str) -> None:
    method = "GET" if what == "raw" else "POST"
    accepted = (await seeded.client.post("/v1/feeds/hotline", json={"id": 1})).json()["ids"][0]
    for raw_id in (accepted, UUID(int=0)):
        problem_of(await seeded.client.request(method, f"/v1/rejects/{raw_id}/{what}"), "not-found")
    problem_of(await seeded.client.request(method, f"/v1/rejects/not-a-uuid/{what}"), "not-found")


async def test_a_replay_sends_the_same_message_round_again(seeded: Web) -> None:
    await seeded.pool.execute("update raw_messages set published_at = now(), published_to = 'x', publications = 3")
    answer = await seeded.client.post(f"/v1/rejects/{REJECTED}/replay")
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "ids": [str(REJECTED)]}
    waiting = await seeded.pool.fetch("select * from raw_messages where settled_at is null and published_at is null")
    assert [row["id"] for row in waiting] == [REJECTED]
    assert waiting[0]["published_to"] is None
    assert waiting[0]["replays"] == 1
    replayed = {
        item["raw_id"]: item["replayed_at"] for item in (await seeded.client.get("/v1/rejects")).json()["items"]
    }
    assert replayed[str(REJECTED)] is not None
    assert replayed[str(HALF_REJECTED)] is None
    assert seeded.poked == [True]


async def test_a_replayed_message_that_is_understood_now_is_no_reject_any_more(seeded: Web) -> None:
    await seeded.client.post(f"/v1/rejects/{REJECTED}/replay")
    await settle(seeded.pool, [], raw=a_raw(id=REJECTED))
    left = (await seeded.client.get("/v1/rejects")).json()["items"]
    assert [item["raw_id"] for item in left] == [str(HALF_REJECTED)]


async def test_a_mended_payload_lands_as_a_new_message_of_the_same_source(seeded: Web) -> None:
    await seeded.pool.execute("update raw_messages set source = 'hotline-old' where id = $1", REJECTED)
    answer = await seeded.client.post(f"/v1/rejects/{REJECTED}/replay", json={"id": "13812345678"})
    assert answer.status_code == 202
    (new,) = answer.json()["ids"]
    row = await seeded.pool.fetchrow("select * from raw_messages where id = $1", UUID(new))
    assert (row["feed"], row["source"], row["body"]) == ("hotline", "hotline-old", b'{"id":"13812345678"}')
    old = await seeded.pool.fetchrow("select * from raw_messages where id = $1", REJECTED)
    assert old["settled_at"] is not None
    marked = await seeded.pool.fetchval("select replayed_at from rejects where raw_id = $1", REJECTED)
    assert marked is not None


async def test_a_mended_payload_that_is_broken_too_changes_nothing(seeded: Web) -> None:
    headers = {"content-type": "application/json"}
    answer = await seeded.client.post(f"/v1/rejects/{REJECTED}/replay", content=b"{", headers=headers)
    problem_of(answer, "bad-json")
    assert await seeded.pool.fetchval("select replayed_at from rejects where raw_id = $1", REJECTED) is None


async def test_a_mended_payload_may_come_in_chunks(seeded: Web) -> None:
    async def chunks():
        yield b'{"id"'
        yield b": 1}"

    headers = {"content-type": "application/json"}
    answer = await seeded.client.post(f"/v1/rejects/{REJECTED}/replay", content=chunks(), headers=headers)
    assert answer.json()["ids"] != [str(REJECTED)]


async def test_a_reject_keeps_no_number_in_its_message(seeded: Web) -> None:
    await seeded.pool.execute("update rejects set message = '电话13812345678有误'")
    assert "13812345678" not in (await seeded.client.get("/v1/rejects")).text
