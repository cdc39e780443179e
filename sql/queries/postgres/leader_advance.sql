-- The fence (P1), as in SQLite, and the lease with it: here several schedulers may ask, and who has given its term up writes no more.
-- $1 term, $2 batch, $3 the core's time, $4 the lease in milliseconds
UPDATE leader
SET batch_seq = $2,
    now_ms = CASE WHEN $3 > now_ms THEN $3 ELSE now_ms END,
    lease_expires_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $4
WHERE one = 1 AND term = $1 AND batch_seq + 1 = $2 AND lease_expires_at_ms IS NOT NULL
