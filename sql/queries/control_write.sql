-- $1 by whom and why it is frozen, or NULL; $2 and $3 how far and since when the clock is in doubt, or NULL
UPDATE control
SET frozen = $1, clock_step_by_ms = $2, clock_step_since_ms = $3
WHERE one = 1
