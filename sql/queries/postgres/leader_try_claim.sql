-- A new term if nobody leads by the database's clock. Waits for a batch under way, and looks again when that has ended.
-- $1 who leads now, for people, $2 the lease in milliseconds
UPDATE leader
SET term = term + 1,
    batch_seq = 0,
    holder = $1,
    lease_expires_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $2
WHERE one = 1
    AND coalesce(lease_expires_at_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint, TRUE)
RETURNING term, batch_seq, now_ms
