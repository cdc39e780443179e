SELECT frozen, clock_step_by_ms, clock_step_since_ms
FROM control
WHERE one = 1
