"""Fills a store with open incidents: some go the hub's own way, the rest are copies of them around the same towns.

A copy has all that an incident has (report, petitioner, tasks, deadlines, timeline, raw message), with a place, an
address and ids of its own. It must never write to a store that anybody needs.
"""

import uuid
from collections.abc import Sequence

import asyncpg

from bench.messages import hotline_orders
from hub.edges.clock import utc_now
from hub.edges.store.settling import SettlingStore
from hub.pipeline import decide, understand
from hub.ports import Batch
from hub.rulebook.book import Rulebook
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Decision, Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage, Reject
from hub.vocabulary.terms import Feed

#: Incidents that go the hub's own way; the copies are taken of them.
_ORIGINALS = 1_000
_BATCH = 500

# A copy lies some kilometres from its original, as that does from its town. `copied` says which copies there are.
_COPY = """
create temp table copied as
select id, k, lon + (random() + random() - 1) * 0.08 as east, lat + (random() + random() - 1) * 0.07 as north
from incidents cross join generate_series(1, {copies}) as k limit {left};

create temp table next_incidents as select i.*, k, east, north from incidents i join copied using (id);
update next_incidents set id = id || '-' || k, lon = east, lat = north,
    cell = floor(north / 0.005)::bigint * 100000 + floor(east / 0.005)::bigint,
    address_key = case when address_key = '' then '' else address_key || '-' || k end;
alter table next_incidents drop column k, drop column east, drop column north;
insert into incidents select * from next_incidents;

create temp table next_reports as select r.*, k from reports r join copied on copied.id = r.incident_id;
update next_reports set report_id = report_id || '-' || k, source_id = source_id || '-' || k,
    incident_id = incident_id || '-' || k, raw_id = gen_random_uuid();
insert into raw_messages (id, feed, source, content_type, body, received_at, settled_at)
select raw_id, feed, 'copy', '', convert_to(document::text, 'UTF8'), received_at, received_at from next_reports;
alter table next_reports drop column k;
insert into reports select * from next_reports;

insert into petitioners
select p.report_id || '-' || k, p.name, p.phone, p.secret
from petitioners p join reports r using (report_id) join copied on copied.id = r.incident_id;

create temp table next_tasks as select t.*, k from tasks t join copied on copied.id = t.incident_id;
create temp table next_deadlines as
select d.*, k from deadlines d join tasks t on t.id = d.task_id join copied on copied.id = t.incident_id;
create temp table next_timeline as select t.*, k from timeline t join copied on copied.id = t.incident_id;
update next_tasks set id = id || '-' || k, incident_id = incident_id || '-' || k;
update next_deadlines set task_id = task_id || '-' || k;
update next_timeline set incident_id = incident_id || '-' || k;
alter table next_tasks drop column k;
alter table next_deadlines drop column k;
alter table next_timeline drop column k;
insert into tasks select * from next_tasks;
insert into deadlines select * from next_deadlines;
insert into timeline select * from next_timeline;
"""


async def fill(pool: asyncpg.Pool, book: Rulebook, count: int) -> int:
    """Open so many incidents; returns how many are open now."""
    if not count:
        return 0
    await _originals(pool, book, min(count, _ORIGINALS))
    have = await _open(pool)
    if count > have:
        async with pool.acquire() as connection:
            await connection.execute(_COPY.format(copies=-(-(count - have) // have), left=count - have))
            await connection.execute("discard temp")
    # Changes of these are not what is measured, and statistics are what a store of this size would have.
    await pool.execute("truncate outbox, feed_counts")
    await pool.execute("vacuum analyze")
    await pool.execute("checkpoint")
    return await _open(pool)


async def _originals(pool: asyncpg.Pool, book: Rulebook, count: int) -> None:
    """Incidents that reports opened, each its own."""
    source = next(source.id for source in book.city.sources if source.feed is Feed.HOTLINE)
    atlas, store, now = Atlas(book.city), SettlingStore(pool), utc_now()

    def each_alone(located: Sequence[LocatedReport], nearby: Nearby) -> Decision:
        alone = [decide([report], Nearby(), book, now) for report in located]
        return Decision(
            filings=tuple(filing for one in alone for filing in one.filings),
            incidents=tuple(incident for one in alone for incident in one.incidents),
            tasks=tuple(task for one in alone for task in one.tasks),
            timeline=tuple(entry for one in alone for entry in one.timeline),
        )

    bodies = list(hotline_orders(book.city, count, seed=99, prefix="open"))
    for begin in range(0, count, _BATCH):
        raw = tuple(
            RawMessage(id=uuid.uuid4(), feed=Feed.HOTLINE, source=source, content_type="", body=body, received_at=now)
            for body in bodies[begin : begin + _BATCH]
        )
        found = [item for message in raw for item in understand(message, book, atlas)]
        located = tuple(item for item in found if not isinstance(item, Reject))
        batch = Batch(raw=raw, located=located, rejects=(), positions=(), reach_m={})
        await store.settle(batch, each_alone, now)


async def _open(pool: asyncpg.Pool) -> int:
    return int(await pool.fetchval("select count(*) from incidents"))
