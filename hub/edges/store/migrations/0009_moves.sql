-- The life of a task: how far it is, what its clocks have counted, and which moves were asked for before.
alter table tasks
    add column version  integer not null default 1,
    add column progress jsonb   not null default '{}';   -- Progress

alter table deadlines
    add column used_seconds  double precision not null default 0,
    add column extra_seconds double precision not null default 0,
    add column counted_from  timestamptz;                -- null: from starts_at on

create table moves (                                     -- the same key again gets the same answer
    task_id text        not null references tasks (id),
    key     text        not null,
    digest  bytea       not null,                        -- of what was asked for, and by whom
    made    jsonb       not null,                        -- MoveMade
    at      timestamptz not null,
    primary key (task_id, key)
);
