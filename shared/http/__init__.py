"""The HTTP layer of every service: one order of checks, one shape of errors, one transaction per request."""
