-- Waits for a batch under way, unlike SQLite, where there can be none: a COMMIT whose answer was lost may still be at work in its old
-- session, and what is read before that has ended would not be the truth (P2).
SELECT term, batch_seq, now_ms
FROM leader
WHERE one = 1
FOR SHARE
