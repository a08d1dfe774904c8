"""What an agency sees: no account, no name, no "he"."""
