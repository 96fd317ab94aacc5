-- Drafts of rule authors: kept while they are written, so that a browser that dies loses nothing.

create table rule_drafts (
    id            uuid primary key,
    title         text        not null,
    base_version  text        not null,          -- the rulebook it was begun from, or last made live as
    opened_by     text        not null,
    opened_at     timestamptz not null,
    activated_at  timestamptz
);

create table rule_draft_files (
    draft_id   uuid        not null references rule_drafts (id) on delete cascade,
    file       text        not null,
    base       text,                             -- null: the file is new
    text       text,                             -- null: the file is taken away
    revision   integer     not null,             -- counts up with each saving; a saving names the one it saw
    changed_by text        not null,
    changed_at timestamptz not null,
    primary key (draft_id, file)
);
