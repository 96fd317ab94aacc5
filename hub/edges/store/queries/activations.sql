-- Which rulebook decides, and which did.

-- name: active
select * from activations where city = $1 order by number desc limit 1;

-- name: history
select * from activations where city = $1 and number <= $2 order by number desc limit $3;

-- name: of_version
select * from activations where city = $1 and version = $2 order by number desc limit $3;

-- name: like_version
select version from rulebooks where starts_with(version, $1) order by version limit 10;

-- name: texts
select version, city, files, loaded_at from rulebooks where version = $1;

-- name: lock
-- One activation after another: whoever comes second sees what the first has done.
select pg_advisory_xact_lock(hashtextextended('activation of ' || $1, 0));

-- name: keep_texts
insert into rulebooks (version, city, files, loaded_at) values ($1, $2, $3, clock_timestamp())
on conflict (version) do nothing;

-- name: activate
insert into activations (city, number, version, who, why, how)
select $1::text, coalesce(max(number), 0) + 1, $2::text, $3::text, $4::text, $5::text from activations where city = $1
returning *;

-- name: replaced_too_long_ago
-- Null: it is the active one.
select min(at) + make_interval(secs => $3) < clock_timestamp() from activations where city = $1 and number > $2;
