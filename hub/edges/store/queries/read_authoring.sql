-- What a rule author asks of the past.

-- name: file_through_time
-- One file of the newest rulebooks.
select version, loaded_at, files ->> $1 as text
from rulebooks
order by loaded_at desc, version
limit $2;

-- name: decided
-- Incidents that a rule had a part in, among those that changed last: so many are looked at and no more, whatever the
-- rule. `$1` holds `stage rule` pairs, `$2` rules of any stage.
with recent as materialized (
    select id, title, status, severity, opened_at, updated_at
    from incidents
    where id in (select incident_id from timeline order by at desc limit $3::bigint * 4)  -- its index has the time
    order by updated_at desc
    limit $3
), hits as (
    select t.incident_id, max(t.at) as at
    from recent r
    join timeline t on t.incident_id = r.id
    where exists (
        select from jsonb_array_elements(t.why) as w
        where (w ->> 'stage') || ' ' || (w ->> 'rule') = any ($1::text[]) or w ->> 'rule' = any ($2::text[])
    )
    group by t.incident_id
)
select r.id, r.title, r.status, r.severity, h.at,
       count(*) filter (where h.at >= $4) over () as lately,
       (select count(*) from recent) as looked_at,
       (select min(updated_at) from recent) as since
from hits h
join recent r on r.id = h.incident_id
order by h.at desc, r.id
limit $5;

-- name: looked_at
-- How far such a look reaches when it finds nothing.
select count(*) as looked_at, min(updated_at) as since
from (
    select updated_at
    from incidents
    where id in (select incident_id from timeline order by at desc limit $1::bigint * 4)
    order by updated_at desc
    limit $1
) as recent;
