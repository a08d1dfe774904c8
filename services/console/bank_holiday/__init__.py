"""Bank holidays: those built in, those an administrator has added, and what a change recalculates."""
