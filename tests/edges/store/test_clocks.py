"""What the clockwork takes from a real PostgreSQL: each thing once, by however many, whatever breaks in between."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from agents import clockwork
from hub.edges.activating.edition import Edition
from hub.edges.metrics import Metrics
from hub.edges.store.clocks import ClockStore
from hub.edges.store.reading import Reading
from hub.edges.store.settling import SettlingStore
from hub.edges.store.statements import statements
from hub.edges.wall.truth import Truth
from hub.pipeline import decide, unmute
from hub.ports import Batch, Position
from hub.rulebook.book import Route, Rulebook
from hub.rulebook.conditions import Condition
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Incident, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import IncidentStatus, Severity
from tests.builders import AT, HERE, a_book, a_located, a_raw, north_of
from tests.muting import ENDS, a_mute

pytestmark = pytest.mark.services

MUTED = a_book(mutes=(a_mute(),))
AFTER = ENDS + timedelta(seconds=1)


class BreaksOff(Exception):
    """What a process that dies in the middle of its work looks like to the database."""


async def tell(
    pool: asyncpg.Pool, *located: LocatedReport, book: Rulebook = MUTED, start: int = 0, now: datetime = AT
) -> None:
    """Reports of the hotline, decided at 10:00 and written."""

    def decide_now(fresh: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        return decide(fresh, nearby, book, now)

    position = Position(cluster="c", topic="feed.hotline", partition=0, start=start, next=start + len(located))
    raw = tuple(a_raw(id=item.report.raw_id) for item in located)
    batch = Batch(raw=raw, located=located, rejects=(), positions=(position,), reach_m={"water": 200.0})
    await SettlingStore(pool).settle(batch, decide_now, now)


def calls(count: int, **fields: object) -> list[LocatedReport]:
    """Calls so far apart that each is an incident of its own."""
    return [
        a_located(str(n), raw_id=uuid.uuid4(), point=north_of(HERE, 1_000.0 * n), **fields)  # type: ignore[arg-type]
        for n in range(count)
    ]


async def end_mutes(pool: asyncpg.Pool, now: datetime, book: Rulebook = MUTED, limit: int = 500) -> int:
    """One look of a clockwork; how many incidents it dispatched."""
    _, decision = await ClockStore(pool).settle_muted(
        lambda muted: unmute(muted, book, now), now, book.version, limit=limit
    )
    return sum(incident.mute is None for incident in decision.incidents)


async def test_a_muted_incident_is_kept_and_shown_as_muted(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(1))
    assert await pool.fetchval("select count(*) from reports where incident_id is not null") == 1
    assert await pool.fetchval("select count(*) from tasks") == 0
    (card,) = [card async for card in Truth(pool).live()]
    assert card.status is IncidentStatus.OPEN
    assert card.muted is not None
    assert (card.muted.rule, card.muted.owner, card.muted.until) == ("drill", "duty", ENDS)
    row = await Reading(pool).incident(card.id)
    assert row is not None
    assert row.mute is not None
    assert row.mute.until == ENDS
    assert '"muted":{"rule":"drill"' in (await pool.fetchval("select payload from outbox")).decode()


async def test_many_clockworks_end_a_mute_once(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(40))
    assert await end_mutes(pool, ENDS - timedelta(seconds=1)) == 0
    sent = await asyncio.gather(*(end_mutes(pool, AFTER, limit=15) for _ in range(6)))
    sent += [await end_mutes(pool, AFTER), await end_mutes(pool, AFTER)]
    assert sum(sent) == 40
    assert await pool.fetchval("select count(*) from incidents where status = 'dispatched' and mute is null") == 40
    assert await pool.fetchval("select count(*) from tasks") == 80
    assert await pool.fetchval("select count(*) from timeline where kind = 'dispatched'") == 80
    assert await pool.fetchval("select array_agg(distinct starts_at) from deadlines") == [AFTER]
    assert await pool.fetchval("select count(*) from outbox") == 80


async def test_a_clockwork_that_dies_in_between_has_sent_nobody(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(3))

    def breaks_off(muted: Sequence[Incident]) -> Decision:
        unmute(muted, MUTED, AFTER)
        raise BreaksOff

    with pytest.raises(BreaksOff):
        await ClockStore(pool).settle_muted(breaks_off, AFTER, MUTED.version)
    assert await pool.fetchval("select count(*) from tasks") == 0
    assert await end_mutes(pool, AFTER) == 3
    assert await pool.fetchval("select count(*) from tasks") == 6


async def test_a_report_that_outgrows_the_mute_and_its_end_meet_only_once(pool: asyncpg.Pool) -> None:
    """The severe report and the clockwork both want to dispatch; whoever comes second finds it done."""
    for n, call in enumerate(calls(20)):
        await tell(pool, call, start=2 * n)
        worse = a_located(
            f"w{n}", raw_id=uuid.uuid4(), point=north_of(HERE, 1_000.0 * n), severity=Severity.II, occurred_at=AT
        )
        await asyncio.gather(tell(pool, worse, start=2 * n + 1), end_mutes(pool, AFTER))
    await end_mutes(pool, AFTER)
    assert await pool.fetchval("select count(*) from incidents where status = 'dispatched' and mute is null") == 20
    assert await pool.fetchval("select count(*) from tasks") == 40
    assert await pool.fetchval("select count(*) from timeline where kind = 'dispatched'") == 40


async def test_another_rulebook_confirms_a_mute_once_or_ends_it(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(3))
    same = a_book(version="second", mutes=(a_mute(),))
    looked_at, decision = await ClockStore(pool).settle_muted(lambda muted: unmute(muted, same, AT), AT, "second")
    assert (looked_at, decision.incidents) == (3, ())
    assert await pool.fetchval("select array_agg(distinct version) from incidents") == [1]
    assert (await ClockStore(pool).settle_muted(lambda muted: unmute(muted, same, AT), AT, "second"))[0] == 0
    assert await end_mutes(pool, AT, a_book(version="third")) == 3
    assert "mute_removed" in await pool.fetchval("select why::text from timeline where kind = 'dispatched' limit 1")


async def test_conditions_that_the_clockwork_cannot_decide_are_counted(pool: asyncpg.Pool) -> None:
    """By the rulebook that is live when the mute ends: a second mute and a route that are broken."""
    await tell(pool, *calls(2))
    broken = Condition(text="1 / (hour - hour) > 0", file="mutes.yaml", line=2)
    longer = a_mute("longer", until=AFTER + timedelta(days=1), when=broken)
    routes = (Route(id="broken", why="", lead="traffic", when=(broken,)), *MUTED.routes)
    book = a_book(mutes=(a_mute(), longer), routes=routes)
    metrics = Metrics()
    assert await clockwork.end_mutes(ClockStore(pool), Edition(book=book, atlas=Atlas(book.city)), AFTER, metrics) == 2
    text = metrics.text().decode()
    assert 'hub_condition_failures_total{rule="longer",stage="mute"} 2.0' in text
    assert 'hub_condition_failures_total{rule="broken",stage="route"} 2.0' in text


async def test_what_waits_is_found_by_its_index(pool: asyncpg.Pool) -> None:
    """The few that are muted among the many that are not."""
    everything = calls(200)
    await tell(pool, *everything[3:], book=a_book())
    await tell(pool, *everything[:3], start=200)
    await pool.execute("analyze incidents")
    plan = await pool.fetch(f"explain {statements('clocks')['take_muted']}", AFTER, "test", 500)
    text = "\n".join(row[0] for row in plan)
    assert "incidents_muted" in text, text
