-- $1, $2, $3 the last key of the page before, $4 how many
SELECT *
FROM arrival
WHERE (job, ordinal, delivery) > ($1, $2, $3)
ORDER BY job, ordinal, delivery
LIMIT $4
