-- $1 term
UPDATE leader
SET lease_expires_at_ms = NULL
WHERE one = 1 AND term = $1
