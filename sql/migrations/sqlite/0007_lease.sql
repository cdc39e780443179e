-- Until when a leader of several schedulers leads. Always empty here: who holds the folder's lock leads.
ALTER TABLE leader ADD COLUMN lease_expires_at_ms INTEGER;
