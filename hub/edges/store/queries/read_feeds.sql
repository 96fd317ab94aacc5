-- How the feeds are doing.

-- name: counts
select feed, last_received_at, received, rejected from feed_counts;

-- name: oldest_waiting
select min(received_at) from raw_messages where settled_at is null;
