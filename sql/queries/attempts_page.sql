-- The current attempts of what holds slots. CROSS JOIN keeps the order of the loops: one pass over the instances.
-- $1, $2 the last key of the page before, $3 how many
SELECT a.*
FROM instance AS i
CROSS JOIN attempt AS a
WHERE (i.ordinal, i.job) > ($1, $2)
    AND i.state IN ('dispatched', 'running', 'killing', 'suspected', 'unknown')
    AND a.ordinal = i.ordinal
    AND a.job = i.job
    AND a.attempt = i.attempt
ORDER BY i.ordinal, i.job
LIMIT $3
