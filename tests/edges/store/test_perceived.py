"""Patterns on a real PostgreSQL: once and only once, whoever else is at it, and by index however much is remembered."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from agents.listening import tell_silences
from hub.edges.activating.edition import standing
from hub.edges.store.listening import ListeningStore
from hub.edges.store.perceived import KEPT, forget_perceived
from hub.edges.store.settling import SettlingStore
from hub.edges.store.statements import statements
from hub.pipeline import decide
from hub.ports import Batch, Decide, Position
from hub.rulebook.patterns import Condition, Pattern, PatternKind
from hub.stages.perceive import looks
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.terms import Feed, ReportStatus, Severity
from tests.builders import AT, HERE, a_book, a_category, a_located, a_place, a_raw, north_of

pytestmark = pytest.mark.services

WATER = Condition(families=frozenset({"water"}))
COUNT = Pattern(
    id="many",
    why="",
    kind=PatternKind.COUNT,
    roles=(("of", WATER),),
    at_least=3,
    radius_m=400.0,
    within_minutes=60.0,
    quiet_minutes=60.0,
    opens="area",
    raises_to=Severity.II,
)
WARNING = Pattern(
    id="warn",
    why="",
    kind=PatternKind.WARNING,
    roles=(("warning", Condition(categories=frozenset({"noise"}))), ("inside", WATER)),
    valid_minutes=100.0,
    raises_to=Severity.I,
)
SILENCE = Pattern(
    id="silent", why="", kind=PatternKind.SILENCE, feeds=(Feed.HOTLINE,), longer_than_minutes=60.0, opens="area"
)
BOOK = a_book(
    categories={**a_book().categories, "area": a_category("area", "area")},
    patterns=(COUNT, WARNING, SILENCE),
    fusion=(),
)


def _decide(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
    return decide(located, nearby, BOOK, AT)


def _call(source_id: str, metres: float = 0.0, **fields: Any) -> LocatedReport:
    return a_located(source_id, raw_id=uuid.uuid4(), point=north_of(HERE, metres), **fields)


async def _settle(
    pool: asyncpg.Pool, *located: LocatedReport, start: int, partition: int = 0, decide_with: Decide = _decide
) -> None:
    position = Position(cluster="c", topic="t", partition=partition, start=start, next=start + len(located))
    batch = Batch(
        raw=tuple(a_raw(id=item.report.raw_id) for item in located),
        located=located,
        rejects=(),
        positions=(position,),
        reach_m={},
        looks=looks(located, BOOK),
    )
    await SettlingStore(pool).settle(batch, decide_with, AT)


async def _opened(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("select count(*) from incidents where category = 'area'")
    return count


async def test_reports_of_several_batches_open_one_incident(pool: asyncpg.Pool) -> None:
    for n in range(5):
        await _settle(pool, _call(f"{n}", 20.0 * n), start=n)
        assert await _opened(pool) == (n >= 2)
    assert await pool.fetchval("select count(*) from incidents where severity = 2") == 6
    assert await pool.fetchval("select count(*) from firings") == 1
    assert await pool.fetchval("select cardinality(incidents) from firings") == 5
    assert await pool.fetchval("select count(*) from sightings where firing is null") == 0
    opened = await pool.fetchval("select opened from firings")
    assert await pool.fetchval("select count(*) from tasks where incident_id = $1", opened) == 1
    assert await pool.fetchval("select count(*) from timeline where incident_id = $1 and kind = 'opened'", opened) == 1


async def test_two_workers_who_see_it_at_once_open_one_incident(pool: asyncpg.Pool) -> None:
    """Thirty places, far apart; in each, two calls are known and two workers bring the third and the fourth at once."""
    places = range(30)
    known = [_call(f"{k}-{n}", 5_000.0 * n) for n in places for k in (1, 2)]
    await _settle(pool, *known, start=0)

    async def bring(worker: int) -> None:
        for n in places:
            call = _call(f"{worker}-{n}", 5_000.0 * n + 300.0)
            await _settle(pool, call, start=n, partition=worker)

    await asyncio.gather(bring(3), bring(4))
    assert await _opened(pool) == len(places)
    assert await pool.fetchval("select count(*) from firings where cardinality(incidents) = 4") == len(places)
    assert await pool.fetchval("select count(*) from timeline where kind = 'perceived'") == 5 * len(places)


async def test_what_dies_before_its_commit_comes_true_once_when_it_is_tried_again(pool: asyncpg.Pool) -> None:
    await _settle(pool, _call("1"), _call("2"), start=0)
    third, tries = _call("3"), 0

    def dying(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        nonlocal tries
        tries += 1
        decision = _decide(located, nearby)
        assert len(decision.incidents) == 4
        if tries == 1:
            raise ConnectionError
        return decision

    with pytest.raises(ConnectionError):
        await _settle(pool, third, start=2, decide_with=dying)
    assert await _opened(pool) == 0
    await _settle(pool, third, start=2, decide_with=dying)
    assert await _opened(pool) == 1
    await _settle(pool, third, start=9, partition=5)
    assert await pool.fetchval("select count(*) from timeline where kind = 'perceived'") == 3


async def test_a_report_that_was_taken_back_is_forgotten(pool: asyncpg.Pool) -> None:
    later: dict[str, Any] = {"updated_at": AT + timedelta(minutes=1), "received_at": AT + timedelta(minutes=1)}
    await _settle(pool, _call("1"), start=0)
    await _settle(pool, _call("1", status=ReportStatus.CANCELLED, **later), start=1)
    assert await pool.fetchval("select count(*) from sightings") == 0


async def test_a_warning_is_remembered_until_it_is_lifted(pool: asyncpg.Pool) -> None:
    area: dict[str, Any] = {"category": "noise", "family": "noise", "place": a_place(None), "feed": Feed.EMERGENCY}
    outline = tuple((HERE.lon + dx, HERE.lat + dy) for dx, dy in ((-0.1, -0.1), (0.1, -0.1), (0.0, 0.1)))
    await _settle(pool, _call("w", area_outline=outline, **area), start=0)
    await _settle(pool, _call("1"), start=1)
    assert await pool.fetchval("select severity from incidents where family = 'water'") == 1
    at = AT + timedelta(minutes=5)
    lifted: dict[str, Any] = {"updated_at": at, "received_at": at, "status": ReportStatus.CLOSED}
    await _settle(pool, _call("w", area_outline=outline, **area, **lifted), start=2)
    await _settle(pool, _call("2", 9_000.0, occurred_at=AT + timedelta(minutes=9)), start=3)
    assert await pool.fetchval("select max(severity) from incidents where family = 'water'") == 3


async def test_a_silence_is_told_once_by_many_listeners(pool: asyncpg.Pool) -> None:
    await _settle(pool, _call("1"), start=0)
    last: datetime = await pool.fetchval("select last_received_at from feed_counts")
    store = ListeningStore(pool)
    late = last + timedelta(minutes=61)
    assert await tell_silences(store, standing(BOOK).edition, last, last + timedelta(minutes=59)) == 0
    assert sum(await asyncio.gather(*(tell_silences(store, standing(BOOK).edition, last, late) for _ in range(4)))) == 1
    await pool.execute("update feed_counts set last_received_at = $1", late)
    assert sum(await asyncio.gather(*(tell_silences(store, standing(BOOK).edition, last, late) for _ in range(4)))) == 1
    assert await _opened(pool) == 1
    assert await pool.fetchval("select count(*) from timeline where kind = 'perceived'") == 1


async def test_what_is_out_of_reach_is_forgotten(pool: asyncpg.Pool) -> None:
    await _settle(pool, *(_call(f"{n}") for n in range(4)), start=0)
    await forget_perceived(pool, AT + KEPT)
    assert await pool.fetchval("select count(*) from sightings") == 4
    await forget_perceived(pool, AT + KEPT + timedelta(seconds=1))
    assert await pool.fetchval("select count(*) from sightings") == 0
    assert await pool.fetchval("select count(*) from firings") == 0


@pytest.mark.parametrize(
    ("name", "index"),
    [("sightings", "sightings_near"), ("firings", "firings_near"), ("areas", "warned_areas_in_force")],
)
async def test_what_is_remembered_is_found_by_index(pool: asyncpg.Pool, name: str, index: str) -> None:
    since, until = AT - timedelta(hours=1), AT + timedelta(hours=1)
    looked: Mapping[str, tuple[object, ...]] = {
        "sightings": (["many"], ["x"], [since], [until], 200),
        "firings": (["many"], ["x"], [since], [until], 200),
        "areas": (["warn"], [since], [until], 100),
    }
    async with pool.acquire() as connection:
        # A table of a few rows is read whole in any case; what counts is that the index can answer.
        await connection.execute("set enable_seqscan = off")
        plan = await connection.fetch(f"explain {statements('perceive')[name]}", *looked[name])
    assert index in "\n".join(row[0] for row in plan)
