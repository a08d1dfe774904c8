"""One plan: goals, what it waits for, its past and future."""
