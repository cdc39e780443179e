-- How a job writes its periods, kept for jobs that are gone: their instances are still asked for, and shown, by period.
-- Empty for jobs that went before this step.

ALTER TABLE job ADD COLUMN cycle text CHECK (cycle IN ('hour', 'day', 'week', 'month', 'year', 'none'));
ALTER TABLE job ADD COLUMN zone text;
COMMENT ON COLUMN job.cycle IS 'What its periods are, in the newest definition that had it';
COMMENT ON COLUMN job.zone IS 'The time zone of its periods there';
