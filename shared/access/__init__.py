"""Who may do what: roles, one deny-by-default table, team scope, bearer tokens."""
