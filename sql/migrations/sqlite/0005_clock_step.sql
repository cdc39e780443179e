-- A forward step of the wall clock that nobody has confirmed yet: how far, and since when by the scheduler's time.
ALTER TABLE control ADD COLUMN clock_step_by_ms INTEGER;
ALTER TABLE control ADD COLUMN clock_step_since_ms INTEGER
    CHECK ((clock_step_by_ms IS NULL) = (clock_step_since_ms IS NULL));
