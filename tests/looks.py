"""What a workflow is answered, and the row that the board shows at the same moment."""

from dataclasses import dataclass
from typing import Any

from shared.events.board import StandingChanged
from workflows.contracts import View


@dataclass(frozen=True)
class Look(View):
    row: Any = None


def looked(view: View, row: StandingChanged) -> Look:
    """Two looks are equal when they say the same, whenever they say it."""
    return Look(**vars(view), row=row.model_copy(update={"occurred_at": None}))
