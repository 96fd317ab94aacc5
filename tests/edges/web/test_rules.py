"""`/v1/rules`: the tree, the search, a rule with its past, trying a report. On the rules of Yuncheng."""

from datetime import timedelta

import pytest

from hub.edges.clock import utc_now
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import Web
from tests.edges.web.rule_authors import decide_on


async def test_the_tree_names_every_file_and_kind_of_rule(authors: Web) -> None:
    answer = (await authors.client.get("/v1/rules")).json()
    assert {"routing.yaml", "duties/event.yaml", "cases/water.yaml"} <= {file["file"] for file in answer["files"]}
    sections = {(item["file"], item["section"]) for item in answer["items"]}
    assert {("routing.yaml", "routes"), ("duties/event.yaml", "duties"), ("city.yaml", "bureaus")} <= sections
    assert answer["total"] == len(answer["items"]) > 500
    burst = next(item for item in answer["items"] if (item["file"], item["id"]) == ("duties/event.yaml", "0501"))
    assert burst["name"]["zh"] == "供水管道破裂"
    assert burst["group"] == "05 突发事件"


@pytest.mark.parametrize(
    ("query", "file", "id"),
    [
        ("燃气泄漏", "categories.yaml", "gas-leak"),  # a name
        ("gas leak", "categories.yaml", "gas-leak"),  # in English
        ("0501", "duties/event.yaml", "0501"),  # a code
        ("gas-danger", "routing.yaml", "gas-danger"),  # an id
        ("节约用水中心 供水管道", "duties/event.yaml", "0501"),  # a unit that is written as an id there, and a name
        ("ＧＡＳ－ＤＡＮＧＥＲ", "routing.yaml", "gas-danger"),  # full width
    ],
)
async def test_search_finds_by_name_code_id_and_unit(authors: Web, query: str, file: str, id: str) -> None:
    answer = (await authors.client.get("/v1/rules", params={"q": query})).json()
    assert (file, id) in [(item["file"], item["id"]) for item in answer["items"]]
    assert 0 < answer["total"] < 100
    assert (await authors.client.get("/v1/rules", params={"q": "没有这样的规则"})).json()["items"] == []


async def test_a_rule_is_told_key_by_key_with_names_and_its_place(authors: Web) -> None:
    where = {"file": "routing.yaml", "section": "routes", "id": "gas-danger"}
    answer = (await authors.client.get("/v1/rules/entry", params=where)).json()
    assert answer["text"].startswith("- id: gas-danger\n  why: 燃气泄漏")
    text = (await authors.client.get("/v1/rules/file", params={"file": "routing.yaml"})).json()["text"]
    assert "gas-danger" in text.split("\n")[answer["rule"]["line"] - 1]
    fields = {field["key"]: field["values"] for field in answer["fields"]}
    assert fields["lead"][0]["name"]["zh"].endswith("供热供气服务中心")
    assert fields["categories"] == [{"text": "gas-leak", "name": {"zh": "燃气泄漏", "en": "Gas Leak"}}]
    assert answer["decided"] == {"incidents": [], "last_24h": 0, "looked_at": 0, "since": None}


async def test_what_is_not_there_is_not_found(authors: Web) -> None:
    problem_of(await authors.client.get("/v1/rules/file", params={"file": "../../secrets.yaml"}), "not-found")
    where = {"file": "routing.yaml", "section": "routes", "id": "none"}
    problem_of(await authors.client.get("/v1/rules/entry", params=where), "not-found")
    lost = {"file": "routing.yaml", "draft": "00000000-0000-4000-8000-000000000000"}
    problem_of(await authors.client.get("/v1/rules/file", params=lost), "not-found")


async def test_a_rule_tells_since_when_it_reads_so(authors: Web) -> None:
    texts = (await authors.client.get("/v1/rules/file", params={"file": "routing.yaml"})).json()["text"]
    older = texts.replace("lead: heat-gas-centre", "lead: police", 1)
    without = texts.replace("gas-danger", "not-yet-there", 1)
    for number, text in enumerate([without, older, older + "\n# a remark", texts, texts + "\n# another"]):
        await authors.pool.execute(
            "insert into rulebooks (version, city, files, loaded_at) values ($1, 'yuncheng', $2, $3)",
            f"v{number}",
            {"routing.yaml": text},
            utc_now() - timedelta(days=9 - number),
        )
    where = {"file": "routing.yaml", "section": "routes", "id": "gas-danger"}
    wordings = (await authors.client.get("/v1/rules/entry", params=where)).json()["wordings"]
    assert [(wording["version"], "police" in wording["text"]) for wording in wordings] == [("v3", False), ("v1", True)]


async def test_a_report_is_tried_and_nothing_is_kept(authors: Web) -> None:
    report = {"feed": "hotline", "title": "解放路水管爆裂", "text": "路面塌陷", "lon": 111.007, "lat": 35.0228}
    tried = (await authors.client.post("/v1/rules/try", json=report)).json()
    incident = tried["incident"]
    assert (incident["category"], incident["district"], incident["precision"]) == (
        "water-main-burst",
        "140802",
        "point",
    )
    lead = incident["tasks"][0]
    assert (lead["role"], lead["bureau"]) == ("lead", "water-saving-centre")
    assert {clock["kind"] for clock in lead["deadlines"]} == {"accept", "resolve"}
    stages = {step["stage"] for step in tried["steps"]}
    assert stages >= {"classify", "severity", "locate", "fuse", "route", "deadlines"}
    assert "运城市城市节约用水中心" in tried["zh"]
    assert "Water" in tried["en"]
    for table in ("raw_messages", "reports", "incidents", "outbox"):
        assert await authors.pool.fetchval(f"select count(*) from {table}") == 0


async def test_a_report_that_would_be_a_reject_says_so(authors: Web) -> None:
    tried = (
        await authors.client.post("/v1/rules/try", json={"feed": "grid", "title": "x", "lon": 10, "lat": 10})
    ).json()
    assert tried["incident"] is None
    assert tried["reject"]["field"]


async def test_what_cannot_be_tried_is_a_problem(authors: Web) -> None:
    for wrong in ({"feed": "hotline", "lon": 111.0}, {"feed": "hotline", "titel": "x"}, {"feed": "post"}):
        problem_of(await authors.client.post("/v1/rules/try", json=wrong), "bad-parameter")
    broken = await authors.client.post("/v1/rules/try", content=b"{", headers={"content-type": "application/json"})
    problem_of(broken, "bad-request")


async def test_a_rule_tells_what_it_decided_lately(authors: Web) -> None:
    gas = await decide_on(authors, "G-1", title="华苑小区燃气泄漏，气味很大", lon=111.007, lat=35.0228)
    await decide_on(authors, "W-1", title="解放路水管爆裂", lon=110.95, lat=35.05)
    where = {"file": "routing.yaml", "section": "routes", "id": "gas-danger"}
    decided = (await authors.client.get("/v1/rules/entry", params=where)).json()["decided"]
    assert [incident["id"] for incident in decided["incidents"]] == [gas]
    assert (decided["last_24h"], decided["looked_at"]) == (1, 2)
    # The same id in another room is another rule, and a bureau decides nothing.
    where = {"file": "categories.yaml", "section": "categories", "id": "gas-leak"}
    assert (await authors.client.get("/v1/rules/entry", params=where)).json()["decided"]["last_24h"] == 1
    where = {"file": "city.yaml", "section": "bureaus", "id": "fire-rescue"}
    assert (await authors.client.get("/v1/rules/entry", params=where)).json()["decided"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/rules/try"),
        ("POST", "/v1/rules/drafts"),
        ("POST", "/v1/rulebooks"),
        ("POST", "/v1/rulebooks/backtest"),
        ("POST", "/v1/tasks/none/accept"),
    ],
)
async def test_a_body_nested_too_deep_is_said_to_be(seeded: Web, method: str, path: str) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "deep"}
    answer = await seeded.client.request(method, path, content=b"[" * 100_000, headers=headers)
    problem_of(answer, "too-deep")
