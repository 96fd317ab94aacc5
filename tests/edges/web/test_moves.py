"""Moving tasks over HTTP: what is answered, what is refused and how, and who a key lets somebody be."""

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.edges.clock import utc_now
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import MakeWeb, Web, seed

CLERK = {"by": "王工", "role": "clerk", "bureau": "water"}
VERIFIER = {"by": "钱核", "role": "verifier"}
CENTRE = {"by": "赵派", "role": "dispatcher"}


@pytest.fixture
async def task(seeded: Web) -> str:
    """The lead task of the incident at W-1, whose bureau is `water`."""
    story = await seeded.pool.fetchval("select incident_id from reports where source_id = 'W-1'")
    return f"{story}-1"


async def move(web: Web, task: str, action: str, body: dict[str, Any], key: str = "", **headers: str) -> httpx.Response:
    given = {"idempotency-key": key or uuid.uuid4().hex, **headers}
    return await web.client.post(f"/v1/tasks/{task}/{action}", json=body, headers=given)


async def moved(web: Web, task: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await move(web, task, action, body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def detail(web: Web, task: str) -> dict[str, Any]:
    answer = await web.client.get(f"/v1/tasks/{task}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_task_shows_what_may_be_done_with_it(seeded: Web, task: str) -> None:
    shown = await detail(seeded, task)
    assert (shown["status"], shown["version"], shown["bureau"]) == ("offered", 1, "water")
    options = {option["move"]: option for option in shown["moves"]}
    assert set(options) <= {"accept", "return", "reassign"}
    assert options["accept"]["roles"] == ["clerk"]
    assert options["accept"]["name"] == {"zh": "签收", "en": "accept"}
    assert options["reassign"]["needs"] == ["to_bureau", "note"]
    assert "not-ours" in shown["return_reasons"]
    assert {clock["kind"] for clock in shown["clocks"]} == {"accept", "resolve"}


async def test_from_offered_to_closed(seeded: Web, task: str) -> None:
    seeded.poked.clear()
    first = await moved(seeded, task, "accept", {**CLERK, "version": 1})
    assert (first["move"], first["status"], first["version"], first["incident_status"]) == (
        "accept",
        "accepted",
        2,
        "handling",
    )
    assert seeded.poked
    await moved(seeded, task, "report-back", {**CLERK, "evidence": ["已修复，王女士13812345678确认"]})
    shown = await detail(seeded, task)
    assert shown["evidence"] == ["已修复，王女士138****5678确认"]
    assert [option["move"] for option in shown["moves"]] == ["verify", "rework"]
    last = await moved(seeded, task, "verify", VERIFIER)
    assist = task[:-1] + "2"
    assert (last["status"], last["incident_status"]) == ("verified", "handling")
    closed = await moved(seeded, assist, "withdraw", {**CENTRE, "note": "无需协办"})
    assert closed["incident_status"] == "closed"
    story = (await seeded.client.get(f"/v1/incidents/{last['incident_id']}")).json()
    assert story["incident"]["status"] == "closed"
    assert [entry["kind"] for entry in story["timeline"]][-2:] == ["withdrawn", "closed"]
    said = [why["zh"] for entry in story["timeline"] for why in entry["why"] if why["stage"] == "progress"]
    assert said[0] == "经办人王工签收（water）。"
    assert "13812345678" not in str(story)
    barred = problem_of(await move(seeded, task, "accept", CLERK), "illegal-move")
    assert (barred["bar"], barred["legal"]) == ("over", [])


async def test_an_illegal_move_names_the_state_and_the_legal_moves(seeded: Web, task: str) -> None:
    await moved(seeded, task, "accept", CLERK)
    document = problem_of(await move(seeded, task, "verify", VERIFIER), "illegal-move")
    assert (document["state"], document["bar"]) == ("accepted", "state")
    assert {"start", "report-back", "extend"} <= set(document["legal"])
    assert document["detail_zh"] == "当前状态不能进行此操作。"


async def test_the_same_key_again_is_the_same_answer(seeded: Web, task: str) -> None:
    first = await move(seeded, task, "accept", CLERK, "retry-0001")
    await moved(seeded, task, "start", CLERK)
    again = await move(seeded, task, "accept", CLERK, "retry-0001")
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await detail(seeded, task))["version"] == 3
    problem_of(await move(seeded, task, "start", CLERK, "retry-0001"), "key-reused")


async def test_somebody_was_faster(seeded: Web, task: str) -> None:
    await moved(seeded, task, "accept", {**CLERK, "version": 1})
    document = problem_of(await move(seeded, task, "start", {**CLERK, "version": 1}), "moved-meanwhile")
    assert "version 2" in document["detail"]


REFUSED: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("accept", {}, "bad-parameter", "by"),
    ("accept", {"by": "王工"}, "bad-parameter", "role"),
    ("accept", {"by": "王工", "role": "clerk"}, "bad-parameter", "bureau"),
    ("accept", {**CLERK, "nobody": 1}, "bad-parameter", None),
    ("accept", {**CLERK, "version": 0}, "bad-parameter", None),
    ("accept", {**CLERK, "note": "\0"}, "bad-parameter", "note"),
    ("accept", {**CLERK, "bureau": "traffic"}, "not-your-move", None),
    ("accept", VERIFIER, "not-your-move", None),
    ("dance", CLERK, "bad-parameter", "action"),
    ("reassign", {**CENTRE, "to_bureau": "yanhu"}, "bad-parameter", "note"),
    ("reassign", {**CENTRE, "note": "x", "to_bureau": "nobody"}, "bad-parameter", "to_bureau"),
    ("reassign", {**CENTRE, "note": "x", "to_bureau": "traffic"}, "illegal-move", "to_bureau"),
    ("withdraw", {**CENTRE, "note": "x"}, "illegal-move", None),
]


async def test_what_is_refused_changes_nothing(seeded: Web, task: str) -> None:
    before = await seeded.pool.fetchval("select count(*) from timeline")
    for action, body, name, field in REFUSED:
        document = problem_of(await move(seeded, task, action, body), name)
        if field is not None:
            assert [error["field"] for error in document["errors"]] == [field]
    assert await seeded.pool.fetchval("select count(*) from timeline") == before
    assert await seeded.pool.fetchval("select count(*) from moves") == 0


async def test_a_key_for_each_move_is_needed(seeded: Web, task: str) -> None:
    without = await seeded.client.post(f"/v1/tasks/{task}/accept", json=CLERK)
    assert problem_of(without, "bad-parameter")["errors"][0]["field"] == "Idempotency-Key"
    problem_of(await move(seeded, task, "accept", CLERK, "short"), "bad-parameter")
    problem_of(await move(seeded, "nothing-1", "accept", CLERK), "not-found")


async def test_a_return_is_arbitrated(seeded: Web, task: str) -> None:
    # The seeded calls are old: the window would be over, so the offer is made young.
    await seeded.pool.execute("update tasks set offered_at = $1", utc_now())
    body = {**CLERK, "reason": "not-ours", "clause": "event-0501.1", "note": "属排水中心"}
    assert (await moved(seeded, task, "return", body))["status"] == "returned"
    arbitrator = {"by": "孙裁", "role": "arbitrator", "verdict": "uphold", "note": "同意", "to_bureau": "yanhu"}
    made = await moved(seeded, task, "arbitrate", arbitrator)
    assert made["status"] == "withdrawn"
    successor = await detail(seeded, made["successor"])
    assert (successor["bureau"], successor["role"], successor["status"]) == ("yanhu", "lead", "offered")
    assert successor["why"][0]["zh"].startswith("由 water 转交 yanhu")


class TestKeys:
    @pytest.fixture
    async def keyed(self, make_web: MakeWeb, tmp_path: Path) -> Web:
        path = tmp_path / "keys"
        path.write_text(
            "task:water-1:water-key-0123456789:clerk:water\n"
            "task:check-1:check-key-0123456789:verifier\n"
            "read:wall:read-key-0123456789abc\nadmin:duty:admin-key-0123456789",
            "utf-8",
        )
        web = make_web(api_keys_file=str(path))
        await seed(web.pool)
        return web

    async def test_a_key_says_who_moves(self, keyed: Web) -> None:
        task = await keyed.pool.fetchval("select id from tasks where bureau = 'water' order by id limit 1")
        water, check = "water-key-0123456789", "check-key-0123456789"
        listed = await keyed.client.get("/v1/tasks", headers={"x-api-key": water})
        assert listed.status_code == 200
        problem_of(await move(keyed, task, "accept", {}, **{"x-api-key": check}), "not-your-move")
        problem_of(await move(keyed, task, "accept", VERIFIER, **{"x-api-key": water}), "key-not-allowed")
        problem_of(await move(keyed, task, "accept", {"bureau": "traffic"}, **{"x-api-key": water}), "key-not-allowed")
        problem_of(
            await move(keyed, task, "accept", CLERK, **{"x-api-key": "read-key-0123456789abc"}), "key-not-allowed"
        )
        problem_of(await move(keyed, task, "accept", CLERK), "key-missing")
        accepted = await move(keyed, task, "accept", {"by": "王工"}, **{"x-api-key": water})
        assert accepted.status_code == 200
        by = await keyed.pool.fetchval("select why->0->'facts'->>'by' from timeline where kind = 'accepted'")
        assert by == "王工"
        admin = {"x-api-key": "admin-key-0123456789"}
        assert (await move(keyed, task, "start", CLERK, **admin)).status_code == 200
