-- A forward step of the wall clock that nobody has confirmed yet.
ALTER TABLE control ADD COLUMN clock_step_by_ms bigint;
ALTER TABLE control ADD COLUMN clock_step_since_ms bigint
    CHECK ((clock_step_by_ms IS NULL) = (clock_step_since_ms IS NULL));
COMMENT ON COLUMN control.clock_step_by_ms IS 'How far the wall clock is ahead, unconfirmed';
COMMENT ON COLUMN control.clock_step_since_ms IS 'Since when, by the scheduler''s time';
