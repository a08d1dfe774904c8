"""PostgreSQL, the system of record: one database per service, sessions that need an actor, the platform tables."""
