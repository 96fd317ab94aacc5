"""Health, readiness, metrics, the city and the feeds."""

import re
from datetime import timedelta
from pathlib import Path

import asyncpg

from hub.edges.clock import utc_now
from hub.edges.store.canaries import note_sent, note_stalled, standings
from hub.edges.store.presence import Presence, renew
from hub.rulebook.read import version_of
from tests.edges.activating.towns import renamed, town
from tests.edges.web.asserts import problem_of
from tests.edges.web.conftest import MakeWeb, Web
from tests.rulebook.city_folder import FOLDER


async def test_up_needs_nothing_and_ready_needs_the_database(web: Web, doorstep: Web) -> None:
    for one in (web, doorstep):
        assert (await one.client.get("/healthz")).json() == {"status": "up"}
    ready = (await web.client.get("/readyz")).json()
    assert ready == {"status": "ready", "rulebook": {"active": None, "here": "test", "folder_differs": False}}
    answer = await doorstep.client.get("/readyz")
    problem_of(answer, "not-ready")
    assert answer.headers["retry-after"] == "2"


async def test_a_database_of_an_older_version_is_not_ready(web: Web) -> None:
    await web.pool.execute("delete from migrations where name = (select max(name) from migrations)")
    document = problem_of(await web.client.get("/readyz"), "not-ready")
    assert "hub migrate" in document["detail"]


async def test_reads_say_when_the_database_is_away(doorstep: Web) -> None:
    for path in ("/v1/incidents", "/v1/tasks", "/v1/rejects", "/v1/feeds", "/v1/incidents/x"):
        answer = await doorstep.client.get(path)
        problem_of(answer, "store-unavailable")
        assert answer.headers["retry-after"] == "2"


async def test_which_rulebook_is_active_and_what_the_folder_is_are_told(
    make_web: MakeWeb, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    town(tmp_path)
    web = make_web(city="town", rules_dir=str(tmp_path / "rules"))

    async def told(files: dict[str, str]) -> tuple[object, str]:
        await web.client.post("/v1/rulebooks", json={"files": files, "why": "a test"})
        return (await web.client.get("/readyz")).json()["rulebook"], (await web.client.get("/metrics")).text

    same, edited = version_of(FOLDER), version_of(renamed("市指挥中心"))
    rulebook, metrics = await told(FOLDER)
    assert rulebook == {"active": same, "here": same, "folder_differs": False}
    assert "hub_rulebook_folder_differs 0.0" in metrics
    later = utc_now() + timedelta(hours=1)  # alive for as long as the test lasts
    for id, version in (("w1", same), ("w2", edited), ("w3", edited)):
        await renew(pool, Presence(id=id, rulebook_version=version, partitions=1, started_at=later, seen_at=later))
    rulebook, metrics = await told(renamed("市指挥中心"))
    assert rulebook == {"active": edited, "here": edited, "folder_differs": True}
    assert "hub_rulebook_folder_differs 1.0" in metrics
    assert f'hub_rulebook_workers{{version="{same}"}} 1.0' in metrics
    assert f'hub_rulebook_workers{{version="{edited}"}} 2.0' in metrics
    await pool.execute("delete from workers where id = 'w1'")
    assert same not in (await web.client.get("/metrics")).text


async def test_metrics_are_in_the_text_format(doorstep: Web) -> None:
    await doorstep.client.post("/v1/feeds/grid", json=[{"id": 1}, {"id": 2}])
    answer = await doorstep.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["content-type"].count("charset") == 1
    assert 'hub_intake_messages_total{feed="grid"} 2.0' in answer.text


async def test_metrics_tell_what_waits_and_what_stood_still(web: Web) -> None:
    await web.client.post("/v1/feeds/grid", json=[{"id": 1}, {"id": 2}])
    async with web.pool.acquire() as connection:
        await note_sent(connection, "c", [(("feed.grid", 2), 8)], utc_now() - timedelta(seconds=60))
        await note_stalled(connection, "c", await standings(connection, "c"), utc_now(), restarting=False)
    for _ in range(2):  # asking again counts nothing twice
        text = (await web.client.get("/metrics")).text
        assert 'hub_consumer_stalls_total{feed="grid",partition="2"} 1.0' in text
        assert "hub_raw_waiting 2.0" in text
    waits = re.search(r'hub_canary_waits_seconds{feed="grid",partition="2"} (\d+)', text)
    assert waits is not None
    assert 60 <= int(waits[1]) < 600


async def test_the_city_is_told_without_the_database(doorstep: Web) -> None:
    city = (await doorstep.client.get("/v1/city")).json()
    assert (city["code"], city["name"]["zh"], city["timezone"]) == ("140800", "运城市", "Asia/Shanghai")
    assert city["bounds"] == [110.0, 34.4, 112.2, 35.9]
    assert city["districts"][0] == {"code": "140802", "name": {"zh": "盐湖区", "en": "Yanhu"}, "outline": []}
    assert city["categories"]["noise"] == {"name": {"zh": "noise", "en": "noise"}, "family": "noise"}
    assert city["bureaus"]["water"] == {"name": {"zh": "water", "en": "water"}}
    assert [source["id"] for source in city["sources"]] == ["hotline-12345", "hotline-old", "grid-1", "emergency-1"]
    assert city["live_url"] == "ws://127.0.0.1:8081/v1/live"
    assert city["rulebook_version"] == "test"


async def test_feeds_say_how_they_are_doing(seeded: Web) -> None:
    answer = (await seeded.client.get("/v1/feeds")).json()
    feeds = {item["feed"]: item for item in answer["items"]}
    assert set(feeds) == {"hotline", "grid", "emergency"}
    hotline = feeds["hotline"]
    assert (hotline["received"], hotline["rejected"], hotline["silent"]) == (7, 2, True)
    assert (feeds["grid"]["received"], feeds["grid"]["last_received_at"], feeds["grid"]["silent"]) == (0, None, False)
    assert [source["id"] for source in hotline["sources"]] == ["hotline-12345", "hotline-old"]
    assert answer["oldest_waiting_at"] is None


async def test_a_feed_is_silent_only_after_its_patience(seeded: Web) -> None:
    # Its patience is ten minutes; the minute is for a machine that is slow to answer.
    for ago, silent in ((540, False), (601, True)):
        await seeded.pool.execute("update feed_counts set last_received_at = $1", utc_now() - timedelta(seconds=ago))
        items = (await seeded.client.get("/v1/feeds")).json()["items"]
        assert next(item["silent"] for item in items if item["feed"] == "hotline") is silent


async def test_what_waits_is_told(seeded: Web) -> None:
    await seeded.client.post("/v1/feeds/hotline", json={"id": 1})
    waiting = await seeded.pool.fetchval("select received_at from raw_messages where settled_at is null")
    told = (await seeded.client.get("/v1/feeds")).json()["oldest_waiting_at"]
    assert told == waiting.isoformat().replace("+00:00", "Z")
