"""The name by which services see the signed-in worker."""
