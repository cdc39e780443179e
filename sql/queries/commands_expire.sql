-- $1 given before, $2 how many
DELETE FROM command
WHERE seq IN (SELECT seq FROM command WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)
