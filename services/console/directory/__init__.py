"""The directory as staff see it: the address and number of each service, and what is kept out of sight."""
