SELECT * FROM command WHERE id = $1
