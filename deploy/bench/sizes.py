"""The sizes of each figure, and the limits."""

from dataclasses import dataclass

FIGURES = ("footprint", "board", "hop", "rung", "start")
"""In the order of measurement: the rungs move the practice clock, so no waiting workflows may exist before them."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of a run: every number is per round, and each side has `rounds` rounds in turn."""

    rounds: int = 5
    starts: int = 100
    at_once: int = 16
    referrals: int = 500
    hops: int = 100
    hop_pause_seconds: float = 0.05
    rows: int = 10_000
    requests: int = 500
    pages: int = 300
    idle_seconds: float = 10.0


# The limits. A ratio below 1 is a minimum, every other limit a maximum.
START_RATIO_AT_LEAST = 0.5
START_RATIO_GOAL = 0.6
RUNG_RATIO_AT_LEAST = 0.6
HOP_RATIO_AT_MOST = 5.0
BOARD_P99_MS_BELOW = 50.0
SERVICES_MB_BELOW = 600.0
READY_S_BELOW = 15.0
