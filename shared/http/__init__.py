"""How every service speaks HTTP: one order of checks, one shape of errors, one transaction per request."""
