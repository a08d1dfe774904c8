"""Pages that only a practice stack has: its clock can be moved forward."""
