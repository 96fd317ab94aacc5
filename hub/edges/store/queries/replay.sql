-- Sending a raw message round again. Deciding it anew replaces its rejects.

-- name: mark_replayed
update rejects set replayed_at = $2 where raw_id = $1;

-- name: unsettle
update raw_messages
set settled_at = null, published_at = null, published_to = null, publications = 0, replays = replays + 1
where id = $1;

-- name: tell_raw
select pg_notify('hub_raw', '');
