-- What perception patterns remember; a rulebook without patterns writes nothing here.

create table sightings (                         -- a report that counts for a pattern
    pattern     text        not null,
    report_id   text        not null,
    role        text        not null,
    spot        text        not null,            -- coarse cell, or district
    lon         double precision,
    lat         double precision,
    at          timestamptz not null,
    incident_id text        not null,
    firing      text,                            -- what used it up
    seen_at     timestamptz not null,
    primary key (report_id, pattern, role)
);
create index sightings_near on sightings (pattern, spot, at) where firing is null;
create index sightings_by_age on sightings (seen_at);

create table firings (                           -- a pattern that came true at one place and time
    id        text primary key,
    pattern   text        not null,
    spot      text        not null,              -- coarse cell, district, or feed
    lon       double precision,
    lat       double precision,
    began_at  timestamptz not null,
    last_at   timestamptz not null,
    incidents text[]      not null,
    opened    text,
    seen_at   timestamptz not null
);
create index firings_near on firings (pattern, spot, last_at);
create index firings_by_age on firings (seen_at);

create table warned_areas (                      -- what a warning covers, and for how long
    pattern    text        not null,
    report_id  text        not null,
    from_at    timestamptz not null,
    until_at   timestamptz not null,
    districts  text[]      not null,
    whole_city boolean     not null,
    outline    jsonb       not null,
    primary key (pattern, report_id)
);
create index warned_areas_in_force on warned_areas (pattern, until_at);
