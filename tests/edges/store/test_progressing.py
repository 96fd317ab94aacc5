"""Moves of tasks on PostgreSQL: one transaction, one winner, one move a key, nothing half."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from hub.edges.store.activations import Activations
from hub.edges.store.progressing import KeyReused, MoveMade, NoSuchTask, Progressing
from hub.edges.store.settling import SettlingStore
from hub.moving import Moved, move_task
from hub.pipeline import decide, overdue
from hub.ports import Batch, RulebookReplaced
from hub.vocabulary.activations import How, InForce
from hub.vocabulary.incidents import Deadline, Decision, Incident, Nearby
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.moves import Action, Actor, Bar, Barred, Case, Verdict, Wish
from hub.vocabulary.terms import DeadlineKind, ReportStatus
from tests.builders import AT, HERE, a_book, a_located, a_raw
from tests.running import wait_until
from tests.stages.progress.moves import ARBITRATOR, CLERK, LEADER, OTHER_CLERK, VERIFIER

pytestmark = pytest.mark.services
BOOK = a_book()
SOON = AT + timedelta(minutes=10)
ACCEPT = Wish(action=Action.ACCEPT)
REPORT = Wish(action=Action.REPORT_BACK, evidence=("已修复",))
VERIFY = Wish(action=Action.VERIFY)


def decide_now(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
    return decide(located, nearby, BOOK, AT)


async def call(pool: asyncpg.Pool, source_id: str = "1", **fields: Any) -> str:
    """A call about a burst main: the water bureau leads, traffic assists. Its incident."""
    located = a_located(source_id, raw_id=uuid.uuid4(), point=HERE, **fields)
    raw = a_raw(id=located.report.raw_id)
    batch = Batch(raw=(raw,), located=(located,), rejects=(), positions=(), reach_m={"water": 200.0})
    await SettlingStore(pool).settle(batch, decide_now, AT)
    incident: str = await pool.fetchval("select incident_id from reports where source_id = $1", source_id)
    return incident


async def move(
    store: Progressing,
    task_id: str,
    actor: Actor,
    wish: Wish,
    key: str = "",
    now: datetime = SOON,
    in_force: InForce | None = None,
) -> MoveMade | Barred:
    def decide_move(case: Case) -> Moved | Barred:
        return move_task(case, task_id, actor, wish, BOOK, now)

    digest = msgspec.json.encode((actor, wish))
    return await store.move(task_id, key or uuid.uuid4().hex, digest, decide_move, now, in_force)


async def everything(pool: asyncpg.Pool) -> list[Any]:
    """All that a move may change."""
    tables = ("incidents", "tasks", "deadlines", "timeline", "outbox", "moves")
    return [sorted(map(str, await pool.fetch(f"select {table}::text from {table}"))) for table in tables]


async def test_from_call_to_closed(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    lead, assisting = f"{incident}-1", f"{incident}-2"
    for task, clerk in ((lead, CLERK), (assisting, OTHER_CLERK)):
        assert isinstance(await move(store, task, clerk, ACCEPT), MoveMade)
        assert isinstance(await move(store, task, clerk, REPORT), MoveMade)
    await move(store, lead, VERIFIER, VERIFY)
    made = await move(store, assisting, VERIFIER, VERIFY)
    assert isinstance(made, MoveMade)
    assert (made.status, made.incident_status, made.incident_version) == ("verified", "closed", 7)
    row = await pool.fetchrow("select status, version, closed_at, due_at, overdue from incidents")
    assert tuple(row) == ("closed", 7, SOON, None, False)
    assert await pool.fetchval("select count(*) from deadlines where met_at is null") == 0
    assert await pool.fetchval("select used_seconds from deadlines where kind = 'resolve' limit 1") == 600
    kinds = [row["kind"] for row in await pool.fetch("select kind from timeline order by version, n")]
    assert kinds[-2:] == ["verified", "closed"]
    last = msgspec.json.decode(await pool.fetchval("select payload from outbox order by seq desc limit 1"))
    assert (last["card"]["status"], last["kinds"]) == ("closed", ["verified", "closed"])
    case = await store.case_of(lead)
    assert [task.progress.handlers for task in case.tasks] == [("王工",), ("李工",)]


async def test_the_same_key_again_gets_the_same_answer_and_moves_nothing(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    first = await move(store, f"{incident}-1", CLERK, ACCEPT, "k1")
    await move(store, f"{incident}-1", CLERK, Wish(action=Action.START))
    before = await everything(pool)
    assert await move(store, f"{incident}-1", CLERK, ACCEPT, "k1", SOON + timedelta(days=3)) == first
    assert await everything(pool) == before
    with pytest.raises(KeyReused):
        await move(store, f"{incident}-1", CLERK, REPORT, "k1")
    assert await everything(pool) == before
    # Keys of one task say nothing about another.
    assert isinstance(await move(store, f"{incident}-2", OTHER_CLERK, ACCEPT, "k1"), MoveMade)


async def test_what_is_barred_changes_nothing_and_keeps_no_key(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    before = await everything(pool)
    barred = await move(store, f"{incident}-1", CLERK, REPORT, "k1")
    assert isinstance(barred, Barred)
    assert barred.bar is Bar.STATE
    assert await everything(pool) == before
    assert isinstance(await move(store, f"{incident}-1", CLERK, ACCEPT, "k1"), MoveMade)
    with pytest.raises(NoSuchTask):
        await move(store, "nothing-1", CLERK, ACCEPT)


async def test_two_people_at_once_give_one_winner(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    task = f"{incident}-1"
    back = Wish(action=Action.RETURN, reason="not-ours", clause="c", version=1)
    made = await asyncio.gather(
        move(store, task, CLERK, Wish(action=Action.ACCEPT, version=1)), move(store, task, CLERK, back)
    )
    assert sorted(type(answer).__name__ for answer in made) == ["Barred", "MoveMade"]
    loser = next(answer for answer in made if isinstance(answer, Barred))
    assert loser.bar is Bar.VERSION
    assert await pool.fetchval("select version from tasks where id = $1", task) == 2


async def test_one_key_sent_many_times_at_once_moves_once(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    made = await asyncio.gather(*(move(store, f"{incident}-1", CLERK, ACCEPT, "k") for _ in range(5)))
    assert len({msgspec.json.encode(answer) for answer in made}) == 1
    assert await pool.fetchval("select count(*) from timeline where kind = 'accepted'") == 1


async def test_killed_before_the_commit_nothing_has_happened(pool: asyncpg.Pool) -> None:
    """Everything is written but the key when the connection goes; the retry with the same key moves it, once."""
    store, incident = Progressing(pool), await call(pool)
    before = await everything(pool)
    async with pool.acquire() as other:
        holding = other.transaction()
        await holding.start()
        await other.execute("lock table moves in share mode")
        moving = asyncio.create_task(move(store, f"{incident}-1", CLERK, ACCEPT, "k"))

        async def waits() -> bool:
            return await pool.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where wait_event_type = 'Lock' and query like 'insert into moves%' and datname = current_database()"
            )

        await wait_until(waits, within_seconds=30)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await moving
        await holding.rollback()
    assert await everything(pool) == before
    assert isinstance(await move(store, f"{incident}-1", CLERK, ACCEPT, "k"), MoveMade)
    assert isinstance(await move(store, f"{incident}-1", CLERK, ACCEPT, "k"), MoveMade)
    assert await pool.fetchval("select count(*) from timeline where kind = 'accepted'") == 1


async def test_rules_that_were_replaced_long_ago_move_nothing(pool: asyncpg.Pool) -> None:
    store, activations, incident = Progressing(pool), Activations(pool), await call(pool)
    for version in ("old", "new"):
        await activations.keep(version, "140800", {})
        active, _ = await activations.activate("yuncheng", version, who="w", why="y", how=How.FOLDER)
    old, new = (InForce(city="yuncheng", number=active.number - n, version=v) for n, v in ((1, "old"), (0, "new")))
    await pool.execute("update activations set at = at - interval '1 day'")
    before = await everything(pool)
    with pytest.raises(RulebookReplaced):
        await move(store, f"{incident}-1", CLERK, ACCEPT, "k", in_force=old)
    assert await everything(pool) == before
    assert isinstance(await move(store, f"{incident}-1", CLERK, ACCEPT, "k", in_force=new), MoveMade)
    assert await pool.fetchval("select rulebook_version from timeline where kind = 'accepted'") == "new"


async def test_a_call_taken_back_withdraws_what_was_returned_too(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool, updated_at=AT)
    await move(store, f"{incident}-1", CLERK, Wish(action=Action.RETURN, reason="not-ours", clause="c"))
    await call(pool, updated_at=AT + timedelta(minutes=5), status=ReportStatus.CANCELLED)
    assert await pool.fetchval("select status from incidents") == "cancelled"
    rows = await pool.fetch("select status, version from tasks order by id")
    assert [tuple(row) for row in rows] == [("withdrawn", 3), ("withdrawn", 2)]
    barred = await move(store, f"{incident}-2", OTHER_CLERK, ACCEPT)
    assert isinstance(barred, Barred)
    assert barred.bar is Bar.OVER


async def test_passed_on_with_clocks_of_its_own(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    task = f"{incident}-1"
    await move(store, task, CLERK, Wish(action=Action.RETURN, reason="not-ours", clause="c"))
    uphold = Wish(action=Action.ARBITRATE, verdict=Verdict.UPHOLD, note="同意")
    made = await move(store, task, ARBITRATOR, uphold)
    assert isinstance(made, MoveMade)
    assert made.successor == f"{incident}-3"
    row = await pool.fetchrow("select bureau, role, status from tasks where id = $1", made.successor)
    assert tuple(row) == ("yanhu", "lead", "offered")
    due = await pool.fetchval("select due_at from deadlines where task_id = $1 and kind = 'resolve'", made.successor)
    assert due == SOON + timedelta(hours=2)
    assert await pool.fetchval("select lead_bureau from incidents") == "yanhu"


async def test_calls_moves_and_the_clockwork_at_once_lose_nothing(pool: asyncpg.Pool) -> None:
    store, settling, incident = Progressing(pool), SettlingStore(pool), await call(pool)
    late = AT + timedelta(hours=30)

    def tell(due: Sequence[tuple[Deadline, Incident]]) -> Decision:
        return overdue(due, BOOK, late)

    def both() -> list[Awaitable[object]]:
        start: list[Callable[[], Awaitable[object]]] = [
            lambda: move(store, f"{incident}-1", CLERK, ACCEPT),
            lambda: move(store, f"{incident}-2", OTHER_CLERK, ACCEPT),
            lambda: settling.settle_due(tell, late),
        ]
        return [*(call(pool, f"again-{n}") for n in range(4)), *(begin() for begin in start)]

    await asyncio.gather(*both())
    row = await pool.fetchrow("select report_count, status, version from incidents")
    assert (row["report_count"], row["status"]) == (5, "handling")
    versions = [r["version"] for r in await pool.fetch("select distinct version from timeline order by version")]
    assert versions == list(range(1, row["version"] + 1))
    fired = await pool.fetchval("select count(*) from deadlines where fired_at is not null")
    assert await pool.fetchval("select count(*) from timeline where kind = 'overdue'") == fired


async def test_what_is_deferred_does_not_fall_due_before(pool: asyncpg.Pool) -> None:
    store, incident = Progressing(pool), await call(pool)
    task = f"{incident}-1"
    await move(store, task, CLERK, ACCEPT)
    await move(store, task, CLERK, Wish(action=Action.DEFER, days=5, note="等待配件"))
    await move(store, task, LEADER, Wish(action=Action.APPROVE))
    due = await pool.fetchval("select due_at from deadlines where task_id = $1 and kind = 'resolve'", task)
    assert due > AT + timedelta(days=5)
    case = await store.case_of(task)
    clock = next(c for t in case.tasks if t.id == task for c in t.clocks if c.kind is DeadlineKind.RESOLVE)
    assert (clock.used_seconds, clock.counted_from) == (600, case.tasks[0].progress.deferred_until)
