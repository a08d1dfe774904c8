"""Notes that were written by mistake."""
