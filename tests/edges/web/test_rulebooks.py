"""`/v1/rulebooks`: activated whole or not at all, in one order, by whom and why, and answered by at once."""

import asyncio
from typing import Any

from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import MakeWeb, Web
from tests.rulebook.city_folder import FOLDER

RENAMED = {**FOLDER, "city.yaml": FOLDER["city.yaml"].replace("zh: 指挥中心", "zh: 市指挥中心")}


async def activate(web: Web, files: dict[str, str], **more: object) -> Any:
    return await web.client.post("/v1/rulebooks", json={"files": files, "why": "a test", **more})


async def test_an_activation_is_kept_with_who_and_why_and_answered_by_at_once(web: Web) -> None:
    first = await activate(web, FOLDER, by="王芳")
    assert first.status_code == 200
    told = first.json()["activation"]
    assert (told["number"], told["who"], told["why"], told["how"], told["active"]) == (
        1,
        "王芳",
        "a test",
        "draft",
        True,
    )
    city = (await web.client.get("/v1/city")).json()
    assert city["rulebook_version"] == told["version"]
    assert city["bureaus"]["centre"]["name"]["zh"] == "指挥中心"
    second = (await activate(web, RENAMED)).json()["activation"]
    assert (await web.client.get("/v1/city")).json()["bureaus"]["centre"]["name"]["zh"] == "市指挥中心"
    history = (await web.client.get("/v1/rulebooks")).json()
    assert history["active"] == history["items"][0] == second
    assert [(item["number"], item["active"]) for item in history["items"]] == [(2, True), (1, False)]
    assert history["folder"]["differs"] is True
    kept = (await web.client.get(f"/v1/rulebooks/{told['version']}")).json()
    assert kept["files"] == FOLDER
    assert kept["active"] is False
    assert (await web.client.get("/v1/rulebooks/active")).json()["files"] == RENAMED


async def test_a_diff_tells_the_changes_by_rule_between_versions_and_with_what_is_active(web: Web) -> None:
    nowhere = await web.client.get("/v1/rulebooks/active/diff/active")
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "urn:tongguan:problem:not-found")
    first = (await activate(web, FOLDER)).json()["activation"]["version"]
    second = (await activate(web, RENAMED)).json()["activation"]["version"]
    answer = await web.client.get(f"/v1/rulebooks/{first}/diff/active")
    assert answer.status_code == 200, answer.text
    key = {"key": "zh", "before": "指挥中心", "after": "市指挥中心", "added": [], "removed": []}
    rule = {"file": "city.yaml", "section": "bureaus", "id": "centre", "turn": "changed", "line": 7, "keys": [key]}
    assert answer.json() == {"from": first, "to": second, "rules": [rule]}
    back = (await web.client.get(f"/v1/rulebooks/active/diff/{first}")).json()
    assert (back["from"], back["to"]) == (second, first)
    assert [(key["before"], key["after"]) for key in back["rules"][0]["keys"]] == [("市指挥中心", "指挥中心")]
    assert (await web.client.get(f"/v1/rulebooks/{first}/diff/{first}")).json()["rules"] == []
    for path in (f"{first}/diff/nothing", f"nothing/diff/{first}"):
        unknown = await web.client.get(f"/v1/rulebooks/{path}")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:tongguan:problem:not-found")
        assert "nothing" in unknown.json()["detail"]


async def test_sending_again_what_is_active_changes_nothing(web: Web) -> None:
    first = (await activate(web, FOLDER)).json()
    again = (await activate(web, FOLDER)).json()
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["activation"] == first["activation"]
    assert await web.pool.fetchval("select count(*) from activations") == 1


async def test_a_bad_one_is_refused_with_all_its_errors_and_nothing_changes(web: Web) -> None:
    await activate(web, FOLDER)
    bad = {
        **RENAMED,
        "severity.yaml": "severity:\n  - {id: a, why: b, severity: V}\n",
        "routing.yaml": "routes:\n  - {id: r, why: w, lead: nobody}\n",
    }
    answer = await activate(web, bad)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:tongguan:problem:rules-have-errors"
    assert {finding["file"] for finding in problem["findings"]} == {"routing.yaml", "severity.yaml"}
    at = {(finding["file"], finding["line"], finding["column"]) for finding in problem["findings"]}
    assert ("routing.yaml", 2, 27) in at
    assert all(finding["message"] for finding in problem["findings"])
    assert await web.pool.fetchval("select count(*) from activations") == 1
    assert await web.pool.fetchval("select count(*) from rulebooks") == 1
    assert (await web.client.get("/v1/city")).json()["bureaus"]["centre"]["name"]["zh"] == "指挥中心"


async def test_cases_sent_along_must_hold_and_are_not_kept(web: Web) -> None:
    case = """\
cases:
  - id: burst
    why: 爆管归水务
    reports:
      a: {feed: hotline, at: 2026-03-03 10:00, title: 水管爆裂, names: [爆管], district: 140802}
    expect: [{of: [a], category: CATEGORY}]
"""
    wrong = await activate(web, {**FOLDER, "cases/a.yaml": case.replace("CATEGORY", "unclassified")})
    assert wrong.status_code == 422, wrong.text
    (finding,) = wrong.json()["findings"]
    assert (finding["file"], finding["expected"]) == ("cases/a.yaml", "unclassified"), finding
    assert "burst" in finding["message"]
    right = await activate(web, {**FOLDER, "cases/a.yaml": case.replace("CATEGORY", "burst")})
    assert right.status_code == 200, right.text
    assert (await web.client.get("/v1/rulebooks/active")).json()["files"] == FOLDER


async def test_another_city_is_refused(web: Web) -> None:
    await activate(web, FOLDER)
    other = {**FOLDER, "city.yaml": FOLDER["city.yaml"].replace("code: 140800", "code: 140700")}
    answer = await activate(web, other)
    assert answer.status_code == 422
    assert answer.json()["findings"][0]["file"] == "city.yaml"


async def test_what_was_activated_meanwhile_is_not_overwritten(web: Web) -> None:
    first = (await activate(web, FOLDER)).json()["activation"]["version"]
    await activate(web, RENAMED, by="李强")
    late = {**FOLDER, "city.yaml": FOLDER["city.yaml"].replace("zh: 热线", "zh: 市民热线")}
    answer = await activate(web, late, instead_of=first)
    assert answer.status_code == 409
    assert "李强" in answer.json()["detail"]
    assert (await web.client.get("/v1/rulebooks/active")).json()["files"] == RENAMED


async def test_a_rollback_and_its_undoing(web: Web) -> None:
    first = (await activate(web, FOLDER)).json()["activation"]["version"]
    second = (await activate(web, RENAMED)).json()["activation"]["version"]
    back = await web.client.post(f"/v1/rulebooks/{first}/activate", json={"why": "too many fires"})
    assert back.status_code == 200
    assert back.json()["activation"]["how"] == "rollback"
    assert (await web.client.get("/v1/city")).json()["rulebook_version"] == first
    await web.client.post(f"/v1/rulebooks/{second}/activate", json={"why": "it was right after all"})
    items = (await web.client.get("/v1/rulebooks")).json()["items"]
    assert [item["version"] for item in items] == [second, first, second, first]
    unknown = await web.client.post("/v1/rulebooks/nothing/activate", json={"why": "x"})
    assert unknown.status_code == 404


async def test_many_at_once_have_one_order(web: Web) -> None:
    await activate(web, FOLDER)
    names = [f"中心{letter}" for letter in "甲乙丙丁戊"]
    drafts = [{**FOLDER, "city.yaml": FOLDER["city.yaml"].replace("zh: 指挥中心", f"zh: {name}")} for name in names]
    answers = await asyncio.gather(*(activate(web, draft, by=name) for draft, name in zip(drafts, names, strict=True)))
    numbers = {answer.json()["activation"]["number"]: answer.json()["activation"]["version"] for answer in answers}
    assert sorted(numbers) == [2, 3, 4, 5, 6]
    last = (await web.client.get("/v1/rulebooks/active")).json()
    assert last["version"] == numbers[6]
    city = (await web.client.get("/v1/city")).json()
    assert city["rulebook_version"] == numbers[6]


async def test_a_reason_is_needed_and_history_comes_in_pages(web: Web) -> None:
    assert (await activate(web, FOLDER, why=" ")).status_code == 400
    await activate(web, FOLDER)
    for files in (RENAMED, FOLDER, RENAMED):
        await activate(web, files)
    first = (await web.client.get("/v1/rulebooks?limit=3")).json()
    rest = (await web.client.get(f"/v1/rulebooks?limit=3&cursor={first['next_cursor']}")).json()
    assert [item["number"] for item in (*first["items"], *rest["items"])] == [4, 3, 2, 1]
    assert rest["next_cursor"] is None


async def test_only_the_role_rules_and_admin_may_activate(make_web: MakeWeb, keys_file: str) -> None:
    web = make_web(api_keys_file=keys_file)
    body = {"files": FOLDER, "why": "a test", "by": "somebody else"}

    async def post(key: str) -> Any:
        return await web.client.post("/v1/rulebooks", json=body, headers={"x-api-key": key})

    assert (await post("read-key-0123456789abc")).status_code == 403
    assert (await post("intake-key-0123456789")).status_code == 403
    answer = await post("rules-key-0123456789ab")
    assert answer.json()["activation"]["who"] == "author"
    read = await web.client.get("/v1/rulebooks", headers={"x-api-key": "rules-key-0123456789ab"})
    assert read.status_code == 200


async def test_a_file_that_leads_elsewhere_is_refused_by_its_name(web: Web) -> None:
    for name in ("cases/../../x.yaml", "/etc/x.yaml", "cases/a\0b.yaml", "duties/../x.yaml", ""):
        document = problem_of(await activate(web, FOLDER | {name: "cases: []"}), "bad-parameter")
        assert [error["field"] for error in document["errors"]] == ["files"]
    assert await web.pool.fetchval("select count(*) from activations") == 0
