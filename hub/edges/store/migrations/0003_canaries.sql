-- The canary of each partition: sent by the relay, passed when a worker has committed the position behind it.
create table canaries (
    topic       text    not null,
    partition   integer not null,
    cluster     text    not null,
    next_offset bigint  not null,                -- the offset behind the canary
    sent_at     timestamptz not null,
    passed_at   timestamptz,
    stalled_at  timestamptz,                     -- since when the partition is known to stand still
    stalls      bigint  not null default 0,      -- how often it ever did
    restarts    integer not null default 0,      -- workers that started afresh for the present one
    primary key (topic, partition)
);
-- Which partitions each worker reads, so that one without a reader is found.
alter table workers add column reads text[] not null default '{}';
