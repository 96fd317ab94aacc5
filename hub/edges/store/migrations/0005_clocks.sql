-- Mutes: what holds the dispatch of an incident back, as the decision wrote it, and until when.
alter table incidents add column mute jsonb;
alter table incidents add column muted_until timestamptz;
create index incidents_muted on incidents (muted_until) where mute is not null and status = 'open';
