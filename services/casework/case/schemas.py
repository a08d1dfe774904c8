"""Requests and responses of the cases API."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.casework.case.rules import ClosingReason
from services.casework.words import UserId
from shared.http.bodies import Body, GivenId, View
from shared.notes import NoteStruckView
from shared.text import Text


class CaseOpen(Body):
    """A request to open a case.

    `worker_id` defaults to the worker who asks; without one, or without room, the person waits for a worker.
    `over_ceiling`: a supervisor agrees to exceed the ceiling for this case.
    """

    person_id: UUID
    id: GivenId | None = None
    worker_id: UserId | None = None
    team_id: UUID | None = None
    over_ceiling: bool = False


class CaseReassign(Body):
    worker_id: UserId
    over_ceiling: bool = False


class CaseReopen(Body):
    note: Text


class CaseClose(Body):
    reason: ClosingReason


class CaseloadTransfer(Body):
    from_worker: UserId
    to_worker: UserId
    over_ceiling: bool = False
    case_ids: list[UUID] | None = Field(default=None, max_length=500)


class CaseView(View):
    """One case. `plan_id`: its open plan, or else the last one, which is closed (`plan_open` false)."""

    id: UUID
    team_id: UUID
    person_id: UUID
    worker_id: str | None
    wanted_worker_id: str | None
    stage: str
    stage_since: datetime
    returns_to: str | None
    opened_at: datetime
    waiting_until: datetime | None
    said_no_until: datetime | None
    died_at: datetime | None
    over_ceiling_by: str | None
    closed_at: datetime | None
    closing_reason: str | None
    plan_id: UUID | None
    plan_open: bool
    version: int


class CaseNoteView(View):
    """Why a case was reopened. `note` is empty once the note is struck."""

    id: UUID
    kind: str
    by: str
    at: datetime
    note: str | None
    note_struck: NoteStruckView | None
    may_strike_note: bool


class CaseloadView(View):
    """A worker's caseload. `weight`: cases that are stepping down or in custody count half."""

    worker_id: str
    cases: int
    weight: float
    aim: int
    ceiling: int
    over_ceiling: bool
    by_stage: dict[str, int]


class MoveView(View):
    case_id: UUID
    person_id: UUID | None = None
    moved: bool
    why: str = ""


class TransferView(View):
    """The result of each move: one that fails does not stop the others."""

    result: Literal["all_moved", "some_moved", "none_moved"]
    moved: int
    not_moved: int
    moves: list[MoveView]
