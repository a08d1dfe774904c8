"""Requests and responses of the API of bank holidays."""

from datetime import date, datetime
from uuid import UUID

from shared.http.bodies import Body, Day, View
from shared.text import Line


class NewBankHoliday(Body):
    """A day that was announced, and where: an address, or "proclamation of ..."."""

    day: Day
    name: Line
    source: Line


class BankHolidayView(View):
    """A bank holiday. `built_in`: known to the software, not added (`id` and who added it are then empty)."""

    id: UUID | None
    day: date
    name: str
    built_in: bool
    source: str | None = None
    added_by: str | None = None
    added_at: datetime | None = None
    removed_by: str | None = None
    removed_at: datetime | None = None
    may_remove: bool = False


class EffectView(View):
    """What a change of a day would recount. `why_not`: the rule by which the day cannot be added."""

    clocks: int
    why_not: str | None = None
    why_not_words: str | None = None
