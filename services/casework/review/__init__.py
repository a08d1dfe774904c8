"""Looking at the plan together on a cycle; signed in supervision, many at once."""
