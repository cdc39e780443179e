-- $1 archived before, $2 how many
SELECT job, ordinal
FROM instance_history
WHERE archived_at_ms < $1
ORDER BY archived_at_ms
LIMIT $2
