-- Rejects and their raw messages.

-- name: page
select j.raw_id, j.part, j.feed, j.reason, j.field, j.message, j.source_id, j.rejected_at, j.replayed_at,
       m.source, m.content_type, octet_length(m.body) as size_bytes
from rejects j
left join raw_messages m on m.id = j.raw_id
where ($1::text is null or j.feed = $1)
  and ($2::text is null or j.reason = $2)
  and j.rejected_at >= $3
  and j.rejected_at <= $4
  and (j.rejected_at < $4 or (j.raw_id, j.part) > ($5, $6))
order by j.rejected_at desc, j.raw_id, j.part
limit $7;

-- name: of
select j.raw_id, j.part, j.feed, j.reason, j.field, j.message, j.source_id, j.rejected_at, j.replayed_at,
       m.source, m.content_type, octet_length(m.body) as size_bytes
from rejects j
left join raw_messages m on m.id = j.raw_id
where (j.feed = split_part($1, ':', 1) and j.source_id = substr($1, strpos($1, ':') + 1)) or j.raw_id::text = lower($1)
order by j.rejected_at desc, j.raw_id, j.part
limit $2;

-- name: raw
select m.id, m.feed, m.source, m.content_type, m.body, m.received_at
from raw_messages m
where m.id = $1 and exists (select from rejects j where j.raw_id = m.id);
