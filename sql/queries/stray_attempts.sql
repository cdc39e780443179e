-- Reports that came after their instance had been archived. $1 how many
SELECT DISTINCT a.job, a.ordinal
FROM attempt AS a
WHERE NOT EXISTS (SELECT 1 FROM instance AS i WHERE i.job = a.job AND i.ordinal = a.ordinal)
    AND EXISTS (SELECT 1 FROM instance_period AS p WHERE p.job = a.job AND p.ordinal = a.ordinal)
LIMIT $1
