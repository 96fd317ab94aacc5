-- name: lock_positions
-- The fence: a worker that lost its partition meets a position that moved on.
select topic, partition, next_offset from positions
where cluster = $1 and (topic, partition) in (select * from unnest($2::text[], $3::int[]))
order by topic, partition for update;

-- name: known_raw
-- Which raw messages the intake landed already, and which of them are settled or being replayed.
select id, settled_at is not null as settled, replays > 0 as replayed from raw_messages where id = any($1::uuid[]);

-- name: land_settled
-- Messages that came by Kafka land here, settled at once, in the decision's own transaction.
insert into raw_messages (id, feed, source, content_type, body, received_at, settled_at)
select *, $7::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
on conflict (id) do nothing;

-- name: settle_raw
update raw_messages set settled_at = $2 where id = any($1::uuid[]) and settled_at is null;

-- name: forget_rejects
-- A replayed message is understood anew; what it was refused for before no longer counts.
delete from rejects where raw_id = any($1::uuid[]);

-- name: lock_cells
-- Held to the end of the transaction; sorted, so that two batches can never wait for each other in a ring.
select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as key;

-- name: known_reports
select report_id, revision, digest, updated_at, received_at, incident_id from reports where report_id = any($1::text[]);

-- name: near
-- One look into the index a spot: the index finds the cell, the box what of it the batch can reach. As a plain join
-- PostgreSQL reads every live incident for as long as it has no statistics of the table, which is when a new hub is
-- filling fastest; `offset 0` keeps the look apart.
select near.*
from unnest($1::text[], $2::bigint[], $3::float8[], $4::float8[], $5::float8[], $6::float8[])
     as spot (family, cell, west, south, east, north)
cross join lateral (
    select * from incidents
    where family = spot.family and cell = spot.cell and cell is not null
      and status in ('open', 'dispatched', 'handling', 'verifying')
    offset 0
) as near
where near.last_report_at > $7 and near.lon between west and east and near.lat between south and north;

-- name: at_address
-- Where both have an exact point, `near` has what is close enough: one address may be a long road.
select near.* from unnest($1::text[], $2::text[], $3::boolean[]) as spot (family, address_key, exact)
cross join lateral (
    select * from incidents
    where family = spot.family and address_key = spot.address_key and address_key <> ''
      and status in ('open', 'dispatched', 'handling', 'verifying')
    offset 0
) as near
where near.last_report_at > $4 and (near.cell is null or not exact);

-- name: by_id
select * from incidents where id = any($1::text[]);

-- name: keep_revisions
-- What a newer revision is about to replace.
insert into report_revisions (report_id, revision, raw_id, filed_at, stale, document, rulebook_version)
select report_id, revision, raw_id, $2, false, document, rulebook_version from reports where report_id = any($1::text[])
on conflict do nothing;

-- name: write_stale
insert into report_revisions (report_id, revision, raw_id, filed_at, stale, document, rulebook_version)
select report_id, revision, raw_id, $5, true, document::jsonb, $6
from unnest($1::text[], $2::int[], $3::uuid[], string_to_array(convert_from($4::bytea, 'UTF8'), E'\n'))
     as new (report_id, revision, raw_id, document)
on conflict do nothing;

-- name: write_reports
insert into reports as old (report_id, feed, source_id, revision, raw_id, digest, incident_id, occurred_at, updated_at,
                            received_at, category, district, document, rulebook_version)
select report_id, feed, source_id, revision, raw_id, digest, incident_id, occurred_at, updated_at,
       received_at, category, district, document::jsonb, $14
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::bytea[], $7::text[], $8::timestamptz[],
            $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
            string_to_array(convert_from($13::bytea, 'UTF8'), E'\n'))
     as new (report_id, feed, source_id, revision, raw_id, digest, incident_id, occurred_at, updated_at, received_at,
             category, district, document)
on conflict (report_id) do update set
    revision = excluded.revision, raw_id = excluded.raw_id, digest = excluded.digest,
    occurred_at = excluded.occurred_at, updated_at = excluded.updated_at, received_at = excluded.received_at,
    category = excluded.category, district = excluded.district, document = excluded.document,
    incident_id = excluded.incident_id, rulebook_version = excluded.rulebook_version
where old.revision < excluded.revision;

-- name: write_petitioners
insert into petitioners (report_id, name, phone, secret)
select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
on conflict (report_id) do update set name = excluded.name, phone = excluded.phone, secret = excluded.secret;

-- name: write_rejects
insert into rejects (raw_id, part, feed, reason, field, message, source_id, rejected_at)
select *, $8::timestamptz from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
on conflict (raw_id, part) do nothing;

-- name: write_incidents
-- A version that is not the next one means somebody else changed the incident since the read.
insert into incidents as old (id, version, status, category, family, severity, title, address, address_key, district, grid,
                              lon, lat, cell, opened_at, first_report_at, last_report_at, updated_at,
                              report_count, feeds, words, lead_bureau, due_at, overdue, rulebook_version,
                              closed_at)
select id, version, status, category, family, severity, title, address, address_key, district, grid, lon, lat, cell,
       moments[opened_at], moments[first_report_at], moments[last_report_at], moments[updated_at], report_count,
       string_to_array(feeds, ' '), string_to_array(words, ' '), lead_bureau, moments[due_at], overdue, rulebook_version,
       case when status in ('closed', 'cancelled', 'merged') then moments[updated_at] end
from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::float8[], $13::float8[], $14::bigint[], $15::int[], $16::int[],
            $17::int[], $18::int[], $19::int[], $20::text[], $21::text[], $22::text[], $23::int[], $24::boolean[],
            $25::text[])
     as new (id, version, status, category, family, severity, title, address, address_key, district, grid, lon, lat, cell,
             opened_at, first_report_at, last_report_at, updated_at, report_count, feeds, words, lead_bureau, due_at,
             overdue, rulebook_version),
     (select $26::timestamptz[] as moments) as batch
on conflict (id) do update set
    version = excluded.version, status = excluded.status, category = excluded.category, family = excluded.family,
    severity = excluded.severity, title = excluded.title, address = excluded.address,
    address_key = excluded.address_key, district = excluded.district, grid = excluded.grid, lon = excluded.lon,
    lat = excluded.lat, cell = excluded.cell, first_report_at = excluded.first_report_at,
    last_report_at = excluded.last_report_at, updated_at = excluded.updated_at, report_count = excluded.report_count, feeds = excluded.feeds,
    words = excluded.words, lead_bureau = excluded.lead_bureau, due_at = excluded.due_at, overdue = excluded.overdue,
    rulebook_version = excluded.rulebook_version, closed_at = excluded.closed_at
where old.version = excluded.version - 1;

-- name: mark_incidents
-- What few incidents have and few decisions change, so that the others need not carry it.
update incidents set mute = new.mute::jsonb, muted_until = new.muted_until, raised = new.raised
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) as new (id, mute, muted_until, raised)
where incidents.id = new.id;

-- name: write_tasks
insert into tasks (id, incident_id, bureau, role, status, offered_at, why)
select id, incident_id, bureau, role, status, offered_at, why::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
            string_to_array(convert_from($7::bytea, 'UTF8'), E'\n'))
     as new (id, incident_id, bureau, role, status, offered_at, why)
on conflict (id) do update set status = excluded.status;

-- name: withdraw_tasks
-- Nobody has to do anything for an incident that was cancelled.
update tasks set status = 'withdrawn', version = version + 1
where incident_id = any($1::text[]) and status not in ('verified', 'withdrawn');

-- name: stop_deadlines
update deadlines set met_at = $2
where met_at is null and task_id in (select id from tasks where incident_id = any($1::text[]));

-- name: write_deadlines
-- The tasks of a batch share a handful of clocks: each is sent and read once.
with clocks as materialized (
    select kind, basis, amount, starts_at, due_at, why::jsonb, supervision::jsonb, step_at, place
    from unnest($3::text[], $4::text[], $5::float8[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[],
                $10::timestamptz[])
         with ordinality as clock (kind, basis, amount, starts_at, due_at, why, supervision, step_at, place)
)
insert into deadlines (task_id, kind, basis, amount, starts_at, due_at, why, supervision, step_at)
select task_id, kind, basis, amount, starts_at, due_at, why, supervision, step_at
from unnest($1::text[], $2::int[]) as new (task_id, place) join clocks using (place)
on conflict (task_id, kind) do nothing;

-- name: write_timeline
insert into timeline (incident_id, version, n, at, kind, report_id, task_id, why, rulebook_version)
select incident_id, version, n, ($9::timestamptz[])[at], kind, report_id, task_id, why::jsonb, $10
from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
            string_to_array(convert_from($8::bytea, 'UTF8'), E'\n'))
     as new (incident_id, version, n, at, kind, report_id, task_id, why);

-- name: write_outbox
insert into outbox (key, payload, created_at) select *, $3::timestamptz from unnest($1::text[], $2::bytea[]);

-- name: advance_positions
insert into positions (cluster, topic, partition, next_offset)
select $1, * from unnest($2::text[], $3::int[], $4::bigint[])
on conflict (cluster, topic, partition) do update set next_offset = excluded.next_offset;

-- name: count_feeds
insert into feed_counts as old (feed, last_received_at, received, rejected)
select * from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[]) as new (feed) order by feed
on conflict (feed) do update set
    last_received_at = greatest(old.last_received_at, excluded.last_received_at),
    received = old.received + excluded.received, rejected = old.rejected + excluded.rejected;

-- name: positions
select topic, partition, next_offset from positions where cluster = $1;

-- name: forget_position
delete from positions where cluster = $1 and topic = $2 and partition = $3 and next_offset = $4;

-- name: take_due
-- Deadlines that fell due and nobody was told of; locked so that only one clockwork tells.
select d.task_id, d.kind, d.basis, d.amount, d.starts_at, d.due_at, d.why, d.supervision, t.incident_id
from deadlines d join tasks t on t.id = d.task_id
where d.fired_at is null and d.met_at is null and d.due_at <= $1
order by d.due_at limit $2 for update of d skip locked;

-- name: fire_deadlines
update deadlines set fired_at = $3
where (task_id, kind) in (select * from unnest($1::text[], $2::text[])) and fired_at is null;
