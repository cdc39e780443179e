-- One delivery may be in two places: the first one counts.
SELECT *
FROM every_arrival
WHERE job = $1 AND ordinal = $2
ORDER BY delivery, place
