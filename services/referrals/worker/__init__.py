"""Who works with a person now, and by which name services see them."""
