SELECT term, batch_seq, now_ms
FROM leader
WHERE one = 1
