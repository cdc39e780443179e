SELECT frozen
FROM control
WHERE one = 1
