-- What the wall's board reads. An incident's columns are those of a card.

-- name: live_incidents
-- Mildest and longest unchanged first, so that the last taken in is the first on a screen.
select id, version, status, category, severity, title, address, district, lon, lat, opened_at, updated_at, report_count,
       feeds, lead_bureau, due_at, overdue, mute, raised
from incidents
where status in ('open', 'dispatched', 'handling', 'verifying')
order by severity desc, updated_at;

-- name: ended_incidents_since
-- What is no longer live has the time of its last change in `closed_at`.
select id, version, status, category, severity, title, address, district, lon, lat, opened_at, updated_at, report_count,
       feeds, lead_bureau, due_at, overdue, mute, raised
from incidents
where closed_at >= $1 and status not in ('open', 'dispatched', 'handling', 'verifying')
order by updated_at;

-- name: incidents_by_id
select id, version, status, category, severity, title, address, district, lon, lat, opened_at, updated_at, report_count,
       feeds, lead_bureau, due_at, overdue, mute, raised
from incidents
where id = any($1::text[])
order by updated_at;

-- name: versions_changed_since
-- By the timeline, in which every change has an entry of its time: an index of the time of the last change would have to
-- be written with every change, and with it all the others.
select id, version, updated_at from incidents where id in (select incident_id from timeline where at >= $1);

-- name: live_versions
select id, version from incidents where status in ('open', 'dispatched', 'handling', 'verifying');

-- name: feed_counts
select feed, last_received_at, received, rejected from feed_counts;

-- name: worker_seen_at
select max(seen_at) from workers where partitions > 0;

-- name: stalled_topics
-- Topics with a partition that stands still, and since when its canary waits; one that moved on is none.
select c.topic, min(c.sent_at) as since
from canaries c
left join positions p on p.cluster = c.cluster and p.topic = c.topic and p.partition = c.partition
where c.stalled_at is not null and coalesce(p.next_offset, 0) < c.next_offset
group by c.topic;
