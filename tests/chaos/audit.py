"""Compares what went in with what the hub holds: every message once, no incident and no task doubled."""

from collections.abc import Collection, Mapping

import asyncpg

from tests.chaos.numbered import Numbered


async def settled(pool: asyncpg.Pool, accepted: Collection[str]) -> bool:
    """Whether every accepted message is settled and every change has left."""
    waiting = await pool.fetchval("select count(*) from raw_messages where settled_at is null")
    changes = await pool.fetchval("select count(*) from outbox")
    landed = await pool.fetchval("select count(*) from raw_messages")
    return bool(waiting == 0 and changes == 0 and landed >= len(accepted))


async def audit(pool: asyncpg.Pool, sent: Numbered, accepted: Collection[str]) -> None:
    """Fails with the first total that does not agree."""
    raw = {str(row["id"]) for row in await pool.fetch("select id from raw_messages")}
    assert set(accepted) <= raw, f"{len(set(accepted) - raw)} accepted messages are gone"
    reports = {row["source_id"] for row in await pool.fetch("select source_id from reports")}
    assert reports == sent.reports, f"{len(sent.reports - reports)} missing, {len(reports - sent.reports)} too many"
    # By body: what got no answer was posted again, and may have landed both times.
    rejected = await pool.fetchval("select count(distinct m.body) from rejects join raw_messages m on m.id = raw_id")
    assert rejected == sent.poisoned, f"{rejected} rejected instead of {sent.poisoned}"
    both = await pool.fetchval(
        "select count(*) from rejects j join reports r on r.source_id = j.source_id where j.source_id is not null"
    )
    assert both == 0, f"{both} ids are both a report and a reject"
    assert await pool.fetchval("select count(*) from incidents") == sent.happenings
    assert await pool.fetchval("select sum(report_count) from incidents") == len(sent.reports)
    assert (
        await pool.fetchval(
            "select count(*) from (select incident_id from tasks where role = 'lead' group by 1 having count(*) <> 1)"
        )
        == 0
    )
    assert await pool.fetchval("select count(distinct incident_id) from tasks") == sent.happenings
    told = await pool.fetchval("select count(distinct report_id) from timeline where kind in ('opened', 'joined')")
    assert told == len(sent.reports)
    twice = await pool.fetchval(
        "select count(*) from (select report_id from timeline where kind in ('opened', 'joined') "
        "group by 1 having count(*) > 1)"
    )
    assert twice == 0, f"{twice} reports joined twice"


async def stored_versions(pool: asyncpg.Pool) -> Mapping[str, int]:
    """Version of every incident in the database."""
    return {row["id"]: row["version"] for row in await pool.fetch("select id, version from incidents")}
