-- One attempt may be in two places: the first one counts.
SELECT *
FROM every_attempt
WHERE job = $1 AND ordinal = $2
ORDER BY attempt, place
