"""Access control: roles, one deny-by-default table, team scope, bearer tokens."""
