SELECT version, at_ms, who, why FROM definition ORDER BY version DESC LIMIT $1
