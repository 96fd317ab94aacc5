"""`POST /v1/rulebooks/backtest`: what a draft would have made of the past, told and not done."""

from datetime import timedelta
from typing import Any

from hub.edges.clock import utc_now
from hub.edges.rules import outlines_for
from hub.edges.store.settling import SettlingStore
from hub.pipeline import decide, understand_report
from hub.ports import Batch
from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.stages.fuse import reach_m
from hub.stages.locate import Atlas
from hub.vocabulary.messages import LocatedReport, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem
from tests.builders import a_raw, a_report
from tests.edges.web.conftest import MakeWeb, Web
from tests.rulebook.city_folder import FOLDER

#: Every aspect differs: another bureau and a shorter limit for what is worse now, and no fusion of what was fused.
DRAFT = {
    **FOLDER,
    "categories.yaml": FOLDER["categories.yaml"].replace("severity: III", "severity: I"),
    "fusion.yaml": "fusion:\n  - {id: never, why: 各是各的, families: [water], fuses: false}\n",
    "routing.yaml": "routes:\n  - {id: to-the-centre, why: 归中心, families: [water], lead: centre}\n",
}


async def settle(web: Web, reports: list[Report]) -> None:
    book = read_rulebook(FOLDER, outlines_for(FOLDER))
    assert isinstance(book, Rulebook), book
    atlas, store = Atlas(book.city), SettlingStore(web.pool)
    for number, report in enumerate(reports):
        located = understand_report(report, book, atlas)
        assert isinstance(located, LocatedReport), located
        now = report.received_at
        batch = Batch(
            raw=(a_raw(id=report.raw_id, received_at=now),) if number == 0 else (),
            located=(located,),
            rejects=(),
            positions=(),
            reach_m={"water": reach_m("water", book)},
        )
        await store.settle(batch, lambda fresh, near, now=now: decide(fresh, near, book, now), now)


def calls() -> list[Report]:
    """Two callers about one main, in the same minute and place, and one of them again."""
    at = utc_now() - timedelta(hours=2)
    here = SourcePoint(lon=111.01, lat=35.02, system=CoordinateSystem.WGS84, field="p")
    told = {"title": "水管爆裂，电话13812345678", "category_names": ("爆管",), "point": here}
    return [
        a_report("1", source="hotline", occurred_at=at, received_at=at, **told),
        a_report("2", source="hotline", occurred_at=at, received_at=at + timedelta(minutes=1), **told),
        a_report("1", source="hotline", occurred_at=at, received_at=at + timedelta(minutes=2), text="还在喷", **told),
    ]


async def test_a_draft_is_compared_with_what_is_active(make_web: MakeWeb, postgres_url: str) -> None:
    web = make_web(database_url=postgres_url)
    await web.client.post("/v1/rulebooks", json={"files": FOLDER, "why": "the first"})
    await settle(web, calls())
    fused = await web.pool.fetchval("select count(*) from incidents")
    answer = await backtest(web, DRAFT)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["records"], told["reports"]) == (3, 2)
    assert (told["incidents_before"], told["incidents_after"]) == (fused, 2)
    counts = {changes["aspect"]: changes["count"] for changes in told["changes"]}
    assert fused == 1
    assert counts["severity"] == fused
    assert counts["bureau"] == fused
    assert counts["grouping"] == 2 - fused
    severity = next(changes for changes in told["changes"] if changes["aspect"] == "severity")
    assert (severity["examples"][0]["before"], severity["examples"][0]["after"]) == ("III", "I")
    assert "13812345678" not in answer.text
    bureau = next(changes for changes in told["changes"] if changes["aspect"] == "bureau")
    assert bureau["rules"][0]["after"] == "to-the-centre"
    assert await web.pool.fetchval("select count(*) from activations") == 1


async def test_the_same_rules_change_nothing(make_web: MakeWeb, postgres_url: str) -> None:
    web = make_web(database_url=postgres_url)
    await web.client.post("/v1/rulebooks", json={"files": FOLDER, "why": "the first"})
    await settle(web, calls())
    told = (await backtest(web, FOLDER)).json()
    assert told["incidents_changed"] == 0
    assert all(changes["count"] == 0 for changes in told["changes"])
    assert told["incidents_after"] == await web.pool.fetchval("select count(*) from incidents")


async def test_a_draft_with_errors_is_refused(make_web: MakeWeb, postgres_url: str) -> None:
    web = make_web(database_url=postgres_url)
    await web.client.post("/v1/rulebooks", json={"files": FOLDER, "why": "the first"})
    bad = await backtest(web, {**FOLDER, "routing.yaml": "routes: 1\n"})
    assert bad.status_code == 422
    assert bad.json()["findings"][0]["file"] == "routing.yaml"


async def backtest(web: Web, files: dict[str, str]) -> Any:
    return await web.client.post("/v1/rulebooks/backtest", json={"files": files, "days": 1}, timeout=60)
