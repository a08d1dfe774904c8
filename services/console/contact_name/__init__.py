"""The name by which services see whoever is signed in."""
