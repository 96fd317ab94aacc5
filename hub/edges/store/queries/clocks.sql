-- What the clockwork asks for once a second. Each look is a look into a partial index that holds only what waits.

-- name: take_muted
-- Muted incidents whose mute is over, or was last confirmed by another rulebook; locked, so that only one clockwork
-- decides on each.
select * from incidents
where mute is not null and status = 'open' and (muted_until <= $1 or mute->>'rulebook_version' <> $2)
order by muted_until limit $3 for update skip locked;

-- name: confirm_mutes
-- They stay muted by this rulebook. Nothing of theirs has changed, so their version has not either.
update incidents set mute = jsonb_set(mute, '{rulebook_version}', to_jsonb($2::text))
where id = any($1::text[]) and mute is not null;

-- name: take_steps
-- Clocks with a step that is to be raised, or with none reckoned yet; locked, so that only one clockwork raises it.
select d.task_id, d.kind, d.basis, d.amount, d.starts_at, d.due_at, d.why, d.supervision,
       d.step_at = '-infinity' as afresh, nullif(d.step_at, '-infinity') as step_at,
       t.incident_id, t.bureau, t.why as task_why, t.raised
from deadlines d join tasks t on t.id = d.task_id
where d.met_at is null and d.step_at <= $1
order by d.step_at limit $2 for update of d skip locked;

-- name: write_steps
update deadlines set supervision = new.supervision::jsonb, step_at = new.step_at
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as new (task_id, kind, supervision, step_at)
where deadlines.task_id = new.task_id and deadlines.kind = new.kind;

-- name: write_raised
update tasks set raised = new.raised from unnest($1::text[], $2::text[]) as new (id, raised)
where tasks.id = new.id and tasks.raised is distinct from new.raised;

-- name: incidents
select * from incidents where id = any($1::text[]);
