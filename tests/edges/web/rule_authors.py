"""A web server with the rules of Yuncheng, for what rule authors do."""

from uuid import UUID

import asyncpg

from hub.edges.activating.starting import running_rules
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.rules import load_city
from hub.edges.store.landing import LandingStore
from hub.edges.store.settling import SettlingStore
from hub.edges.web.app import build_web
from hub.pipeline import decide, understand_report
from hub.ports import Batch
from hub.rulebook.book import Rulebook
from hub.settings import Settings
from hub.stages.locate import Atlas
from hub.vocabulary.messages import LocatedReport, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CoordinateSystem, Feed
from tests.builders import a_raw
from tests.edges.web.conftest import Web


def yuncheng() -> Rulebook:
    """The rules of Yuncheng as they stand in the repository."""
    return load_city(Settings(city="yuncheng").city_dir())


async def build_authors(pool: asyncpg.Pool, **settings: object) -> Web:
    """A server that begins with the folder, as every hub does."""
    metrics, chosen = Metrics(), Settings(city="yuncheng", **settings)  # type: ignore[arg-type]
    app = build_web(chosen, await running_rules(pool, chosen), pool, LandingStore(pool), metrics, lambda: None)
    return Web(app, pool, metrics, [])


async def decide_on(web: Web, source_id: str, *, title: str, lon: float, lat: float) -> str:
    """Settle one report by the rules of Yuncheng; the id of the incident it opened."""
    book, now = yuncheng(), utc_now()
    raw = a_raw(id=UUID(int=await web.pool.fetchval("select count(*) + 1 from raw_messages")))
    report = Report(
        feed=Feed.HOTLINE,
        source_id=source_id,
        raw_id=raw.id,
        part=0,
        source="hotline-12345",
        occurred_at=now,
        received_at=now,
        title=title,
        point=SourcePoint(lon=lon, lat=lat, system=CoordinateSystem.WGS84, field="point"),
    )
    located = understand_report(report, book, Atlas(book.city))
    assert isinstance(located, LocatedReport)
    batch = Batch(raw=(raw,), located=(located,), rejects=(), positions=(), reach_m={})
    settled = await SettlingStore(web.pool).settle(batch, lambda fresh, near: decide(fresh, near, book, now), now)
    return settled.decision.incidents[0].id
