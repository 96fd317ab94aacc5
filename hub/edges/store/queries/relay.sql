-- name: land
insert into raw_messages (id, feed, source, content_type, body, received_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
on conflict (id) do nothing;

-- name: raw
select id, feed, source, content_type, body, received_at from raw_messages where id = $1;

-- name: lead
-- One relay of a kind at a time; the lock goes with the connection, so a dead relay frees it.
select pg_try_advisory_lock($1);

-- name: unpublished
select id, feed, source, content_type, case when length(body) <= $2 then body end as body, received_at
from raw_messages where settled_at is null and published_at is null order by received_at, id limit $1;

-- name: published
update raw_messages set published_at = $2, published_to = $3, publications = publications + 1 where id = any($1::uuid[]);

-- name: publish_again
-- What another life of the broker took with it, and what nobody settled for long: doubling from two minutes.
update raw_messages set published_at = null
where settled_at is null and published_at is not null
  and (published_to is distinct from $1
       or published_at < $2::timestamptz - interval '2 minutes' * power(2, least(publications - 1, 10)));

-- name: publish_overtaken_again
-- What a canary overtook in every partition of its feed did not get through: doubling from ten seconds.
update raw_messages m set published_at = null
from (select topic, min(sent_at) as at from canaries where cluster = $1
      group by topic having bool_and(passed_at is not null)) as passed
where 'feed.' || m.feed = passed.topic and m.settled_at is null and m.published_at < passed.at
  and m.published_at < $2::timestamptz - interval '10 seconds' * power(2, least(m.publications - 1, 10));

-- name: waiting_changes
select seq, key, payload from outbox order by seq limit $1;

-- name: changes_sent
delete from outbox where seq = any($1::bigint[]);

-- name: waiting
select (select count(*) from outbox) as changes,
       (select count(*) from raw_messages where settled_at is null) as raw;
