"""The activities of casework's workflows."""

from collections.abc import Callable, Sequence
from typing import Any

from services.casework.plan.activities import PlanActivities
from services.casework.task.sweep import SweepActivities
from shared.http.state import Services


def activities(services: Services) -> Sequence[Callable[..., Any]]:
    """Return every activity of this service, bound to its database."""
    plan, sweep = PlanActivities(services), SweepActivities(services)
    return [
        plan.refresh_plan,
        plan.run_due_plan_steps,
        sweep.sweep_tasks,
    ]
