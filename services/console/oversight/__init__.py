"""What was decided or told without the person's word: read by the guardian, who gives a word on it."""
