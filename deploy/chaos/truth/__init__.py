"""The outsider: reads every database, stream and workflow of a stack at rest and says what does not agree.

It knows the tables and trusts no service's own checks: what must be unique is counted, what must follow is compared.
"""

from collections.abc import Collection
from uuid import UUID

from deploy.chaos.truth import board, hearing, ladder, outcomes
from deploy.chaos.truth.board import not_running
from deploy.chaos.truth.found import Finding, Kind
from deploy.chaos.truth.outcomes import mailed
from deploy.chaos.truth.reading import effects, owed, rows, streamed, told
from deploy.demo.setting import Setting

__all__ = [
    "Finding",
    "Kind",
    "check",
    "effects",
    "findings",
    "mailed",
    "not_running",
    "owed",
    "rows",
    "streamed",
    "told",
]


async def check(scene: Setting) -> None:
    """Wait until nothing is under way, then look at everything. AssertionError lists all that is wrong."""
    await scene.journey.settle()
    wrong = await findings(scene)
    assert not wrong, "\n".join(map(str, wrong))


async def findings(scene: Setting, undone: Collection[UUID] = ()) -> list[Finding]:
    """Everything that is wrong on a stack at rest."""
    stack = scene.stack
    # Before it has come to rest, so that what is compared has had its time.
    events = await told(stack)
    return [
        *await hearing.rest(stack),
        *ladder.steps(events["referrals"]),
        *await ladder.escalations_once(stack),
        *await hearing.heard(stack, events, undone),
        *await hearing.told_to_casework(stack),
        *await outcomes.tasks(stack),
        *await outcomes.mails(stack),
        *await board.board_in_time(scene),
    ]
