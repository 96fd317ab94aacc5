"""Incidents, tasks and reports as the API tells them: filtered, paged, explained, masked."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from hub.edges.web import incidents
from hub.vocabulary.messages import Petitioner
from tests.builders import AT, HERE, a_located, north_of
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import Web, settle


async def titles(web: Web, query: str) -> list[str]:
    """Opening reports of the incidents found, to tell them apart."""
    answer = await web.client.get(f"/v1/incidents?{query}")
    assert answer.status_code == 200, answer.text
    found = []
    for item in answer.json()["items"]:
        story = (await web.client.get(f"/v1/incidents/{item['id']}")).json()
        found.append(story["reports"][-1]["source_id"])
    return found


async def test_incidents_come_newest_first_with_names_in_both_languages(seeded: Web) -> None:
    page = (await seeded.client.get("/v1/incidents")).json()
    opened = [item["opened_at"] for item in page["items"]]
    assert len(opened) == 4
    assert opened == sorted(opened, reverse=True)
    assert page["next_cursor"] is None
    first = page["items"][0]
    assert first["district_name"] == {"zh": "盐湖区", "en": "Yanhu"}
    assert first["lead_bureau_name"] == {"zh": "water", "en": "water"}
    assert first["category_name"] == {"zh": "burst_main", "en": "burst_main"}
    assert (first["severity"], first["status"], first["feeds"]) == (3, "dispatched", ["hotline"])
    assert "words" not in first


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("severity=1", ["W-3"]),
        ("severity=1&severity=2", ["W-3"]),
        ("severity=4", []),
        ("status=dispatched&status=open&severity=1", ["W-3"]),
        ("status=closed", []),
        ("category=burst_main&severity=1", ["W-3"]),
        ("category=noise", []),
        ("district=140802&severity=1", ["W-3"]),
        ("district=140881", []),
        ("bureau=traffic&severity=1", ["W-3"]),
        ("bureau=yongji", []),
        ("feed=hotline&severity=1", ["W-3"]),
        ("feed=grid", []),
        ("overdue=true", []),
        ("overdue=false&severity=1", ["W-3"]),
        ("since=2026-03-03T10:16:00%2B08:00", ["W-5"]),
        ("since=2027-01-01T00:00:00Z", []),
    ],
)
async def test_filters_narrow_the_list(seeded: Web, query: str, expected: list[str]) -> None:
    assert await titles(seeded, query) == expected


async def test_pages_follow_each_other_without_a_gap_or_a_repeat_even_at_one_instant(seeded: Web) -> None:
    await seeded.pool.execute("update incidents set opened_at = $1", AT)
    whole = [item["id"] for item in (await seeded.client.get("/v1/incidents")).json()["items"]]
    paged, cursor = [], ""
    while True:
        page = (await seeded.client.get(f"/v1/incidents?limit=1{cursor}")).json()
        paged += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert paged == whole == sorted(whole)


async def test_an_incident_that_opens_meanwhile_does_not_shift_the_pages(seeded: Web) -> None:
    whole = [item["id"] for item in (await seeded.client.get("/v1/incidents")).json()["items"]]
    first = (await seeded.client.get("/v1/incidents?limit=2")).json()
    await settle(seeded.pool, [a_located("W-9", point=north_of(HERE, 40_000))])
    second = (await seeded.client.get(f"/v1/incidents?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["id"] for item in first["items"] + second["items"]] == whole


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=nope", "status"),
        ("severity=7", "severity"),
        ("severity=x", "severity"),
        ("overdue=perhaps", "overdue"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("since=yesterday", "since"),
        ("since=2026-03-03T10:00:00", "since"),
        ("since=0001-01-01T00:00:00%2B14:00", "since"),
        ("since=9999-12-31T23:59:59-12:00", "since"),
        ("cursor=rubbish", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=WyIyMDI2LTAzLTAzVDAyOjAwOjAwWiIsIlx1MDAwMCJd", "cursor"),
        ("cursor=WyIyMDI2LTAzLTAzVDAyOjAwOjAwIiwiYSJd", "cursor"),
        ("district=%00", "district"),
        ("category=%00", "category"),
        ("bureau=" + "x" * 301, "bureau"),
        ("category=a&" * 101, "category"),
        ("stauts=open", "stauts"),
        ("feed=weather", "feed"),
    ],
)
async def test_a_wrong_parameter_is_named(seeded: Web, query: str, field: str) -> None:
    document = problem_of(await seeded.client.get(f"/v1/incidents?{query}"), "bad-parameter")
    assert [error["field"] for error in document["errors"]] == [field]


async def test_a_wrong_value_is_not_repeated(seeded: Web) -> None:
    answer = await seeded.client.get("/v1/incidents?status=%3Cscript%3E&severity=9")
    assert "script" not in answer.text


async def story_of(web: Web, source_id: str) -> dict[str, object]:
    report = (await web.client.get(f"/v1/reports/hotline:{source_id}")).json()
    answer = await web.client.get(f"/v1/incidents/{report['incident_id']}")
    assert answer.status_code == 200
    story: dict[str, object] = answer.json()
    return story


async def test_a_story_holds_reports_tasks_timeline_and_reasons(seeded: Web) -> None:
    story = await story_of(seeded, "W-1")
    assert story["incident"]["report_count"] == 2
    assert {report["report_id"] for report in story["reports"]} == {"hotline:W-1", "hotline:W-2"}
    assert [(task["bureau"], task["role"]) for task in story["tasks"]] == [("water", "lead"), ("traffic", "assist")]
    lead = story["tasks"][0]
    assert [clock["kind"] for clock in lead["deadlines"]] == ["accept", "resolve"]
    assert lead["deadlines"][0]["why"]["stage"] == "deadlines"
    kinds = [entry["kind"] for entry in story["timeline"]]
    assert kinds[0] == "opened"
    assert {"joined", "revised"} < set(kinds)
    versions = [(entry["version"], entry["n"]) for entry in story["timeline"]]
    assert versions == sorted(versions)
    assert (story["reports_truncated"], story["timeline_truncated"]) == (False, False)
    stages = [why["stage"] for why in story["why"]]
    assert {"classify", "locate", "fuse", "route", "deadlines"} <= set(stages)
    assert all(why["zh"] and why["en"] for why in story["why"])


async def test_reasons_are_told_alone_too_and_each_once(seeded: Web) -> None:
    story = await story_of(seeded, "W-1")
    answer = (await seeded.client.get(f"/v1/incidents/{story['incident']['id']}/why")).json()
    assert answer["why"] == story["why"]
    assert answer["rulebook_version"] == "test"
    seen = [str(why) for why in answer["why"]]
    assert len(seen) == len(set(seen))


async def test_a_story_is_bounded_and_says_so(seeded: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incidents, "MAX_REPORTS", 1)
    monkeypatch.setattr(incidents, "MAX_TIMELINE", 2)
    story = await story_of(seeded, "W-1")
    assert (len(story["reports"]), story["reports_truncated"]) == (1, True)
    assert (len(story["timeline"]), story["timeline_truncated"]) == (2, True)
    assert "opened" not in [entry["kind"] for entry in story["timeline"]]
    # The opening report's reasons stay, however many came after it.
    assert story["why"][0]["stage"] == "classify"


async def test_nothing_personal_is_in_any_answer(seeded: Web) -> None:
    caller = Petitioner(name="王小明", phone="0359-2021234")
    named = a_located(
        "W-7",
        point=north_of(HERE, 32_000),
        title="王小明13812345678反映积水",
        text="身份证142701198001011234",
        address="王小明家0359-2021234",
        attributes={"联系人": "王小明 13812345678"},
        petitioner=caller,
    )
    await settle(seeded.pool, [named])
    await settle(
        seeded.pool,
        [a_located("W-8", point=north_of(HERE, 60_000), petitioner=Petitioner(name="赵", phone="1", secret=True))],
    )
    story = await story_of(seeded, "W-7")
    paths = [
        "/v1/incidents",
        f"/v1/incidents/{story['incident']['id']}",
        f"/v1/incidents/{story['incident']['id']}/why",
    ]
    paths += ["/v1/tasks", f"/v1/tasks/{story['tasks'][0]['id']}", "/v1/reports/hotline:W-7", "/v1/reports/hotline:W-1"]
    for path in paths:
        text = (await seeded.client.get(path)).text
        for secret in ("13812345678", "142701198001011234", "2021234", "张三丰"):
            assert secret not in text, path
    detail = (await seeded.client.get("/v1/reports/hotline:W-7")).json()
    assert detail["petitioner"] == {"name": "王*", "phone": "0359-****34", "secret": False}
    assert "王小明" not in str(detail)
    assert (await seeded.client.get("/v1/reports/hotline:W-8")).json()["petitioner"] == {
        "name": "",
        "phone": "",
        "secret": True,
    }
    assert (await seeded.client.get("/v1/reports/hotline:W-3")).json()["petitioner"] is None


async def test_a_report_comes_with_its_earlier_revisions(seeded: Web) -> None:
    report = (await seeded.client.get("/v1/reports/hotline:W-1")).json()
    assert (report["revision"], report["text"]) == (2, "水管爆裂，已停水")
    (earlier,) = report["revisions"]
    assert (earlier["revision"], earlier["stale"]) == (1, False)
    assert earlier["text"] == "张*反映水管爆裂，电话138****5678"
    assert report["place"]["precision"] == "point"
    assert [why["stage"] for why in report["why"]] == ["classify", "locate"]


async def test_a_source_id_with_a_slash_can_be_asked_for(seeded: Web) -> None:
    await settle(seeded.pool, [a_located("A/7 号", point=north_of(HERE, 40_000))])
    answer = await seeded.client.get(f"/v1/reports/{quote('hotline:A/7 号', safe='')}")
    assert answer.json()["source_id"] == "A/7 号"


async def test_tasks_are_listed_filtered_and_read(seeded: Web) -> None:
    every = (await seeded.client.get("/v1/tasks")).json()["items"]
    assert len(every) == 8
    water = (await seeded.client.get("/v1/tasks?bureau=water&role=lead&status=offered")).json()["items"]
    assert {task["bureau"] for task in water} == {"water"}
    assert len(water) == 4
    one = (await seeded.client.get(f"/v1/tasks/{water[0]['id']}")).json()
    assert {**one, **water[0]} == one
    assert (one["incident_title"], one["incident_severity"]) == ("自来水管爆裂，路面积水", 3)
    of_it = (await seeded.client.get(f"/v1/tasks?incident={one['incident_id']}")).json()["items"]
    assert [task["incident_id"] for task in of_it] == [one["incident_id"]] * 2
    assert (await seeded.client.get("/v1/tasks?bureau=yongji")).json()["items"] == []
    later = AT + timedelta(days=400)
    since = quote(later.isoformat())
    assert (await seeded.client.get(f"/v1/tasks?since={since}")).json()["items"] == []


async def test_overdue_tasks_are_those_with_an_unmet_deadline_in_the_past(seeded: Web) -> None:
    task = (await seeded.client.get("/v1/tasks?bureau=water")).json()["items"][0]["id"]
    await seeded.pool.execute("update deadlines set due_at = 'infinity'")
    await seeded.pool.execute("update deadlines set due_at = '9000-01-01'")
    assert (await seeded.client.get("/v1/tasks?overdue=true")).json()["items"] == []
    await seeded.pool.execute("update deadlines set due_at = '2020-01-01' where task_id = $1 and kind = 'accept'", task)
    assert [t["id"] for t in (await seeded.client.get("/v1/tasks?overdue=true")).json()["items"]] == [task]
    assert task not in [t["id"] for t in (await seeded.client.get("/v1/tasks?overdue=false")).json()["items"]]
    await seeded.pool.execute("update deadlines set met_at = '2019-12-31' where task_id = $1", task)
    assert (await seeded.client.get("/v1/tasks?overdue=true")).json()["items"] == []


async def test_task_pages_follow_each_other(seeded: Web) -> None:
    whole = [task["id"] for task in (await seeded.client.get("/v1/tasks")).json()["items"]]
    first = (await seeded.client.get("/v1/tasks?limit=5")).json()
    second = (await seeded.client.get(f"/v1/tasks?limit=5&cursor={first['next_cursor']}")).json()
    assert [task["id"] for task in first["items"] + second["items"]] == whole
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "path",
    ["/v1/incidents/none", "/v1/incidents/none/why", "/v1/tasks/none", "/v1/reports/hotline:none", "/v1/nothing"],
)
async def test_what_is_not_there_is_not_found(seeded: Web, path: str) -> None:
    problem_of(await seeded.client.get(path), "not-found")


@pytest.mark.parametrize(
    "path", ["/v1/incidents/%00", "/v1/tasks/%0A", "/v1/reports/%00", "/v1/incidents/" + "x" * 400]
)
async def test_an_id_that_cannot_be_is_refused(seeded: Web, path: str) -> None:
    problem_of(await seeded.client.get(path), "bad-parameter")
