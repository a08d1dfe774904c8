"""What is owed after an ending or a failure; it stays until somebody records a next step."""
