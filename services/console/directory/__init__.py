"""The directory as staff see it: where each service is written to and rung, and what is kept out of sight."""
