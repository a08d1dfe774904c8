"""Show an administrator what is still to be set up."""
