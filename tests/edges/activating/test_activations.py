"""The order of activations, and the fence that keeps a worker that fell behind from deciding by what was."""

import asyncio
import re
import uuid
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from agents.clockwork import tell_due
from agents.feeds import FeedWorker
from agents.records import Record
from hub.edges.activating.edition import Edition, RunningRules, UnreadableRulebook, read_edition
from hub.edges.activating.following import follow_rulebook
from hub.edges.activating.starting import running_rules
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.rules import city_texts
from hub.edges.store.activations import Activations, OtherActive
from hub.edges.store.landing import LandingStore
from hub.edges.store.settling import SettlingStore
from hub.ports import Batch, RulebookReplaced
from hub.rulebook.read import version_of
from hub.settings import Settings
from hub.vocabulary.activations import Activation, How, InForce
from hub.vocabulary.incidents import Decision
from hub.vocabulary.messages import RawMessage
from hub.vocabulary.terms import Feed
from tests.running import wait_until

CITY = "yuncheng"
TEXTS = city_texts(Settings().city_dir())
OTHER = {**TEXTS, "fusion.yaml": TEXTS["fusion.yaml"] + "# another text, so another version\n"}


@pytest.fixture
def activations(pool: asyncpg.Pool) -> Activations:
    return Activations(pool)


async def activate(activations: Activations, texts: dict[str, str], **more: str) -> Activation:
    version = version_of(texts)
    await activations.keep(version, "140800", texts)
    activation, _ = await activations.activate(CITY, version, who="a test", why="a test", how=How.DRAFT, **more)
    return activation


async def grow_old(pool: asyncpg.Pool) -> None:
    """As if every activation had been longer ago than the grace lasts."""
    await pool.execute("update activations set at = at - interval '1 minute'")


async def test_what_is_active_is_activated_once_and_only_a_first_is_the_first(activations: Activations) -> None:
    version = version_of(TEXTS)
    await activations.keep(version, "140800", TEXTS)
    firsts = await asyncio.gather(
        *(
            activations.activate(CITY, version, who=f"w{n}", why="start", how=How.FIRST, only_first=True)
            for n in range(5)
        )
    )
    assert sorted(news for _, news in firsts) == [False, False, False, False, True]
    assert {activation.number for activation, _ in firsts} == {1}
    again, news = await activations.activate(CITY, version, who="x", why="y", how=How.ROLLBACK)
    assert (again.number, news) == (1, False)
    with pytest.raises(OtherActive):
        await activate(activations, OTHER, instead_of="what nobody has")
    assert (await activate(activations, OTHER, instead_of=version)).number == 2


async def test_a_decision_by_what_was_replaced_too_long_ago_is_not_kept(
    pool: asyncpg.Pool, activations: Activations
) -> None:
    first = await activate(activations, TEXTS)
    store = SettlingStore(pool)
    batch = Batch(
        raw=(_raw("1"),),
        located=(),
        rejects=(),
        positions=(),
        reach_m={},
        in_force=InForce(city=CITY, number=first.number, version=first.version),
    )
    second = await activate(activations, OTHER)
    await grow_old(pool)
    with pytest.raises(RulebookReplaced):
        await store.settle(batch, lambda fresh, near: Decision(), utc_now())
    assert await pool.fetchval("select count(*) from raw_messages") == 0
    now_held = InForce(city=CITY, number=second.number, version=second.version)
    await store.settle(msgspec.structs.replace(batch, in_force=now_held), lambda fresh, near: Decision(), utc_now())
    assert await pool.fetchval("select count(*) from raw_messages") == 1


async def test_a_worker_that_fell_behind_decides_again_by_what_holds(
    pool: asyncpg.Pool, activations: Activations
) -> None:
    behind = RunningRules(await read_edition(activations, await activate(activations, TEXTS)))
    second = await activate(activations, OTHER)
    await grow_old(pool)
    worker = FeedWorker(behind, SettlingStore(pool), LandingStore(pool), Metrics())
    record = Record(topic="feed.hotline", partition=0, offset=0, message=_raw("1"))
    (run,) = [run async for run in worker.understand([record])]
    settling = asyncio.create_task(worker.settle(run, "one life"))
    following = asyncio.create_task(follow_rulebook(behind, activations, CITY))
    await asyncio.wait_for(settling, 60)
    following.cancel()
    assert await pool.fetchval("select rulebook_version from incidents") == second.version
    assert await pool.fetchval("select rulebook_version from reports") == second.version
    kept = await pool.fetch("select distinct rulebook_version from timeline")
    assert [row["rulebook_version"] for row in kept] == [second.version]


async def test_a_clockwork_that_fell_behind_tells_nothing(pool: asyncpg.Pool, activations: Activations) -> None:
    rules = RunningRules(await read_edition(activations, await activate(activations, TEXTS)))
    worker = FeedWorker(rules, SettlingStore(pool), LandingStore(pool), Metrics())
    record = Record(topic="feed.hotline", partition=0, offset=0, message=_raw("1"))
    async for run in worker.understand([record]):
        await worker.settle(run, "one life")
    late = utc_now() + timedelta(days=400)
    await activate(activations, OTHER)
    await grow_old(pool)
    with pytest.raises(RulebookReplaced):
        await tell_due(SettlingStore(pool), rules.edition, late)
    assert await pool.fetchval("select count(*) from deadlines where fired_at is not null") == 0
    current = await activations.active(CITY)
    assert current is not None
    assert await tell_due(SettlingStore(pool), await read_edition(activations, current), late) > 0


async def test_what_cannot_be_read_is_never_followed(pool: asyncpg.Pool, activations: Activations) -> None:
    rules = RunningRules(await read_edition(activations, await activate(activations, TEXTS)))
    broken = await activate(activations, {**TEXTS, "routing.yaml": "routes: of a later hub\n"})
    with pytest.raises(UnreadableRulebook, match=r"routing\.yaml:1:9"):
        await read_edition(activations, broken)
    metrics = Metrics()

    def tell(edition: Edition) -> None:
        metrics.tell_rulebook(edition.book.version)

    def told() -> list[str]:
        return re.findall(r'^hub_rulebook_active{version="(\w+)"} 1.0', metrics.text().decode(), re.MULTILINE)

    following = asyncio.create_task(follow_rulebook(rules, activations, CITY, replaced=tell))
    await wait_until(lambda: told() == [version_of(TEXTS)], within_seconds=60)
    last = await activate(activations, OTHER)
    await wait_until(lambda: told() == [version_of(OTHER)], within_seconds=60)
    assert rules.edition.activation == last
    following.cancel()


async def test_a_database_without_an_activation_takes_the_folder_and_one_with_it_keeps_it(
    pool: asyncpg.Pool, activations: Activations
) -> None:
    both = await asyncio.gather(*(running_rules(pool, Settings()) for _ in range(2)))
    assert {rules.edition.number for rules in both} == {1}
    assert both[0].book.version == version_of(TEXTS)
    await activate(activations, OTHER)
    assert (await running_rules(pool, Settings())).book.version == version_of(OTHER)


def _raw(source_id: str) -> RawMessage:
    call = {
        "order_id": source_id,
        "title": "自来水主管道爆裂",
        "longitude": 111.007,
        "latitude": 35.0228,
        "crs": "wgs84",
    }
    return RawMessage(
        id=uuid.uuid4(),
        feed=Feed.HOTLINE,
        source="hotline-12345",
        content_type="application/json",
        body=msgspec.json.encode(call),
        received_at=utc_now(),
    )
