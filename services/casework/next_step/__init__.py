"""What is owed after an ending or a failure; it stays until somebody records one."""
