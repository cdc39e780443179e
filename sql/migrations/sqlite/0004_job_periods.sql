-- How a job writes its periods, kept for jobs that are gone: their instances are still asked for, and shown, by period.
-- Empty for jobs that went before this step.

ALTER TABLE job ADD COLUMN cycle TEXT
    CHECK (cycle IN ('hour', 'day', 'week', 'month', 'year', 'none'));
ALTER TABLE job ADD COLUMN zone TEXT;
