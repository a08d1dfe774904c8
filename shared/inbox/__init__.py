"""A fact of another service has its effect once, however often it is delivered."""
