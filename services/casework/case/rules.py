"""The stages of a case and how they change: pure."""

from typing import Final, Literal, get_args

Stage = Literal["waiting", "engaging", "planned", "stepping_down", "on_hold", "lost_contact", "said_no", "closed"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

ClosingReason = Literal["goals_met", "handed_over", "moved_away", "said_no", "died", "opened_in_error"]

# Stages that interrupt the work and record the stage before them.
BESIDE: Final[frozenset[str]] = frozenset({"on_hold", "lost_contact", "said_no"})


def stage_of_plan(template: str, phase: str) -> Stage:
    """Return the stage of a case with an open plan in this phase."""
    if phase == "engaging":
        return "engaging"
    return "stepping_down" if phase == "transfer_of_care" else "planned"


def interrupted(stage: str, returns_to: str | None) -> str:
    """Return the stage to which a case returns when it is interrupted now; one interruption may follow another."""
    return (returns_to or "engaging") if stage in BESIDE else stage


def returning(returns_to: str | None, has_worker: bool) -> str:
    """Return the stage in which an interrupted case goes on. A case without a worker waits."""
    if not has_worker:
        return "waiting"
    return returns_to if returns_to and returns_to != "waiting" else "engaging"
