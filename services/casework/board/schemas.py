"""Requests and responses of the board."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from shared.http.bodies import Body, Instant, View
from shared.notes import NoteStruckView
from shared.text import Text

Command = Literal[
    "extend",
    "escalate_now",
    "acknowledge",
    "offer_alternative",
    "withdraw",
    "hold",
    "resume",
    "review",
    "close",
    "retry",
]
Reason = Literal[
    "custody", "hospital", "away",
    "goals_met", "handed_over", "moved_away", "said_no", "died", "opened_in_error",
    "consent_withdrawn", "ours",
]  # fmt: skip


class CommandBody(Body):
    """A command on a row, with only the fields that it needs.

    `until` is for acknowledge and hold, `working_days` for extend, `reason` for hold (its kind), close and withdraw.
    `seen_at` is the `as_of` of the row as it was seen: if somebody else has acted on it since, nothing is done and the
    problem lists their acts (`meanwhile`).
    """

    command: Command
    seen_at: Instant | None = None
    until: Instant | None = None
    working_days: int | None = Field(default=None, ge=1, le=60)
    reason: Reason | None = None
    note: Text | None = None


class LastHuman(View):
    what: str
    by: str
    at: datetime


class BoardRowView(View):
    """A row. `version` grows with every change of the row; `worker_id` is read from the case.

    `due_at` is when what it waits for since `since` is due: the end of its clock, or the next contact of a plan; of a
    paused plan the end of the pause, if that is known. `pause_kind` is custody, hospital or away.
    """

    id: UUID
    kind: str
    team_id: UUID
    person_id: UUID
    case_id: UUID | None
    plan_id: UUID | None
    agency_id: UUID | None
    service_id: UUID | None
    reference: str | None
    stage: str
    worker_id: str | None
    waiting_for: str
    who: str
    since: datetime | None
    due_at: datetime | None
    rule: str
    rule_source: str
    next_step: str
    next_at: datetime | None
    level: int
    unlocks: str
    last_human: LastHuman | None
    stalled: bool
    overdue: bool
    paused_until: datetime | None
    pause_kind: str | None
    needs_help: str | None
    closed: bool
    version: int


class Counts(View):
    """Counts of rows by stage and by worker ("" is nobody).

    Each is counted under all filters but its own, `total` under all of them.
    """

    total: int
    stage: dict[str, int]
    worker: dict[str, int]


class BoardView(View):
    """A page. `stream_from` is the `Last-Event-ID` with which `GET /board/stream` continues from this page."""

    items: list[BoardRowView]
    next_cursor: str | None
    counts: Counts
    stream_from: str


class PersonLineView(View):
    """One person with all their open rows. The first leads: the most urgent, else the first, that is asked for."""

    person_id: UUID
    rows: list[BoardRowView]


class PeopleView(View):
    """A page of the board by person; its counts are of people, each counted once."""

    items: list[PersonLineView]
    next_cursor: str | None
    counts: Counts
    stream_from: str


class TimelineView(View):
    id: UUID
    at: datetime
    what: str
    who: str
    version: int
    detail: dict[str, Any]


class AheadView(View):
    at: datetime
    action: str
    clock: str


class NoteView(View):
    """A note beside a decision; `command` is what was decided. `note` is empty once the note is struck."""

    id: UUID
    command: str
    by: str
    at: datetime
    note: str | None
    note_struck: NoteStruckView | None
    may_strike_note: bool


class BoardDetailView(View):
    """One row in full. `as_of` is when it was read; a command repeats it as `seen_at`. Newest notes come first."""

    row: BoardRowView
    notes: list[NoteView]
    timeline: list[TimelineView]
    ahead: list[AheadView]
    as_of: datetime


class ChangeView(View):
    """A row, possibly ended, with what others did to it since; the newest first."""

    row: BoardRowView
    happened: list[TimelineView]


class ChangesView(View):
    """Changes by others. `as_of` is the next `since`; `more` is true when rows were left out."""

    items: list[ChangeView]
    as_of: datetime
    more: bool


class ReachedView(View):
    """The number of referrals that reached at least this state, and how many of them are still open."""

    state: str
    count: int
    open: int


class FiguresView(View):
    """Referrals of the reader's teams, ended ones too, by the state they reached and how they ended."""

    reached: list[ReachedView]
    ended: dict[str, int]


class WeekView(View):
    """Contacts of one week; `week` is its Monday."""

    week: date
    met: int
    spoke: int
    sighted: int
    missed: int


class AgencyView(View):
    """Figures of one agency. `open` counts referrals that it has or should have; days run from sending to answer.

    `median_days_to_answer` is when half of all that were `sent` have an answer: those without one count as taking
    longer than they have waited, and it is None while fewer than half have one. `unanswered` are those still open.
    """

    agency_id: UUID
    open: int
    waiting_too_long: int
    oldest_sent_at: datetime | None
    median_days_to_answer: float | None
    sent: int
    unanswered: int
    longest_unanswered_days: float | None


class CommandView(View):
    """The outcome of a command, with the row's state after it; the board shows that state a moment later."""

    done: bool
    why: str
    stage: str
    who: str
    next_step: str
    next_at: datetime | None
    level: int
    paused_until: datetime | None


class WatchView(View):
    """A row whose next step is long overdue: its workflow sleeps too long, or does not run."""

    id: UUID
    kind: str
    team_id: UUID
    case_id: UUID | None
    stage: str
    next_at: datetime
    late_minutes: int
    needs_help: str | None
