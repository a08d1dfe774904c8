"""The state of an account in its teams, and what it leaves behind."""
