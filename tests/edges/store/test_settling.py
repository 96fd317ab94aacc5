"""The decision's transaction on a real PostgreSQL: once and only once, whoever else is at it."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from hub.edges.store.landing import LandingStore
from hub.edges.store.settling import SettlingStore
from hub.edges.store.statements import statements
from hub.pipeline import decide, overdue
from hub.ports import Batch, Decide, Position, Settled, StalePosition
from hub.vocabulary.incidents import Decision, Incident, Nearby
from hub.vocabulary.messages import LocatedReport, Petitioner, Reject
from hub.vocabulary.terms import Feed, RejectReason, ReportStatus
from tests.builders import AT, HERE, a_book, a_located, a_raw, north_of

pytestmark = pytest.mark.services

_BOOK = a_book()


def _decide(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
    return decide(located, nearby, _BOOK, AT)


def _batch(
    *located: LocatedReport,
    start: int = 0,
    rejects: Sequence[Reject] = (),
    partition: int = 0,
    topic: str = "feed.hotline",
) -> Batch:
    """Reports and rejects, each from a raw message of its own."""
    ids = [item.report.raw_id for item in located] + [reject.raw_id for reject in rejects]
    raw = tuple(a_raw(id=raw_id) for raw_id in dict.fromkeys(ids))
    end = start + len(raw)
    position = Position(cluster="c", topic=topic, partition=partition, start=start, next=end)
    return Batch(raw=raw, located=located, rejects=tuple(rejects), positions=(position,), reach_m={"water": 200.0})


def _call(source_id: str, **fields: object) -> LocatedReport:
    return a_located(source_id, raw_id=uuid.uuid4(), **fields)


async def _settle(pool: asyncpg.Pool, batch: Batch, decide_with: Decide = _decide) -> Settled:
    return await SettlingStore(pool).settle(batch, decide_with, AT)


async def test_a_batch_writes_everything_it_became(pool: asyncpg.Pool) -> None:
    reject = Reject(
        feed=Feed.HOTLINE, raw_id=uuid.uuid4(), part=0, reason=RejectReason.MISSING_FIELD, field="$.title", message="m"
    )
    call = _call("1", petitioner=Petitioner(name="张三", phone="13800000000"))
    settled = await _settle(pool, _batch(call, rejects=[reject]))
    assert (settled.reports, settled.rejects, settled.repeated) == (1, 1, 0)
    assert await pool.fetchval("select count(*) from raw_messages where settled_at is null") == 0
    assert await pool.fetchval("select incident_id from reports") == await pool.fetchval("select id from incidents")
    assert await pool.fetchval("select count(*) from tasks") >= 1
    assert await pool.fetchval("select field from rejects") == "$.title"
    assert await pool.fetchval("select next_offset from positions") == 2
    assert await pool.fetchval("select count(*) from outbox") == 1
    assert await pool.fetchval("select received from feed_counts") == 2


async def test_personal_data_is_kept_apart_from_the_report(pool: asyncpg.Pool) -> None:
    await _settle(pool, _batch(_call("1", petitioner=Petitioner(name="张三", phone="13800000000"))))
    assert await pool.fetchval("select phone from petitioners") == "13800000000"
    assert "13800000000" not in await pool.fetchval("select document::text from reports")


async def test_the_same_batch_again_is_refused_and_changes_nothing(pool: asyncpg.Pool) -> None:
    batch = _batch(_call("1"))
    await _settle(pool, batch)
    with pytest.raises(StalePosition):
        await _settle(pool, batch)
    assert await pool.fetchval("select report_count from incidents") == 1


async def test_a_second_publication_of_a_settled_message_does_nothing(pool: asyncpg.Pool) -> None:
    call = _call("1")
    await LandingStore(pool).land([a_raw(id=call.report.raw_id)])
    await _settle(pool, _batch(call))
    settled = await _settle(pool, _batch(call, start=7, partition=3))
    assert (settled.reports, settled.repeated) == (0, 1)
    assert await pool.fetchval("select count(*) from timeline where kind = 'opened'") == 1


async def test_new_content_is_a_revision_and_the_old_one_is_kept(pool: asyncpg.Pool) -> None:
    await _settle(pool, _batch(_call("1", title="水管爆裂")))
    await _settle(
        pool, _batch(_call("1", title="水管爆裂，已影响交通", received_at=AT + timedelta(minutes=1)), start=1)
    )
    assert await pool.fetchval("select count(*) from reports") == 1
    assert await pool.fetchval("select revision from reports") == 2
    assert await pool.fetchval("select document::text from report_revisions where revision = 1") is not None
    assert await pool.fetchval("select count(*) from incidents") == 1


async def test_an_older_record_that_comes_late_goes_to_the_history_only(pool: asyncpg.Pool) -> None:
    newer, older = AT + timedelta(hours=2), AT + timedelta(hours=1)
    await _settle(pool, _batch(_call("1", title="新", updated_at=newer)))
    await _settle(pool, _batch(_call("1", title="旧", updated_at=older), start=1))
    assert "新" in (await pool.fetchval("select document::text from reports"))
    assert await pool.fetchval("select stale from report_revisions") is True


async def test_two_workers_in_one_place_in_the_same_second_open_one_incident(pool: asyncpg.Pool) -> None:
    """A hundred pairs of calls, each pair about one burst main, the two of a pair decided at the same time."""

    async def tell(worker: int, n: int) -> None:
        place = north_of(HERE, 2_000.0 * n + 20.0 * worker)
        call = _call(f"{worker}-{n}", point=place)
        await _settle(pool, _batch(call, start=n, partition=worker))

    for n in range(100):
        await asyncio.gather(tell(1, n), tell(2, n))
    assert await pool.fetchval("select count(*) from incidents") == 100
    assert await pool.fetchval("select count(*) from incidents where report_count = 2") == 100
    assert await pool.fetchval("select count(*) from tasks where role = 'lead'") == 100


async def test_a_change_by_somebody_else_after_the_read_decides_again(pool: asyncpg.Pool) -> None:
    await _settle(pool, _batch(_call("1")))
    tries = 0

    def decide_while_another_writes(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        nonlocal tries
        tries += 1
        decision = _decide(located, nearby)
        if tries == 1:  # what a version that moved on between read and write looks like
            ahead = tuple(msgspec.structs.replace(i, version=i.version + 1) for i in decision.incidents)
            return msgspec.structs.replace(decision, incidents=ahead)
        return decision

    await _settle(pool, _batch(_call("2"), start=1), decide_while_another_writes)
    assert tries == 2
    assert await pool.fetchval("select report_count from incidents") == 2


async def test_a_deadline_that_fell_due_is_told_once_by_many_clockworks(pool: asyncpg.Pool) -> None:
    await _settle(pool, _batch(_call("1")))
    store = SettlingStore(pool)
    late = AT + timedelta(days=30)

    def tell(due: Sequence[tuple[object, Incident]]) -> Decision:
        return overdue(due, _BOOK, late)  # type: ignore[arg-type]

    clocks = await pool.fetchval("select count(*) from deadlines")
    told = await asyncio.gather(*(store.settle_due(tell, late) for _ in range(4)))
    assert sum(told) == clocks > 0
    assert await pool.fetchval("select overdue from incidents") is True
    assert await pool.fetchval("select count(*) from timeline where kind = 'overdue'") == clocks
    assert await store.settle_due(tell, late) == 0


async def test_a_replayed_message_forgets_what_it_was_refused_for(pool: asyncpg.Pool) -> None:
    call = _call("1")
    reject = Reject(
        feed=Feed.HOTLINE, raw_id=call.report.raw_id, part=0, reason=RejectReason.UNKNOWN_SOURCE, field="", message="m"
    )
    await _settle(pool, _batch(rejects=[reject]))
    await pool.execute("update raw_messages set settled_at = null, replays = replays + 1")
    await _settle(pool, _batch(call, start=1))
    assert await pool.fetchval("select count(*) from rejects") == 0
    assert await pool.fetchval("select count(*) from reports") == 1


async def test_a_cancelled_incident_withdraws_its_tasks_and_stops_their_clocks(pool: asyncpg.Pool) -> None:
    await _settle(pool, _batch(_call("1", updated_at=AT)))
    gone = _call("1", status=ReportStatus.CANCELLED, updated_at=AT + timedelta(minutes=5))
    await _settle(pool, _batch(gone, start=1))
    assert await pool.fetchval("select status from incidents") == "cancelled"
    assert {row["status"] for row in await pool.fetch("select status from tasks")} == {"withdrawn"}
    assert await pool.fetchval("select count(*) from deadlines where met_at is null") == 0


@pytest.mark.parametrize(("name", "index"), [("near", "incidents_near"), ("at_address", "incidents_at_address")])
async def test_without_statistics_neighbours_are_still_found_by_index(
    pool: asyncpg.Pool, name: str, index: str
) -> None:
    """A new hub that is filling fast has none: reading every live incident for each batch would stop it."""
    calls = [_call(f"{n}", point=north_of(HERE, 1_000.0 * n), address_key=f"{n}号") for n in range(300)]
    await _settle(pool, _batch(*calls))
    rows = await pool.fetch("select family, cell, address_key from incidents limit 40")
    families = [row["family"] for row in rows]
    boxes = [[value] * len(rows) for value in (-180.0, -90.0, 180.0, 90.0)]
    arguments: dict[str, list[list[object]]] = {
        "near": [families, [row["cell"] for row in rows], *boxes],
        "at_address": [families, [row["address_key"] for row in rows], [False] * len(rows)],
    }
    query = statements("settle")[name]
    for mode in ("force_custom_plan", "force_generic_plan"):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local plan_cache_mode = {mode}")
            plan = await connection.fetch(f"explain {query}", *arguments[name], AT)
        text = "\n".join(row[0] for row in plan)
        assert f"Index Scan using {index}" in text, text
