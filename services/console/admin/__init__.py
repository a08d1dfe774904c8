"""Staff, roles and teams."""
