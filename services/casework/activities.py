"""The activities of casework's workflows."""

from collections.abc import Callable, Sequence
from typing import Any

from services.casework.board.activities import BoardActivities
from services.casework.plan.activities import PlanActivities
from services.casework.task.sweep import SweepActivities
from shared.http.state import Services


def activities(services: Services) -> Sequence[Callable[..., Any]]:
    """Return every activity of this service, bound to its database."""
    plan, board, sweep = PlanActivities(services), BoardActivities(services), SweepActivities(services)
    return [
        plan.refresh_plan,
        plan.run_due_plan_steps,
        board.report_progress,
        sweep.sweep_tasks,
    ]
