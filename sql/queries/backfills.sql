SELECT * FROM backfill ORDER BY command
