"""The kinds of faults there are."""

# One connection, in three ways.
CUTS = ("delay", "blackhole", "reset")
KINDS = ("kill", "freeze", *CUTS, "purge", "relay", "disk", "restore")
# Beside these nothing else is broken, and no time jumps: they take the stack as a whole.
ALONE = ("disk", "restore")
