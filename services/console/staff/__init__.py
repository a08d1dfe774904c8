"""Staff accounts and teams: who may sign in, and their roles."""
