"""What of the stored incidents a batch is shown: all that it may join, and not the rest of the cell."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from hub.edges.store.nearby import Surroundings
from hub.edges.store.settling import SettlingStore
from hub.pipeline import decide
from hub.ports import Batch, Position
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import Point
from hub.vocabulary.terms import Feed
from tests.builders import AT, HERE, a_book, a_located, a_raw, north_of

pytestmark = pytest.mark.services

_BOOK = a_book()
_REACH_M = {"water": 100.0}


async def _store(pool: asyncpg.Pool, *located: LocatedReport) -> None:
    def one_each(fresh: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        alone = [decide([report], Nearby(), _BOOK, AT) for report in fresh]
        return Decision(
            filings=tuple(filing for each in alone for filing in each.filings),
            incidents=tuple(incident for each in alone for incident in each.incidents),
            tasks=tuple(task for each in alone for task in each.tasks),
            timeline=tuple(entry for each in alone for entry in each.timeline),
        )

    raw = tuple(a_raw(id=item.report.raw_id) for item in located)
    position = Position(cluster="c", topic="feed.hotline", partition=0, start=0, next=len(raw))
    batch = Batch(raw=raw, located=located, rejects=(), positions=(position,), reach_m=_REACH_M)
    await SettlingStore(pool).settle(batch, one_each, AT)


async def _near(pool: asyncpg.Pool, *located: LocatedReport) -> set[str]:
    """Titles of the incidents that a batch is shown."""
    async with pool.acquire() as connection:
        nearby = await Surroundings(located, _REACH_M).read(connection, AT + timedelta(minutes=5))
    assert len({incident.id for incident in nearby.incidents}) == len(nearby.incidents)
    return {incident.title for incident in nearby.incidents}


def _told(title: str, point: Point | None = HERE, **fields: object) -> LocatedReport:
    return a_located(title, title=title, point=point, raw_id=uuid4(), **fields)  # type: ignore[arg-type]


async def test_what_lies_within_the_radius_is_read_and_the_rest_of_the_cell_is_not(pool: asyncpg.Pool) -> None:
    await _store(
        pool,
        _told("here"),
        _told("at the edge", north_of(HERE, 99)),
        _told("beyond", north_of(HERE, 110)),
        _told("other family", family="noise", category="noise"),
    )
    assert await _near(pool, _told("new")) == {"here", "at the edge"}


async def test_two_reports_in_one_cell_are_shown_what_lies_around_both(pool: asyncpg.Pool) -> None:
    await _store(pool, _told("south", north_of(HERE, -90)), _told("north", north_of(HERE, 290)))
    assert await _near(pool, _told("new"), _told("newer", north_of(HERE, 200))) == {"south", "north"}


async def test_one_address_is_read_from_afar_only_where_a_point_is_missing(pool: asyncpg.Pool) -> None:
    far = north_of(HERE, 5_000)
    await _store(pool, _told("far", far, address_key="a1"), _told("without point", None, address_key="a1"))
    assert await _near(pool, _told("new", address_key="a1")) == {"without point"}
    assert await _near(pool, _told("new", None, address_key="a1")) == {"far", "without point"}


async def test_the_incident_of_a_known_report_is_read_wherever_it_is(pool: asyncpg.Pool) -> None:
    await _store(pool, _told("known", feed=Feed.HOTLINE))
    assert await _near(pool, _told("known", north_of(HERE, 5_000))) == {"known"}


def test_every_cell_that_is_read_is_locked() -> None:
    here, beside = _told("1"), _told("2", north_of(HERE, 3_000))
    both = Surroundings([here, beside], _REACH_M).lock_keys()
    assert set(Surroundings([here], _REACH_M).lock_keys()) < set(both)
    assert both == sorted(set(both))
    assert len(Surroundings([_told("1", None)], _REACH_M).lock_keys()) == 1
