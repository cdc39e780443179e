-- $1 term, $2 its last batch, $3 the lease in milliseconds
UPDATE leader
SET lease_expires_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $3
WHERE one = 1 AND term = $1 AND batch_seq = $2 AND lease_expires_at_ms IS NOT NULL
