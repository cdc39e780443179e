-- The fence (P1): no row means that somebody else leads, or that the batch is not the next one. Time never runs back (P12).
-- $1 term, $2 batch, $3 the core's time
UPDATE leader
SET batch_seq = $2, now_ms = CASE WHEN $3 > now_ms THEN $3 ELSE now_ms END
WHERE one = 1 AND term = $1 AND batch_seq + 1 = $2
