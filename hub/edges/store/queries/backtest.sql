-- The reports of the past in the order in which they came, for replaying them.

-- name: count
select (select count(*) from reports where received_at >= $1 and received_at < $2)
     + (select count(*) from report_revisions
        where filed_at >= $1 and (document -> 'report' ->> 'received_at')::timestamptz >= $1
          and (document -> 'report' ->> 'received_at')::timestamptz < $2);

-- name: since_newest
-- From when on the newest records are at most so many; revisions of that time come on top.
select received_at from reports where received_at >= $1 and received_at < $2 order by received_at desc offset $3 limit 1;

-- name: reports
select received_at, document::text as document
from reports
where received_at >= $1 and received_at < $2
order by received_at, report_id;

-- name: revisions
-- What was replaced or came late is kept later than it came in.
select received_at, document::text as document
from (
    select (document -> 'report' ->> 'received_at')::timestamptz as received_at, report_id, revision, document
    from report_revisions
    where filed_at >= $1
) as earlier
where received_at >= $1 and received_at < $2
order by received_at, report_id, revision;
