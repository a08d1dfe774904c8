"""Finding and mending rows that are overdue or have lost their workflow."""
