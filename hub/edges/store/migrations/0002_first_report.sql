-- How long an incident has been told of: fusion may limit the time from its first report to its last.
alter table incidents add column first_report_at timestamptz not null default current_timestamp;
update incidents set first_report_at = least(opened_at, last_report_at);
