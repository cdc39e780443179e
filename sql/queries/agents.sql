SELECT * FROM agent ORDER BY name
