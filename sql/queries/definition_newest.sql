SELECT * FROM definition ORDER BY version DESC LIMIT 1
