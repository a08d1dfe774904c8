"""Mails as the API shows them."""

from datetime import datetime
from uuid import UUID

from services.referrals.mail.rules import Status
from shared.http.bodies import View


class MailLine(View):
    """One mail in a list: never what it says."""

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
    """A file that came with an email. Its name and kind are what the sender says."""

    id: UUID
    name: str
    kind: str
    size: int


class MailView(MailLine):
    """One mail. Its sender may be forged, and its text is untrusted. `own`: what its writer wrote."""

    sender: str
    subject: str
    text: str
    own: str
    attachments: int
    files: list[FileView]


class ReceivedView(View):
    """What became of a mail that was handed in."""

    status: Status
    mail_ids: list[UUID]
    referral_ids: list[UUID]
