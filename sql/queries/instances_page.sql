-- $1, $2 the last key of the page before, $3 how many
SELECT *
FROM instance
WHERE (job, ordinal) > ($1, $2)
ORDER BY job, ordinal
LIMIT $3
