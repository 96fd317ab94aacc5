"""Steps of supervision on a real PostgreSQL: raised once, in order, by however many, whatever breaks in between."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from hub.edges.store.clocks import ClockStore
from hub.edges.store.settling import SettlingStore
from hub.edges.store.statements import statements
from hub.edges.wall.truth import Truth
from hub.rulebook.book import Rulebook
from hub.supervising import Supervised, Watched, supervise
from hub.vocabulary.incidents import Decision
from hub.vocabulary.terms import Raise
from tests.builders import AT, a_book, a_deadline_rule, a_located
from tests.edges.store.test_clocks import BreaksOff, calls, tell
from tests.supervising import an_escalation

pytestmark = pytest.mark.services

#: Two hours to resolve and nothing else: reminder at 11:00, yellow at 11:30, red at 12:00, the leader at 14:00.
BOOK = a_book(deadlines=(a_deadline_rule(),), escalation=(an_escalation(),), routes=())
HOUR = timedelta(hours=1)


async def look(pool: asyncpg.Pool, now: datetime, limit: int = 500, book: Rulebook = BOOK) -> list[str]:
    """One look of a clockwork: what it raised, in order."""
    raised: list[str] = []
    while True:
        count, decision = await ClockStore(pool).settle_steps(
            lambda watched, until: supervise(watched, book, now, until), now, limit=limit
        )
        raised += [entry.kind.value for entry in decision.timeline]
        if not count:
            return raised


async def told(pool: asyncpg.Pool) -> list[str]:
    """The timeline's entries of supervision, in order."""
    rows = await pool.fetch("select kind from timeline where why::text like '%supervise%' order by version, n")
    return [row["kind"] for row in rows]


async def test_each_step_is_raised_on_its_time_and_shown(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(1), book=BOOK)
    assert await look(pool, AT + HOUR - timedelta(seconds=1)) == []
    assert await look(pool, AT + HOUR) == ["reminded"]
    assert await look(pool, AT + 1.5 * HOUR) == ["yellow_card"]
    (card,) = [card async for card in Truth(pool).live()]
    assert card.raised is Raise.YELLOW
    assert await pool.fetchval("select raised from tasks") == "yellow"
    assert await look(pool, AT + 2 * HOUR) == ["red_card"]
    assert await look(pool, AT + 4 * HOUR) == ["escalated"]
    assert await look(pool, AT + 400 * HOUR) == []
    assert await pool.fetchval("select raised from tasks") == "escalate"
    assert await pool.fetchval("select count(*) from outbox") == 5
    assert (
        '"raised":"escalate"' in (await pool.fetchval("select payload from outbox order by seq desc limit 1")).decode()
    )


async def test_many_clockworks_raise_each_once(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(30), book=BOOK)
    for hours in (1, 1.5, 2, 4):
        looks = await asyncio.gather(*(look(pool, AT + hours * HOUR, limit=7) for _ in range(4)))
        assert sum(map(len, looks)) == 30
    rows = await pool.fetch("select kind, count(*) from timeline where why::text like '%supervise%' group by kind")
    assert {row["kind"]: row["count"] for row in rows} == dict.fromkeys(
        ("reminded", "yellow_card", "red_card", "escalated"), 30
    )


async def test_after_a_days_outage_the_order_is_right_and_the_moot_left_out(pool: asyncpg.Pool) -> None:
    """Calls fifty minutes apart, so that their steps interleave; pages of three, so that they lie in several."""
    moments = []
    for n, call in enumerate(calls(8)):
        at = AT + timedelta(minutes=50 * n)
        await tell(pool, call, book=BOOK, start=n, now=at)
        moments += [(at + 2 * HOUR, "red_card"), (at + 4 * HOUR, "escalated")]
    assert await look(pool, AT + 24 * HOUR, limit=3) == [kind for _, kind in sorted(moments)]
    reds = await pool.fetch("select why::text as why from timeline where kind = 'red_card'")
    assert len(reds) == 8
    assert all('"left_out": "reminder, yellow"' in row["why"] for row in reds)


async def test_a_clockwork_that_dies_in_between_has_raised_nothing(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(2), book=BOOK)
    now = AT + HOUR

    def breaks_off(watched: Sequence[Watched], until: datetime) -> Supervised:
        supervise(watched, BOOK, now, until)
        raise BreaksOff

    with pytest.raises(BreaksOff):
        await ClockStore(pool).settle_steps(breaks_off, now)
    assert await told(pool) == []
    assert await look(pool, now) == ["reminded", "reminded"]
    assert await look(pool, now) == []


async def test_a_clock_that_is_met_or_over_is_left_alone(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(2), book=BOOK)
    await pool.execute("update deadlines set met_at = $1 where task_id = (select min(task_id) from deadlines)", AT)
    await pool.execute("update incidents set status = 'closed' where id = (select max(incident_id) from tasks)")
    assert await look(pool, AT + 10 * HOUR) == []
    assert await pool.fetchval("select count(*) from deadlines where met_at is null and step_at is not null") == 0


async def test_a_report_that_joins_meanwhile_loses_neither(pool: asyncpg.Pool) -> None:
    for n, call in enumerate(calls(15)):
        await tell(pool, call, book=BOOK, start=2 * n)
        again = a_located(f"j{n}", raw_id=uuid.uuid4(), point=call.place.point)
        await asyncio.gather(tell(pool, again, book=BOOK, start=2 * n + 1), look(pool, AT + HOUR))
    await look(pool, AT + HOUR)
    assert await pool.fetchval("select count(*) from incidents where report_count = 2 and raised = 'reminder'") == 15
    assert await told(pool) == ["reminded"] * 15


async def test_a_deadline_that_moved_takes_its_steps_along(pool: asyncpg.Pool) -> None:
    """As more time does: the clock is written with another deadline, and its steps wait to be reckoned."""
    await tell(pool, *calls(1), book=BOOK)
    assert await look(pool, AT + 2 * HOUR) == ["red_card"]
    await pool.execute("update deadlines set due_at = due_at + interval '10 hours', step_at = default")
    assert await look(pool, AT + 2 * HOUR) == []
    assert await look(pool, AT + 11 * HOUR) == ["reminded"]
    assert await look(pool, AT + 12 * HOUR) == ["red_card"]
    assert await look(pool, AT + 14 * HOUR) == ["escalated"]


async def test_a_clock_written_without_steps_gets_them(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(1), book=BOOK)
    await pool.execute("update deadlines set supervision = null, step_at = default")
    assert await look(pool, AT + HOUR) == ["reminded"]


async def test_without_rules_nothing_is_kept_or_asked_for_again(pool: asyncpg.Pool) -> None:
    plain = a_book()
    await tell(pool, *calls(1), book=plain)
    assert await pool.fetchval("select count(*) from deadlines where step_at is not null") == 0
    await pool.execute("update deadlines set step_at = default")
    assert await look(pool, AT + 100 * HOUR, book=plain) == []
    assert await pool.fetchval("select count(*) from deadlines where step_at is not null") == 0


async def test_deadlines_and_steps_of_one_moment_are_both_told(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(1), book=BOOK)

    def nothing(due: object) -> Decision:
        return Decision()

    now = AT + 2 * HOUR
    fell_due, raised = await asyncio.gather(SettlingStore(pool).settle_due(nothing, now), look(pool, now))
    await look(pool, now)
    assert fell_due + await SettlingStore(pool).settle_due(nothing, now) == 1
    assert await told(pool) == ["red_card"]
    assert len(raised) <= 1


async def test_the_next_steps_are_found_by_their_index(pool: asyncpg.Pool) -> None:
    await tell(pool, *calls(400), book=BOOK)
    await pool.execute("analyze deadlines")
    plan = await pool.fetch(f"explain {statements('clocks')['take_steps']}", AT + HOUR - timedelta(seconds=1), 500)
    text = "\n".join(row[0] for row in plan)
    assert "deadlines_steps" in text, text
