"""Requests and responses of the API of referrals."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.referrals.codes import DeclineReason, MissKind, Move, StallReason, State, WithdrawReason
from shared.http.bodies import Body, Day, GivenId, Instant, View
from shared.notes import NoteStruckView
from shared.practice.disclosure_parts import Data
from shared.text import Line, Name, Text

Pathway = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
DateName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}_(at|since)$")]


class Told(Body):
    """Exactly what is disclosed to the agency: how the person may be reached comes first. There is no other field."""

    safe_contact: Text
    first_name: Name | None = None
    need: Text
    person_wants: Text | None = None
    language: Line | None = None
    interpreter: Line | None = None
    access_needs: Text | None = None
    entitlement: Line | None = None
    risk: Text | None = None
    worker_first_name: Name | None = None
    worker_phone: Line | None = None


def in_order(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is disclosed in the order in which it is read: how the person may be reached comes first."""
    return None if told is None else {name: told[name] for name in Told.model_fields if name in told}


class ReferralNew(Body):
    """A draft. A walk-in discloses nothing to the agency and so needs no `told`.

    `about` names the kinds of data in the free text of `told`; it leaves only if the person agreed to each.
    `again_because`: the reason for one more, while one to the same service is open. `although_closed`: the author knows
    that the service is shut.
    """

    id: GivenId | None = None
    person_id: UUID
    case_id: UUID | None = None
    plan_id: UUID | None = None
    service_id: UUID
    pathway: Pathway | None = None
    told: Told | None = None
    about: list[Data] = Field(default=[], max_length=12)
    walk_in: bool = False
    team_id: UUID | None = None
    again_because: Line | None = None
    although_closed: bool = False
    dates: dict[DateName, Instant] | None = None


class ToldChange(Body):
    """What is disclosed to the agency, written anew and whole."""

    told: Told
    about: list[Data] = Field(default=[], max_length=12)


class AppointmentBody(Body):
    """An appointment as the agency or the worker gives it."""

    at: Instant
    place: Text | None = None
    bring: Text | None = None
    who_goes: Name | None = None


How = Literal["in_person", "phone", "text", "letter", "through_named_contact"]
Reason = DeclineReason | WithdrawReason


class MoveBody(Body):
    """One move of the referral machine, with the fields that move needs.

    `confirm_date`: an appointment in the past, or a visit before the day of the appointment, is meant as it is given.
    """

    move: Move
    confirm_date: bool = False
    occurred_at: Instant | None = None
    appointment: AppointmentBody | None = None
    until: Day | None = None
    miss_kind: MissKind | None = None
    reason: Reason | None = None
    note: Text | None = None
    how: How | None = None  # told


class QuestionBody(Body):
    """The agency needs something from us (`on`), or has received it."""

    on: bool
    occurred_at: Instant | None = None
    note: Text | None = None


class StallReasonBody(Body):
    """Why the referral waits too long, as far as we know."""

    reason: StallReason
    occurred_at: Instant | None = None
    note: Text | None = None


class DatesBody(Body):
    """Recorded dates with which spans of the pathway start or end, such as `imaging_result_received_at`."""

    dates: dict[DateName, Instant] = Field(min_length=1, max_length=20)
    note: Text | None = None


class ToldBody(Body):
    """How the person was informed of the appointment, and by whom (default: whoever records it)."""

    how: How
    by: Name | None = None
    occurred_at: Instant | None = None


class ConfirmedBody(Body):
    """The service confirmed a proposed appointment, rung on the number in the directory."""

    note: Text | None = None


class AppointmentView(View):
    """An appointment. It is the person's only once `told_at` is set; `proposed`: the service has to confirm it."""

    id: UUID
    at: datetime
    proposed: bool
    place: str | None
    bring: str | None
    who_goes: str | None
    told_at: datetime | None
    told_how: str | None
    told_by: str | None
    outcome: str | None
    miss_kind: str | None


class LastHumanView(View):
    """The last thing a person did; `by` is a user id."""

    what: str
    by: str
    at: datetime


class ExplanationView(View):
    """Why the referral waits (contracts: explain)."""

    waiting_for: str
    who: str
    since: datetime | None
    rule: str
    rule_source: str
    next_step: str
    next_at: datetime | None
    level: int
    unlocks: str
    last_human: LastHumanView | None


class ReferralLine(View):
    """A referral in a list.

    `held_back`: why intake did not permit it, when it was last asked, or why our email did not arrive.
    """

    id: UUID
    version: int
    reference: str
    team_id: UUID | None  # neither is shown to an agency's program
    person_id: UUID | None
    case_id: UUID | None
    plan_id: UUID | None
    agency_id: UUID
    service_id: UUID
    pathway: str | None
    state: State
    fhir_status: str
    stage_entry: int
    since: datetime
    question: bool
    question_since: datetime | None
    walk_in: bool
    sending: bool
    sending_waits: str | None  # why it has not been disclosed yet: `call`, or a code of what keeps our email
    waitlisted_until: date | None
    ended_reason: str | None
    stall_reason: str | None
    may_tell_us: list[str] | None
    held_back: str | None


class CorrectableView(View):
    """The line that could be taken back now, named by `version`; `by` is who recorded it."""

    version: int
    move: str
    reason: str | None
    by: str | None
    occurred_at: datetime


class ReferralView(ReferralLine):
    """One referral with its state; `correctable` when the reader may take the latest answer back.

    `told` and `about` only for those who may read what was shared.
    """

    their_reference: str | None
    appointment: AppointmentView | None
    stalled: bool
    explanation: ExplanationView
    legal_moves: list[Move]
    correctable: CorrectableView | None = None
    dates: dict[str, datetime]
    told: dict[str, Any] | None = None
    about: list[Data] | None = None


class CorrectBody(Body):
    """Why the latest answer or outcome was a mistake. `version` names it, as `correctable` does."""

    why: Text
    version: int | None = Field(default=None, ge=1, le=2**31 - 1)


class HistoryLine(View):
    """One line of the history."""

    id: UUID
    version: int
    move: str
    from_state: str
    to_state: str
    stage_entry: int
    by: str
    channel: str | None
    reason: str | None
    note: str | None  # empty once the note is struck
    note_struck: NoteStruckView | None
    may_strike_note: bool
    occurred_at: datetime
    recorded_at: datetime
    struck_at: datetime | None


class EscalationView(View):
    """One step that fired."""

    id: UUID
    stage_entry: int
    clock: str
    action: str
    occurrence: int
    outcome: str
    due_at: datetime
    fired_at: datetime
    worker_only: bool
    state: str
    acknowledged_until: datetime | None
    resolved_at: datetime | None


class StepView(View):
    """One step of a clock: planned, fired, overtaken or void."""

    clock: str
    stage_entry: int
    action: str
    occurrence: int
    at: datetime
    not_before: datetime | None
    paused: bool
    repeats_every_working_days: int | None
    outcome: str
    recorded_outcome_at: datetime | None


class ClockRunView(View):
    """A clock that was set for this referral."""

    clock: str
    kind: str
    whose: str
    rule: str
    rule_source: str
    rule_version: int
    opened_at: datetime
    deadline: datetime
    closed_at: datetime | None


class LadderView(View):
    """The steps that we take if nobody answers: done and to come."""

    clocks: list[ClockRunView]
    steps: list[StepView]
