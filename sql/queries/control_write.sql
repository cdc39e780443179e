-- $1 by whom and why it is frozen, or NULL
UPDATE control
SET frozen = $1
WHERE one = 1
