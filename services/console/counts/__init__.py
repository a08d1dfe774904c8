"""Counted, not recorded: one press adds one, and nothing is known but the number of a team's year."""
