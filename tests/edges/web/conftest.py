"""A web server in process on a database of its own, with a small city and a few settled messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar import Litestar
from msgspec.structs import replace

from hub.edges.activating.edition import standing
from hub.edges.metrics import Metrics
from hub.edges.store.gathering import GatheredLanding
from hub.edges.store.landing import LandingStore
from hub.edges.store.settling import SettlingStore
from hub.edges.web.app import build_web
from hub.pipeline import decide
from hub.ports import Batch, RawStore
from hub.rulebook.book import Rulebook
from hub.settings import Settings
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport, Petitioner, RawMessage, Reject
from hub.vocabulary.terms import Feed, RejectReason, Severity
from tests.builders import AT, HERE, a_book, a_city, a_located, a_raw, a_source, north_of

BASE = "http://127.0.0.1:8080"
REJECTED = UUID(int=9)
HALF_REJECTED = UUID(int=10)


class Web:
    """The server under test and what it is wired to."""

    def __init__(
        self, app: Litestar, pool: asyncpg.Pool, metrics: Metrics, poked: list[bool], kept: "Kept | None" = None
    ) -> None:
        self.app = app
        self.pool = pool
        self.metrics = metrics
        self.poked = poked
        self.kept = kept.messages if kept else []
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    async def raw(self) -> list[asyncpg.Record]:
        """Raw messages in the order in which they landed."""
        return list(await self.pool.fetch("select * from raw_messages order by received_at, id"))


def the_book() -> Rulebook:
    """A city with three sources; the hotline has two."""
    sources = (
        a_source(silent_after_seconds=600),
        a_source("hotline-old", encodings=("gb18030",)),
        a_source("grid-1", Feed.GRID),
        a_source("emergency-1", Feed.EMERGENCY),
    )
    return a_book(city=a_city(sources=sources))


MakeWeb = Callable[..., Web]


@pytest.fixture
async def make_web(pool: asyncpg.Pool) -> AsyncIterator[MakeWeb]:
    """Builds a server with other settings, landing or pool."""
    made: list[Web] = []

    def make(landing: RawStore | None = None, on: asyncpg.Pool | None = None, **settings: object) -> Web:
        metrics, poked = Metrics(), []
        app = build_web(
            Settings(**settings),
            standing(the_book()),
            on or pool,
            landing or GatheredLanding(LandingStore(pool)),
            metrics,
            lambda: poked.append(True),
        )
        made.append(Web(app, pool, metrics, poked))
        return made[-1]

    yield make
    for web in made:
        await web.client.aclose()


@pytest.fixture
async def web(make_web: MakeWeb) -> Web:
    """A server as on a laptop: loopback, no keys."""
    return make_web()


@pytest.fixture
def keys_file(tmp_path: Path) -> str:
    """A file with a key of each role."""
    path = tmp_path / "keys"
    path.write_text(
        "# keys of the test\n"
        "intake:hotline:intake-key-0123456789\n"
        "read:wall:read-key-0123456789abc\n"
        "rules:author:rules-key-0123456789ab\n"
        "admin:duty officer:admin-key-0123456789".replace("duty officer", "duty"),
        "utf-8",
    )
    return str(path)


class Kept:
    """Landing in memory, for what never comes near the database."""

    def __init__(self) -> None:
        self.messages: list[RawMessage] = []

    async def land(self, messages: Sequence[RawMessage]) -> None:
        self.messages += messages


def build_doorstep() -> Web:
    """A server whose database is not there; what it takes is in `kept`."""
    nowhere = asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/nothing", min_size=0)
    metrics, poked, kept = Metrics(), [], Kept()
    app = build_web(Settings(), standing(the_book()), nowhere, kept, metrics, lambda: poked.append(True))
    return Web(app, nowhere, metrics, poked, kept)


def documented_app() -> Litestar:
    """The application as its OpenAPI document describes it; it serves nobody."""

    async def build() -> Litestar:  # asyncpg wants a loop even for a pool that is never opened
        return build_doorstep().app

    return asyncio.run(build())


@pytest.fixture
async def doorstep() -> AsyncIterator[Web]:
    """A server that is reached only up to its door."""
    web = build_doorstep()
    await web.pool  # connects only when asked to
    yield web
    await web.client.aclose()
    await web.pool.close()


@pytest.fixture
async def seeded(web: Web) -> Web:
    """The same with three incidents, a rejected raw message and one that is rejected in part."""
    await seed(web.pool)
    return web


async def seed(pool: asyncpg.Pool) -> None:
    """Settle a few messages by the real decision."""
    caller = Petitioner(name="张三丰", phone="13812345678")
    first = a_located("W-1", text="张三丰反映水管爆裂，电话13812345678", address="解放路1号", petitioner=caller)
    await settle(pool, [first])
    await settle(pool, [a_located("W-2", point=north_of(HERE, 30), petitioner=Petitioner(name="李四", secret=True))])
    far = a_located("W-3", point=north_of(HERE, 8_000), severity=Severity.I, occurred_at=AT + timedelta(minutes=5))
    await settle(pool, [far])
    await settle(pool, [a_located("W-4", point=north_of(HERE, 16_000), occurred_at=AT + timedelta(minutes=9))])
    await settle(pool, [a_located("W-1", text="水管爆裂，已停水", address="解放路1号", petitioner=caller)])
    await settle(pool, [], _reject(REJECTED, 0), raw=a_raw(b'{"id": "13812345678"', id=REJECTED))
    half = a_located("W-5", point=north_of(HERE, 24_000), raw_id=HALF_REJECTED, part=0)
    await settle(pool, [half], _reject(HALF_REJECTED, 1), raw=a_raw(b"[]", id=HALF_REJECTED))


async def settle(
    pool: asyncpg.Pool, located: Sequence[LocatedReport], *rejects: Reject, raw: RawMessage | None = None
) -> None:
    """Settle one raw message; a new id for each, so that none counts as settled before."""
    count = await pool.fetchval("select count(*) from raw_messages")
    message = raw or a_raw(id=UUID(int=1000 + count))
    theirs = [item if raw else a_located_again(item, message.id) for item in located]
    book = the_book()
    now = AT + timedelta(minutes=10 + count)

    def decide_now(fresh: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        return decide(fresh, nearby, book, now)

    batch = Batch(
        raw=(message,),
        located=tuple(theirs),
        rejects=rejects,
        positions=(),
        reach_m={category.family: 200.0 for category in book.categories.values()},
    )
    await SettlingStore(pool).settle(batch, decide_now, now)


def a_located_again(item: LocatedReport, raw_id: UUID) -> LocatedReport:
    """The same report out of another raw message."""
    return replace(item, report=replace(item.report, raw_id=raw_id))


def _reject(raw_id: UUID, part: int) -> Reject:
    return Reject(
        feed=Feed.HOTLINE,
        raw_id=raw_id,
        part=part,
        reason=RejectReason.BAD_JSON if part == 0 else RejectReason.MISSING_FIELD,
        field="" if part == 0 else "$[1].title",
        message="The body is not JSON." if part == 0 else "A title is needed.",
    )


@pytest.fixture
async def authors(pool: asyncpg.Pool) -> AsyncIterator[Web]:
    """A server with the rules of Yuncheng."""
    from tests.edges.web.rule_authors import build_authors

    web = await build_authors(pool)
    yield web
    await web.client.aclose()
