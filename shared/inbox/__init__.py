"""The inbox: an event of another service has its effect once, however often it is delivered."""
