-- Moves of a task. Clocks are locked before their incident, in the order in which the clockwork does it.

-- name: incident_of_task
select incident_id from tasks where id = $1;

-- name: lock_clocks
select d.task_id from deadlines d join tasks t on t.id = d.task_id
where t.incident_id = $1 order by d.task_id, d.kind for update of d;

-- name: lock_incident
select * from incidents where id = $1 for update;

-- name: incident
select * from incidents where id = $1;

-- name: tasks
select id, incident_id, bureau, role, status, offered_at, why, version, progress from tasks
where incident_id = $1 order by length(id), id;

-- name: clocks
select d.task_id, d.kind, d.basis, d.amount, d.starts_at, d.due_at, d.why, d.met_at, d.fired_at,
       d.used_seconds, d.extra_seconds, coalesce(d.counted_from, d.starts_at) as counted_from
from deadlines d join tasks t on t.id = d.task_id
where t.incident_id = $1 order by d.task_id, d.kind;

-- name: made
select digest, made from moves where task_id = $1 and key = $2;

-- name: write_made
insert into moves (task_id, key, digest, made, at) values ($1, $2, $3, $4, $5);

-- name: write_task
insert into tasks (id, incident_id, bureau, role, status, offered_at, why, version, progress)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (id) do update set status = excluded.status, version = excluded.version, progress = excluded.progress;

-- name: write_clock
insert into deadlines (task_id, kind, basis, amount, starts_at, due_at, why, met_at, fired_at, used_seconds,
                       extra_seconds, counted_from)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (task_id, kind) do update set
    due_at = excluded.due_at, why = excluded.why, met_at = excluded.met_at, fired_at = excluded.fired_at,
    used_seconds = excluded.used_seconds, extra_seconds = excluded.extra_seconds, counted_from = excluded.counted_from,
    step_at = default;   -- its steps are reckoned anew by the clockwork
