"""The kinds of faults."""

# Three ways to cut one connection.
CUTS = ("delay", "blackhole", "reset")
KINDS = ("kill", "freeze", *CUTS, "purge", "relay", "disk", "restore")
# While one of these lasts nothing else is broken and time does not jump: they affect the whole stack.
ALONE = ("disk", "restore")
