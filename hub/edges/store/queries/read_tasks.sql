-- Tasks with a line of their incident.

-- name: page
select t.id, t.incident_id, t.bureau, t.role, t.status, t.offered_at, t.why, t.raised,
       i.title as incident_title, i.severity as incident_severity, i.district as incident_district
from tasks t
join incidents i on i.id = t.incident_id
where ($1::text[] is null or t.status = any ($1))
  and ($2::text is null or t.bureau = $2)
  and ($3::text is null or t.incident_id = $3)
  and ($4::text is null or t.role = $4)
  and ($5::boolean is null or $5 = exists (
        select from deadlines d where d.task_id = t.id and d.met_at is null and d.due_at < $6))
  and t.offered_at >= $7
  and t.offered_at <= $8
  and (t.offered_at < $8 or t.id > $9)
order by t.offered_at desc, t.id
limit $10;

-- name: of_incident
select t.id, t.incident_id, t.bureau, t.role, t.status, t.offered_at, t.why, t.raised,
       i.title as incident_title, i.severity as incident_severity, i.district as incident_district
from tasks t
join incidents i on i.id = t.incident_id
where t.incident_id = $1
order by t.id
limit $2;

-- name: one
select t.id, t.incident_id, t.bureau, t.role, t.status, t.offered_at, t.why, t.raised,
       i.title as incident_title, i.severity as incident_severity, i.district as incident_district
from tasks t
join incidents i on i.id = t.incident_id
where t.id = $1;

-- name: deadlines
select task_id, kind, basis, amount, starts_at, due_at, met_at, fired_at, why, supervision
from deadlines
where task_id = any ($1::text[])
order by task_id, due_at, kind;
