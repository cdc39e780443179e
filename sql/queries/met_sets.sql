SELECT * FROM met_set ORDER BY job
