-- Until when a leader of several schedulers leads, by the database's clock. Empty: nobody does, and whoever asks may begin a term.
ALTER TABLE leader ADD COLUMN lease_expires_at_ms bigint;
COMMENT ON COLUMN leader.lease_expires_at_ms IS 'Until when the holder leads, by the database''s clock; empty = nobody does';
