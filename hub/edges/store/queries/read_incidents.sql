-- Incidents as the API shows them. A null filter is no filter; `opened_at <= $9` lets the time index find the page.

-- name: page
select id, version, status, category, family, severity, title, address, district, grid, lon, lat, opened_at,
       last_report_at, updated_at, closed_at, report_count, feeds, lead_bureau, due_at, overdue, rulebook_version, mute, raised
from incidents i
where ($1::text[] is null or status = any ($1))
  and ($2::smallint[] is null or severity = any ($2))
  and ($3::text[] is null or category = any ($3))
  and ($4::text is null or district = $4)
  and ($5::text is null or exists (select from tasks t where t.incident_id = i.id and t.bureau = $5))
  and ($6::text is null or $6 = any (feeds))
  and ($7::boolean is null or overdue = $7)
  and opened_at >= $8
  and opened_at <= $9
  and (opened_at < $9 or id > $10)
order by opened_at desc, id
limit $11;

-- name: one
select id, version, status, category, family, severity, title, address, district, grid, lon, lat, opened_at,
       last_report_at, updated_at, closed_at, report_count, feeds, lead_bureau, due_at, overdue, rulebook_version, mute, raised
from incidents
where id = $1;

-- name: timeline
select version, n, at, kind, report_id, task_id, rulebook_version, why
from timeline
where incident_id = $1
order by version desc, n desc
limit $2;
