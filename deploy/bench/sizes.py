"""The sizes of each figure, and the limits."""

from dataclasses import dataclass

FIGURES = ("footprint", "board", "hop", "permit", "rung", "start")
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
    permits: int = 200
    rows: int = 10_000
    all_rows: int = 1_000_000
    teams: int = 400
    requests: int = 500
    pages: int = 300
    idle_seconds: float = 10.0


# The limits. A ratio below 1 is a minimum, every other limit a maximum.
START_RATIO_AT_LEAST = 0.75
START_RATIO_GOAL = 0.85
RUNG_RATIO_AT_LEAST = 0.7
RUNG_RATIO_GOAL = 0.85
STEP_CPU_MS_AT_MOST = 32.0
HOP_RATIO_AT_MOST = 4.0
PERMIT_MS_AT_MOST = 5.0
BOARD_P99_MS_AT_MOST = 15.0
BOARD_PAGE_P99_MS_AT_MOST = 60.0
BOARD_ALL_P99_MS_AT_MOST = 50.0
SERVICES_MB_AT_MOST = 500.0
READY_S_AT_MOST = 5.5
