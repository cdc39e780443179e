SELECT * FROM duration ORDER BY job
