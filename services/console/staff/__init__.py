"""Staff accounts and teams: who may sign in and what they are."""
