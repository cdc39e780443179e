-- A new term: one more than any before, with batch 0.
-- $1 who leads now, for people
UPDATE leader
SET term = term + 1, batch_seq = 0, holder = $1
WHERE one = 1
