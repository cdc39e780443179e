-- A new term, whoever leads: as in SQLite, and with a lease.
-- $1 who leads now, for people, $2 the lease in milliseconds
UPDATE leader
SET term = term + 1,
    batch_seq = 0,
    holder = $1,
    lease_expires_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $2
WHERE one = 1
RETURNING term, batch_seq, now_ms
