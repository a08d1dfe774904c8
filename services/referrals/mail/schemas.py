"""Views of emails for the API."""

from datetime import datetime
from uuid import UUID

from services.referrals.mail.rules import Status
from shared.http.bodies import View


class MailLine(View):
    """One email in a list: never its contents."""

    id: UUID
    version: int
    team_id: UUID
    status: Status
    why: str
    agency_id: UUID | None
    message_id: UUID | None
    referral_ids: list[UUID]
    for_guardian: bool
    recorded_at: datetime
    read_at: datetime | None
    read_by: str | None


class FileView(View):
    """A file of an email. Its name and kind are the sender's claims."""

    id: UUID
    name: str
    kind: str
    size: int


class MailView(MailLine):
    """One email. Its sender may be forged, and its text is untrusted. `own`: the writer's own words."""

    sender: str
    subject: str
    text: str
    own: str
    attachments: int
    files: list[FileView]


class ReceivedView(View):
    """The result of receiving a submitted email."""

    status: Status
    mail_ids: list[UUID]
    referral_ids: list[UUID]
