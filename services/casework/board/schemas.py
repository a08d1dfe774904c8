"""What the board takes and gives."""

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
    """Only the fields that the command needs: `until` for acknowledge and hold, `working_days` for extend, `reason` for
    hold (its kind), close and withdraw.

    `seen_at` is the `as_of` of the row as it was seen: if somebody else has acted on it since, nothing is done and the
    problem says what they did (`meanwhile`).
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
    """`version` grows with every change of the row; `worker_id` is the case's own at the time of reading."""

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
    needs_help: str | None
    closed: bool
    version: int


class Counts(View):
    """How many rows there are of each stage and of each worker ("" is nobody), each counted under all filters but its
    own; `total` under all of them."""

    total: int
    stage: dict[str, int]
    worker: dict[str, int]


class BoardView(View):
    """`stream_from` is where `GET /board/stream` goes on from this page, as its `Last-Event-ID`."""

    items: list[BoardRowView]
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
    """What somebody wrote beside a decision; `command` is what was decided. The note is empty once it is struck."""

    id: UUID
    command: str
    by: str
    at: datetime
    note: str | None
    note_struck: NoteStruckView | None
    may_strike_note: bool


class BoardDetailView(View):
    """`as_of` is when it was read: a command says so in `seen_at`. `notes` are the newest first."""

    row: BoardRowView
    notes: list[NoteView]
    timeline: list[TimelineView]
    ahead: list[AheadView]
    as_of: datetime


class ChangeView(View):
    """A row, ended ones too, with what others did to it since; the newest first."""

    row: BoardRowView
    happened: list[TimelineView]


class ChangesView(View):
    """`as_of` is where to go on from next time; `more` when there are rows that are not in it."""

    items: list[ChangeView]
    as_of: datetime
    more: bool


class ReachedView(View):
    """How many referrals came at least as far as this state."""

    state: str
    count: int


class FiguresView(View):
    """All referrals of the reader's teams, ended ones too, by how far they came and how they ended."""

    reached: list[ReachedView]
    ended: dict[str, int]


class WeekView(View):
    """Contacts of one week, which begins on this Monday."""

    week: date
    met: int
    spoke: int
    sighted: int
    missed: int


class AgencyView(View):
    """`open` counts what the agency has or should have; days run from sending to the first answer."""

    agency_id: UUID
    open: int
    waiting_too_long: int
    oldest_sent_at: datetime | None
    median_days_to_answer: float | None


class CommandView(View):
    """`row` is as the workflow answered; the board shows it a moment later."""

    done: bool
    why: str
    stage: str
    who: str
    next_step: str
    next_at: datetime | None
    level: int
    paused_until: datetime | None


class WatchView(View):
    """A row whose next step is long past: its workflow sleeps too long, or has none."""

    id: UUID
    kind: str
    team_id: UUID
    case_id: UUID | None
    stage: str
    next_at: datetime
    late_minutes: int
    needs_help: str | None
