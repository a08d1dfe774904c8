"""The independent check: it reads every database, stream and workflow of a stack at rest and reports contradictions.

It reads the tables and relies on no service's own checks: what must be unique is counted, what must follow is compared.
"""

from collections.abc import Collection
from uuid import UUID

from deploy.chaos.truth import board, hearing, ladder, outcomes
from deploy.chaos.truth.found import Finding
from deploy.chaos.truth.reading import told
from deploy.demo.setting import Setting


async def findings(scene: Setting, undone: Collection[UUID] = ()) -> list[Finding]:
    """Return everything that is wrong on a stack at rest."""
    stack = scene.stack
    # Read before the stack is at rest, so that consumers have had time for these events.
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
