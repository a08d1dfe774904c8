"""The stages of a case and who may have how many: pure."""

from typing import Final, Literal, get_args

Stage = Literal["waiting", "engaging", "planned", "stepping_down", "on_hold", "lost_contact", "said_no", "closed"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

ClosingReason = Literal["goals_met", "handed_over", "moved_away", "said_no", "died", "opened_in_error"]

# Stages that interrupt the work and remember where it was.
BESIDE: Final[frozenset[str]] = frozenset({"on_hold", "lost_contact", "said_no"})


def stage_of_plan(template: str, phase: str) -> Stage:
    """Where an open plan puts its case."""
    if phase == "engaging":
        return "engaging"
    return "stepping_down" if phase == "transfer_of_care" else "planned"


def interrupted(stage: str, returns_to: str | None) -> str:
    """Where the case goes back to when it is interrupted now; one interruption may follow another."""
    return (returns_to or "engaging") if stage in BESIDE else stage


def returning(returns_to: str | None, has_worker: bool) -> str:
    """Where an interrupted case goes on. Nobody works with a case that has no worker: it waits."""
    if not has_worker:
        return "waiting"
    return returns_to if returns_to and returns_to != "waiting" else "engaging"
