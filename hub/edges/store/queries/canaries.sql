-- The canary of each partition, and how far its partition is decided.

-- name: passed
-- Note which canaries a worker has passed; returns those that had been missed.
update canaries c set passed_at = $2, stalled_at = null, restarts = 0
from positions p
where c.cluster = $1 and c.passed_at is null
  and p.cluster = c.cluster and p.topic = c.topic and p.partition = c.partition and p.next_offset >= c.next_offset;

-- name: standing
select c.topic, c.partition, c.next_offset as canary, c.restarts, c.stalled_at, coalesce(p.next_offset, 0) as read_to
from canaries c
left join positions p on p.cluster = c.cluster and p.topic = c.topic and p.partition = c.partition
where c.cluster = $1;

-- name: sent
insert into canaries (cluster, sent_at, topic, partition, next_offset)
select $1, $2, * from unnest($3::text[], $4::int[], $5::bigint[])
on conflict (topic, partition) do update set
    cluster = excluded.cluster, sent_at = excluded.sent_at, next_offset = excluded.next_offset,
    passed_at = null, stalled_at = null, restarts = 0;

-- name: stalled
-- Whoever notices first counts the stall; a worker that starts afresh for it counts that too.
update canaries set
    stalled_at = coalesce(stalled_at, $2), stalls = stalls + (stalled_at is null)::int, restarts = restarts + $3
where cluster = $1 and passed_at is null
  and (topic, partition, next_offset) in (select * from unnest($4::text[], $5::int[], $6::bigint[]));

-- name: readers
select id, started_at, reads from workers where seen_at > $1 order by started_at, id;

-- name: canaries
select topic, partition, sent_at, passed_at, stalls from canaries order by topic, partition;

-- name: waiting
select (select count(*) from raw_messages where settled_at is null) as raw, (select count(*) from outbox) as changes;
