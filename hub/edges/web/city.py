"""`/v1/city` and `/v1/feeds`: what a screen asks first. It must never tell more of a source than its name."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, get

from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.store.rows import FeedRow
from hub.edges.web.addresses import live_url
from hub.edges.web.answers import (
    BureauAnswer,
    CategoryAnswer,
    CityAnswer,
    DistrictAnswer,
    FeedAnswer,
    FeedsAnswer,
    SourceAnswer,
)
from hub.edges.web.guard import ROLE
from hub.edges.web.problems import documented
from hub.edges.web.wiring import Wired
from hub.rulebook.book import Source
from hub.vocabulary.terms import Feed

_PROBLEMS = documented("bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable")


@get("/v1/city", opt={ROLE: Role.READ}, responses=_PROBLEMS, tags=["city"], summary="The city and its names")
async def read_city(wiring: Wired, request: Request[Any, Any, Any]) -> CityAnswer:
    """Names, borders and where the live server is, as this browser reaches it."""
    book = wiring.book
    city = book.city
    return CityAnswer(
        code=city.code,
        name=city.name,
        bounds=city.bounds,
        timezone=city.timezone,
        rulebook_version=book.version,
        districts=tuple(DistrictAnswer(code=d.code, name=d.name, outline=d.outline) for d in city.districts),
        categories={key: CategoryAnswer(name=c.name, family=c.family) for key, c in book.categories.items()},
        bureaus={bureau.id: BureauAnswer(name=bureau.name) for bureau in city.bureaus},
        sources=_sources(city.sources),
        live_url=live_url(wiring.settings, request.scope["scheme"], request.headers.get("host", "")),
    )


@get("/v1/feeds", opt={ROLE: Role.READ}, responses=_PROBLEMS, tags=["feeds"], summary="How the feeds are doing")
async def list_feeds(wiring: Wired) -> FeedsAnswer:
    """Every feed that has a source in this city, heard of or not, and any other that was."""
    now = utc_now()
    rows = {row.feed: row for row in await wiring.reading.feeds()}
    sources = wiring.book.city.sources
    feeds = [feed for feed in Feed if feed in rows or any(source.feed is feed for source in sources)]
    return FeedsAnswer(
        items=tuple(_feed(feed, rows.get(feed), [s for s in sources if s.feed is feed], now) for feed in feeds),
        oldest_waiting_at=await wiring.reading.oldest_waiting(),
    )


def _feed(feed: Feed, row: FeedRow | None, sources: list[Source], now: datetime) -> FeedAnswer:
    last = row.last_received_at if row else None
    patience = min((s.silent_after_seconds for s in sources if s.silent_after_seconds is not None), default=None)
    heard = last is not None and patience is not None and now - last <= timedelta(seconds=patience)
    return FeedAnswer(
        feed=feed,
        last_received_at=last,
        received=row.received if row else 0,
        rejected=row.rejected if row else 0,
        silent=patience is not None and not heard,
        sources=_sources(sources),
    )


def _sources(sources: Iterable[Source]) -> tuple[SourceAnswer, ...]:
    return tuple(
        SourceAnswer(id=s.id, feed=s.feed, name=s.name, silent_after_seconds=s.silent_after_seconds) for s in sources
    )
