"""What only a practice stack has: its time moves on at a press."""
