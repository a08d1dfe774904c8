"""Views of messages for the API: never a link, never a code."""

from datetime import date, datetime
from uuid import UUID

from services.referrals.message.words import Kind, Status
from shared.http.bodies import View


class MessageItemView(View):
    """One referral of a message. `outcome` is empty while it waits; `why` is the reason it was dropped."""

    referral_id: UUID
    reference: str
    clock: str
    stage_entry: int
    outcome: str | None
    why: str | None


class MessageLine(View):
    """One message in a list."""

    id: UUID
    version: int
    team_id: UUID
    agency_id: UUID
    kind: Kind
    status: Status
    why: str | None
    practice_day: date
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    recorded_at: datetime
    items: list[MessageItemView]


class MessageView(MessageLine):
    """One message with its text."""

    address: str | None
    header_id: str | None
    subject: str | None
    text: str | None


class SecondStepView(View):
    """What to read out to the agency when it rings: only to somebody reached on a number of ours, never of theirs."""

    code: str
    opens_until: datetime
    ring_them_on: str | None
