"""Striking a note that was written by mistake."""
