"""The first story: a hotline call comes in at the door and is an incident on the wall, with everything behind it."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from tests.builders import a_mark
from tests.running import RunningHub, wait_for, wait_until
from tests.screen import Screen

pytestmark = pytest.mark.flow


@pytest.fixture
async def screen(running_hub: RunningHub) -> AsyncIterator[Screen]:
    """A screen on the running hub that has had its snapshot."""
    screen = Screen(running_hub.live_url)
    following = asyncio.create_task(screen.follow())
    await screen.until(lambda s: s.snapshots, within_seconds=60)
    yield screen
    following.cancel()
    await asyncio.wait({following})


def _order(title: str = "自来水管爆裂", **fields: object) -> dict[str, object]:
    return {
        "order_id": f"flow-{uuid.uuid4().hex}",
        "title": title,
        "content": "来电人反映河东东街自来水管爆裂，路面积水，请尽快处理。",
        "longitude": 111.0128121,
        "latitude": 35.0220578,
        "address": "盐湖区河东东街100号",
        "caller_name": "王秀英",
        "caller_phone": "13812345678",
        **fields,
    }


async def test_a_call_is_an_incident_on_the_wall(running_hub: RunningHub, screen: Screen) -> None:
    title = f"自来水管爆裂 {a_mark()}"
    order = _order(title)
    answer = await asyncio.to_thread(running_hub.post, "hotline", order)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    await screen.until(lambda s: any(title == card.title for card in s.cards.values()), within_seconds=60)
    card = next(card for card in screen.cards.values() if card.title == title)
    assert (card.district, card.status) == ("140802", "dispatched")
    assert card.lead_bureau
    # The source sent GCJ-02; what is stored is 536 m away, in CGCS2000.
    assert (round(card.lon or 0, 4), round(card.lat or 0, 4)) == (111.0070, 35.0228)


async def test_its_story_says_who_told_it_who_has_it_and_why(running_hub: RunningHub, screen: Screen) -> None:
    title = f"自来水管爆裂 {a_mark()}"
    order = _order(title, longitude=111.05, latitude=35.06)
    await asyncio.to_thread(running_hub.post, "hotline", order)
    await screen.until(lambda s: any(title == card.title for card in s.cards.values()), within_seconds=60)
    card = next(card for card in screen.cards.values() if card.title == title)
    story = (await asyncio.to_thread(running_hub.get, f"/v1/incidents/{card.id}")).json()
    assert [report["report_id"] for report in story["reports"]] == [f"hotline:{order['order_id']}"]
    assert story["reports"][0]["petitioner"] == {"name": "王*", "phone": "138****5678", "secret": False}
    lead = next(task for task in story["tasks"] if task["role"] == "lead")
    assert lead["bureau"] == card.lead_bureau
    assert {clock["kind"] for clock in lead["deadlines"]} == {"accept", "resolve"}
    stages = {why["stage"] for entry in story["timeline"] for why in entry["why"]}
    assert {"classify", "locate", "fuse", "route"} <= stages
    assert all(why["zh"] and why["en"] for entry in story["timeline"] for why in entry["why"])
    assert "13812345678" not in str(story)


async def test_the_same_place_told_by_three_feeds_is_one_incident(running_hub: RunningHub, screen: Screen) -> None:
    mark = a_mark()
    lon, lat = 111.2, 35.13
    await asyncio.to_thread(
        running_hub.post, "hotline", _order(f"自来水主管道爆裂 {mark}", longitude=lon, latitude=lat, crs="wgs84")
    )
    await screen.until(lambda s: any(mark in card.title for card in s.cards.values()), within_seconds=60)
    card = next(card for card in screen.cards.values() if mark in card.title)
    grid = {
        "event_id": f"grid-{mark}",
        "title": "水管爆裂",
        "description": "水管爆裂，路面积水",
        "longitude": lon + 0.0003,
        "latitude": lat,
    }
    await asyncio.to_thread(running_hub.post, "grid", grid)
    await screen.until(lambda s: s.cards[card.id].report_count == 2, within_seconds=60)
    assert set(screen.cards[card.id].feeds) == {"hotline", "grid"}


async def test_a_message_that_nobody_understands_waits_as_a_reject_and_can_be_mended(
    running_hub: RunningHub, screen: Screen
) -> None:
    # Far from the calls of the others, which it might rightly join.
    order = _order(f"水管漏水 {a_mark()}", longitude=34.9, latitude=110.7)
    answer = await asyncio.to_thread(running_hub.post, "hotline", order)
    raw_id = answer.json()["ids"][0]

    def rejected() -> dict[str, object] | None:
        rejects = running_hub.get("/v1/rejects", feed="hotline").json()["items"]
        return next((reject for reject in rejects if reject["raw_id"] == raw_id), None)

    await asyncio.to_thread(wait_for, rejected, within_seconds=60)
    reject = await asyncio.to_thread(rejected)
    assert reject is not None
    assert reject["reason"] == "coordinates_swapped"
    assert reject["field"] in ("$.longitude", "$.latitude")
    mended = {**order, "longitude": 110.7, "latitude": 34.9}

    def replay() -> int:
        import httpx

        url = f"{running_hub.web_url}/v1/rejects/{raw_id}/replay"
        return httpx.post(url, json=mended, timeout=20).status_code

    assert await asyncio.to_thread(replay) == 202
    await screen.until(lambda s: any(order["title"] == card.title for card in s.cards.values()), within_seconds=60)


async def test_an_export_larger_than_the_broker_takes_arrives_whole(running_hub: RunningHub) -> None:
    mark = a_mark()
    rows = "\n".join(f"{mark}-{n},咨询医保报销,{'医保报销怎么办理，' * 80},临猗县" for n in range(1_500))
    body = f"工单编号,标题,主要内容,被反映区\n{rows}".encode()
    assert len(body) > 2_000_000
    answer = await asyncio.to_thread(running_hub.post, "hotline", body, **{"content-type": "text/csv; charset=utf-8"})
    assert answer.status_code == 202, answer.text
    pool = await running_hub.pool()
    try:

        async def all_there() -> bool:
            return 1_500 == await pool.fetchval("select count(*) from reports where source_id like $1", f"{mark}-%")

        await wait_until(all_there, within_seconds=90)
    finally:
        await pool.close()


async def test_three_outages_in_one_part_of_town_are_one_area_on_the_wall(
    running_hub: RunningHub, screen: Screen
) -> None:
    mark = a_mark()
    for n, lat in enumerate((35.3000, 35.3040, 35.3080)):
        order = _order(f"小区停水 {mark}{n}", content="停水", address="", longitude=110.9, latitude=lat, crs="wgs84")
        await asyncio.to_thread(running_hub.post, "hotline", order)
    await screen.until(
        lambda s: any(card.category == "area-water-outage" for card in s.cards.values()), within_seconds=60
    )
    area = next(card for card in screen.cards.values() if card.category == "area-water-outage")
    assert (area.report_count, area.feeds, area.title, int(area.severity)) == (0, (), "片区停水", 3)
    story = (await asyncio.to_thread(running_hub.get, f"/v1/incidents/{area.id}")).json()
    (reason,) = [why for why in story["why"] if why["stage"] == "perceive"]
    assert (reason["rule"], reason["facts"]["n"]) == ("area-without-water", 3)
    await screen.until(
        lambda s: [int(card.severity) for card in s.cards.values() if mark in card.title] == [3, 3, 3],
        within_seconds=60,
    )
