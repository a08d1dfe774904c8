"""Finding and mending what sleeps too long or has lost its workflow."""
