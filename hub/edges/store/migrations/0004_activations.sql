-- Which rulebook decides, since when, by whose hand and why: the highest number of a city is active.
create table activations (
    city    text        not null,                -- name of the city folder, HUB_CITY
    number  integer     not null,
    version text        not null references rulebooks (version),
    at      timestamptz not null default clock_timestamp(),  -- by this server's clock: workers are measured against it
    who     text        not null,
    why     text        not null,
    how     text        not null,                -- first, folder, draft, rollback
    primary key (city, number)
);
-- The version each decision was made by; null: decided before this was kept.
alter table reports add column rulebook_version text;
alter table report_revisions add column rulebook_version text;
alter table timeline add column rulebook_version text;
