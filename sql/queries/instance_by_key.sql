-- The running tables win over the archive.
SELECT *
FROM every_instance
WHERE job = $1 AND ordinal = $2
ORDER BY place
LIMIT 1
