"""Events that state where a plan or referral stands: a row of the board, whole, from the owner of the row.

The explanation may name a clock, and so what somebody is treated for: it is in events because their data is sealed.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.envelope import Event


class StepAhead(BaseModel):
    """Something that will happen by itself unless a fact or decision comes first."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    action: str
    clock: str


class StandingChanged(Event):
    """Where a plan or referral stands now. The row's `version` orders these events: the highest is the board's row.

    `due_at`: when what it waits for is due. `pause_kind`: why a plan is paused; its `due_at` is then the end of that,
    where one is known. `closed`: it has ended. `needs_help`: why its service could not carry out the next step.
    """

    kind: ClassVar[str] = ""

    row_id: UUID
    team_id: UUID
    person_id: UUID
    case_id: UUID | None = None
    plan_id: UUID | None = None
    agency_id: UUID | None = None
    service_id: UUID | None = None
    reference: str | None = None
    stage: str
    stalled: bool = False
    paused_until: datetime | None = None
    pause_kind: str | None = None
    closed: bool = False
    needs_help: str | None = None
    waiting_for: str = ""
    who: str = "nobody"
    since: datetime | None = None
    due_at: datetime | None = None
    rule: str = ""
    rule_source: str = ""
    next_step: str = ""
    next_at: datetime | None = None
    level: int = 0
    unlocks: str = ""
    last_human_what: str = ""
    last_human_by: str = ""
    last_human_at: datetime | None = None
    ahead: list[StepAhead] = []


class ReferralStandingChanged(StandingChanged):
    type: ClassVar[str] = "referrals.referral.standing_changed"
    kind: ClassVar[str] = "referral"


class PlanStandingChanged(StandingChanged):
    type: ClassVar[str] = "casework.plan.standing_changed"
    kind: ClassVar[str] = "plan"
