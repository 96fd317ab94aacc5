-- The spine: what a source sent, what it became, what was decided, and what still has to leave.

create table raw_messages (
    id            uuid primary key,
    feed          text        not null,
    source        text        not null,
    content_type  text        not null,
    body          bytea       not null,
    received_at   timestamptz not null,
    published_at  timestamptz,
    published_to  text,                          -- cluster id of the broker that has it
    publications  integer     not null default 0,
    replays       integer     not null default 0,
    settled_at    timestamptz                    -- set by the decision's transaction
);
create index raw_messages_unsettled on raw_messages (received_at) where settled_at is null;
create index raw_messages_unpublished on raw_messages (received_at, id) where settled_at is null and published_at is null;
create index raw_messages_by_time on raw_messages (received_at desc);

create table reports (
    report_id    text primary key,               -- feed:source_id
    feed         text        not null,
    source_id    text        not null,
    revision     integer     not null,
    raw_id       uuid        not null,
    digest       bytea       not null,           -- of the report's content, without raw_id and received_at
    incident_id  text,                           -- null: a test message
    occurred_at  timestamptz not null,
    updated_at   timestamptz,
    received_at  timestamptz not null,
    category     text        not null,
    district     text,
    document     jsonb       not null            -- LocatedReport without the petitioner
);
create index reports_of_incident on reports (incident_id);
create index reports_by_time on reports (received_at desc, report_id);

create table petitioners (                       -- personal data apart, read only by who may
    report_id text primary key,
    name      text    not null,
    phone     text    not null,
    secret    boolean not null
);

create table report_revisions (                  -- what a newer revision replaced, and late older ones
    report_id text        not null,
    revision  integer     not null,
    raw_id    uuid        not null,
    filed_at  timestamptz not null,
    stale     boolean     not null,              -- arrived after a newer one
    document  jsonb       not null,
    primary key (report_id, revision, raw_id)
);

create table rejects (
    raw_id      uuid        not null,
    part        integer     not null,
    feed        text        not null,
    reason      text        not null,
    field       text        not null,
    message     text        not null,
    source_id   text,
    rejected_at timestamptz not null,
    replayed_at timestamptz,                     -- last replay asked for
    primary key (raw_id, part)
);
create index rejects_by_time on rejects (rejected_at desc, raw_id, part);

create table incidents (
    id               text primary key,
    version          integer     not null,
    status           text        not null,
    category         text        not null,
    family           text        not null,
    severity         smallint    not null,
    title            text        not null,
    address          text        not null,
    address_key      text        not null,
    district         text,
    grid             text,
    lon              double precision,
    lat              double precision,
    cell             bigint,
    opened_at        timestamptz not null,
    last_report_at   timestamptz not null,
    updated_at       timestamptz not null,
    closed_at        timestamptz,
    report_count     integer     not null,
    feeds            text[]      not null,
    words            text[]      not null,
    lead_bureau      text,
    due_at           timestamptz,
    overdue          boolean     not null,
    rulebook_version text        not null
);
create index incidents_near on incidents (family, cell)
    where cell is not null and status in ('open', 'dispatched', 'handling', 'verifying');
create index incidents_at_address on incidents (family, address_key)
    where address_key <> '' and status in ('open', 'dispatched', 'handling', 'verifying');
create index incidents_live on incidents (severity, updated_at desc)
    where status in ('open', 'dispatched', 'handling', 'verifying');
create index incidents_by_time on incidents (opened_at desc, id);
create index incidents_changed on incidents (updated_at);

create table tasks (
    id          text primary key,
    incident_id text        not null references incidents (id),
    bureau      text        not null,
    role        text        not null,
    status      text        not null,
    offered_at  timestamptz not null,
    why         jsonb       not null
);
create index tasks_of_incident on tasks (incident_id);
create index tasks_of_bureau on tasks (bureau, offered_at desc, id);
create index tasks_by_time on tasks (offered_at desc, id);

create table deadlines (
    task_id   text             not null references tasks (id),
    kind      text             not null,
    basis     text             not null,
    amount    double precision not null,
    starts_at timestamptz      not null,
    due_at    timestamptz      not null,
    why       jsonb            not null,
    met_at    timestamptz,
    fired_at  timestamptz,                       -- clockwork told everyone that it fell due
    primary key (task_id, kind)
);
create index deadlines_running on deadlines (due_at) where fired_at is null and met_at is null;

create table timeline (
    incident_id text        not null,
    version     integer     not null,
    n           integer     not null,
    at          timestamptz not null,
    kind        text        not null,
    report_id   text,
    task_id     text,
    why         jsonb       not null,
    primary key (incident_id, version, n)
);

create table positions (                         -- how far each partition is decided; written with the decision
    cluster     text   not null,
    topic       text   not null,
    partition   integer not null,
    next_offset bigint not null,
    primary key (cluster, topic, partition)
);

create table outbox (                            -- changes that still have to reach Kafka
    seq         bigint generated always as identity primary key,
    key         text        not null,
    payload     bytea       not null,            -- Change as JSON
    created_at  timestamptz not null
);

create table feed_counts (
    feed             text primary key,
    last_received_at timestamptz,
    received         bigint not null default 0,
    rejected         bigint not null default 0
);

create table rulebooks (                         -- the text behind every rulebook_version
    version   text primary key,
    city      text        not null,
    files     jsonb       not null,
    loaded_at timestamptz not null
);

create table workers (                           -- who takes messages now; a row that is not renewed is a dead worker
    id               text primary key,
    rulebook_version text        not null,
    partitions       integer     not null,
    started_at       timestamptz not null,
    seen_at          timestamptz not null
);
