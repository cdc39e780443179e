-- $1, $2, $3 the last key of the page before, $4 how many
SELECT *
FROM arrival
WHERE (ordinal, job, delivery) > ($1, $2, $3)
ORDER BY ordinal, job, delivery
LIMIT $4
