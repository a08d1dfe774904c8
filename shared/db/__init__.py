"""PostgreSQL, the truth: one database per service, sessions that need an actor, the tables every service has."""
