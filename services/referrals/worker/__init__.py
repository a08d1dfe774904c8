"""Who works with a person now, and under which name services know them."""
