"""People: finding, registering, one person's file."""
