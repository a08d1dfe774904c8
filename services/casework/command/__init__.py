"""Commands on a row of the board."""
