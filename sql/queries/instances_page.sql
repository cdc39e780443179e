-- $1, $2 the last key of the page before, $3 how many
SELECT *
FROM instance
WHERE (ordinal, job) > ($1, $2)
ORDER BY ordinal, job
LIMIT $3
