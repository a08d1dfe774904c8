"""Requests and responses of the API of clocks."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.http.bodies import Body, View
from shared.text import Line, Text

Action = Literal[
    "remind_agency",
    "ask_worker",
    "tell_supervisor",
    "ask_supervisor_to_ring",
    "offer_alternative",
    "case_conference",
]


class LengthBody(Body):
    """The length of a clock: a number of units (0 for `same_day`)."""

    n: int = Field(ge=0, le=1000)
    unit: Literal["working_days", "days", "weeks", "months", "hours", "same_day", "before_date"]


class RungBody(Body):
    """One step, placed by `when` and `days` (working days); `every` repeats it."""

    action: Action
    when: Literal["opened", "before", "half", "at", "after"]
    days: int = Field(default=0, ge=0, le=1000)
    every: int | None = Field(default=None, ge=1, le=1000)


class ClockChange(Body):
    """A team's change of a clock. A field that is not given keeps its value; `source` names where the rule comes from.

    `as_default` is a change of its own: it restores the default of every team.
    """

    length: LengthBody | None = None
    ladder: Literal["default", "off"] | Annotated[list[RungBody], Field(min_length=1, max_length=6)] | None = None
    off_reason: Text | None = None
    source: Line | None = None
    source_kind: Literal["ours", "cited"] = "ours"
    as_default: bool = False


class RungView(View):
    """One step: `days` and `every` are working days."""

    action: str
    when: str
    days: int
    every: int | None


class ClockView(View):
    """A clock as it is in force for the reader's team. `version` is its ETag."""

    key: str
    version: int
    ours: bool  # a version of this team; false: the default of every team
    as_default: bool  # the body equals the default of every team
    fixed: str  # why no team may change the rule; empty when a team may
    changed_at: datetime
    changed_by: str
    name: str
    kind: str
    pathway: str
    from_event: str
    to_event: str
    asks: str
    whose: str
    length: dict[str, Any] | None
    ladder: Any
    steps: list[RungView]  # the steps of the ladder, in the order in which they come
    off_reason: str
    starts_when: str | None
    source: str
    source_kind: str
    in_force_from: str | None
    in_force_until: str | None
    rule: str


class StepView(RungView):
    """A step of a typical case, a number of working days after its beginning."""

    at: datetime
    working_days: int


class ExampleView(View):
    """A typical case: it begins on the next Monday morning, and nobody answers.

    `in_hours`: its steps are exact to the minute. `bank_holidays` lie in between and do not count.
    """

    opened_at: datetime
    appointment_at: datetime | None
    in_hours: bool
    deadline: datetime
    working_days: int
    steps: list[StepView]
    bank_holidays: list[date]


class PreviewView(View):
    """The same case by the rule in force (its `version`) and by the rule that would follow it."""

    version: int
    before: ExampleView
    after: ExampleView


class StepAhead(View):
    """One step that would come, at its instant.

    `asks`: what nobody has answered by then; `whose`: who owes the answer.
    """

    at: datetime
    action: str
    repeats_every_working_days: int | None
    clock: str
    asks: str
    whose: str
    rule: str
    rule_source: str


class LadderAhead(View):
    """The steps that would fire if nobody answered, soonest first."""

    sent_at: datetime
    steps: list[StepAhead]
