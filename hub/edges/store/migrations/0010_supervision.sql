-- Supervision: the steps of a clock and when the next of them is to be raised. What is written without a plan, as a
-- clock is that was passed on, waits for the clockwork to reckon it; clocks from before have none.
alter table deadlines add column supervision jsonb;      -- Supervision
alter table deadlines add column step_at timestamptz;
alter table deadlines alter column step_at set default '-infinity';
create index deadlines_steps on deadlines (step_at) where step_at is not null and met_at is null;
alter table tasks add column raised text;                -- the gravest that was raised for it
alter table incidents add column raised text;            -- the gravest of its tasks
