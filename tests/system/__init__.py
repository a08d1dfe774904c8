"""The whole stack, really run and really killed."""
