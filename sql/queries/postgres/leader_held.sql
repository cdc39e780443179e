-- Who leads, and for how many milliseconds more unless the lease is renewed; NULL = nobody. Waits for nothing.
SELECT
    holder,
    term,
    lease_expires_at_ms - (extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM leader
WHERE one = 1
