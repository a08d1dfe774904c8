"""Ladders and clocks: what we do if nobody answers."""
