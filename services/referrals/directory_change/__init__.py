"""Changes of the directory: by hand, by a feed, and by a date that passes."""
