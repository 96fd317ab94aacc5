-- A report that joins an incident changes none of its indexed columns, so that PostgreSQL writes the new state beside
-- the old one and leaves every index alone (heap-only tuples); it needs some room on the page for that.
alter table incidents set (fillfactor = 75);
drop index incidents_live;
drop index incidents_changed;
create index incidents_live on incidents (opened_at)
    where status in ('open', 'dispatched', 'handling', 'verifying');
-- What ended: `closed_at` is the time of the last change of an incident that is not live any more.
create index incidents_ended on incidents (closed_at) where closed_at is not null;
-- What changed lately: every change of an incident has an entry in the timeline, and those come in the order of time.
create index timeline_by_time on timeline (at);
