SELECT * FROM definition WHERE version = $1
