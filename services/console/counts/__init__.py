"""Counted, not recorded: one press adds one, and only the number of a team's year is known."""
