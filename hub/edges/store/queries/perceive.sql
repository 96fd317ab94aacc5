-- name: sightings
-- What no firing has used up, where and when the batch may meet it: one look into the index a spot.
select near.* from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     as look (pattern, spot, since, until)
cross join lateral (
    select * from sightings
    where pattern = look.pattern and spot = look.spot and at between look.since and look.until and firing is null
    order by at desc limit $5
) as near;

-- name: seen_before
-- The batch's own reports, should one come as new for a second time.
select * from sightings where report_id = any($1::text[]);

-- name: firings
select near.* from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     as look (pattern, spot, since, until)
cross join lateral (
    select * from firings
    where pattern = look.pattern and spot = look.spot and last_at >= look.since and began_at <= look.until
    order by last_at desc limit $5
) as near;

-- name: areas
select area.* from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as look (pattern, since, until)
cross join lateral (
    select * from warned_areas
    where pattern = look.pattern and until_at >= look.since and from_at <= look.until
    order by until_at desc limit $4
) as area;

-- name: silences
-- The latest silence of each feed by each pattern.
select last.* from unnest($1::text[], $2::text[]) as look (pattern, spot)
cross join lateral (
    select * from firings where pattern = look.pattern and spot = look.spot order by began_at desc limit 1
) as last;

-- name: lock_silences
-- One worker at a time listens; the others see what it found.
select pg_advisory_xact_lock($1);

-- name: heard
select feed, last_received_at from feed_counts where last_received_at is not null;

-- name: withdraw
delete from sightings where report_id = any($1::text[]);

-- name: write_sightings
insert into sightings (pattern, report_id, role, spot, lon, lat, at, incident_id, firing, seen_at)
select pattern, report_id, role, spot, lon, lat, at, incident_id, firing, $2
from json_populate_recordset(null::sightings, $1::json)
on conflict (report_id, pattern, role) do update set firing = excluded.firing;

-- name: write_firings
insert into firings as old (id, pattern, spot, lon, lat, began_at, last_at, incidents, opened, seen_at)
select id, pattern, spot, lon, lat, began_at, last_at, incidents, opened, $2
from json_populate_recordset(null::firings, $1::json)
on conflict (id) do update set began_at = excluded.began_at, last_at = excluded.last_at,
    incidents = excluded.incidents, opened = coalesce(old.opened, excluded.opened), seen_at = excluded.seen_at;

-- name: write_areas
insert into warned_areas (pattern, report_id, from_at, until_at, districts, whole_city, outline)
select pattern, report_id, from_at, until_at, districts, whole_city, outline
from json_populate_recordset(null::warned_areas, $1::json)
on conflict (pattern, report_id) do update set from_at = excluded.from_at, until_at = excluded.until_at,
    districts = excluded.districts, whole_city = excluded.whole_city, outline = excluded.outline;

-- name: forget
-- What no look reaches any more; a little at a time, so that nobody waits for it.
with old_sightings as (
    delete from sightings where (report_id, pattern, role) in (
        select report_id, pattern, role from sightings where seen_at < $1 order by seen_at limit $2)
), old_firings as (
    delete from firings where id in (select id from firings where seen_at < $1 order by seen_at limit $2)
)
delete from warned_areas where until_at < $1;
