"""The events that referrals publishes. Ids, states and instants only."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.envelope import Event


class ReferralEvent(Event):
    """The fields of every event about one referral."""

    referral_id: UUID
    person_id: UUID
    team_id: UUID
    case_id: UUID | None = None
    plan_id: UUID | None = None
    agency_id: UUID
    service_id: UUID


class ReferralDrafted(ReferralEvent):
    type: ClassVar[str] = "referrals.referral.drafted"
    by: str = ""  # the user who wrote it


class ReferralMoved(ReferralEvent):
    """One transition of a referral. `reason` is a code (decline, withdrawal, miss kind), never free text.

    `after_acceptance`: the agency had accepted the referral before it declined. `proposed`: the agency itself has not
    confirmed the appointment yet, so the person is not informed of it. `appointment_told`: after a correction, the
    person is informed of the appointment that is valid again.
    """

    type: ClassVar[str] = "referrals.referral.moved"
    move: str
    from_state: str
    to_state: str
    stage_entry: int
    by: str  # a user id, "agency" or "system"
    reason: str | None = None
    after_acceptance: bool = False
    appointment_at: datetime | None = None
    proposed: bool = False
    # Of the move "correct": the move that was a mistake, and the version of its event.
    corrects: str | None = None
    corrects_version: int | None = None
    appointment_told: bool = False


class AppointmentConfirmed(ReferralEvent):
    """The agency confirmed a proposed appointment: from now on the person is to be informed of it."""

    type: ClassVar[str] = "referrals.appointment.confirmed"
    appointment_id: UUID
    appointment_at: datetime


class CallNeeded(ReferralEvent):
    """The service has no email address: a worker of ours is to ring the service about the referral."""

    type: ClassVar[str] = "referrals.call.needed"


class QuestionRaised(ReferralEvent):
    type: ClassVar[str] = "referrals.question.raised"


class QuestionAnswered(ReferralEvent):
    type: ClassVar[str] = "referrals.question.answered"


class AppointmentTold(ReferralEvent):
    type: ClassVar[str] = "referrals.appointment.told"
    appointment_id: UUID


class EscalationRecorded(ReferralEvent):
    """A rung fired. `outcome` is fired, or overtaken when a higher rung (`overtaken_by`) fired instead.

    `opening_id` identifies the clock: the name of a clock may reveal what a person is treated for. `waits_on`: the
    agency, us (a consent to record, an address to correct, a person to inform), or us for an answer to the agency's
    question.
    """

    type: ClassVar[str] = "referrals.escalation.recorded"
    escalation_id: UUID
    stage_entry: int
    opening_id: UUID
    waits_on: Literal["agency", "us", "our_answer"] = "agency"
    action: str
    occurrence: int
    outcome: str
    overtaken_by: str | None = None
    due_at: datetime
    worker_only: bool = False


class EscalationsResolved(ReferralEvent):
    """The escalations of a referral up to this stage entry are resolved, and so are the tasks that they opened.

    The escalations in `still_owed` are not: a question or a span outlives the stage in which it was escalated.
    """

    type: ClassVar[str] = "referrals.escalation.resolved"
    stage_entry: int
    still_owed: list[UUID] = []


class ServiceShut(ReferralEvent):
    """The referral's service has closed or left its directory: a worker decides what to do instead."""

    type: ClassVar[str] = "referrals.service.shut"


class ReferralDecided(ReferralEvent):
    """A user made a process decision: extend, escalate_now, acknowledge, offer_alternative or withdraw."""

    type: ClassVar[str] = "referrals.referral.decided"
    decision: str
    by: str
    until: datetime | None = None


class MessageSent(Event):
    type: ClassVar[str] = "referrals.message.sent"
    message_id: UUID
    agency_id: UUID
    team_id: UUID
    referral_ids: list[UUID]


class MailArrived(Event):
    """An email waits for a worker to read it.

    An email from a known agency pauses the ladders of its referrals; one from an unknown sender (`agency_id` is None)
    pauses none.
    """

    type: ClassVar[str] = "referrals.mail.arrived"
    mail_id: UUID
    agency_id: UUID | None = None
    team_id: UUID
    referral_ids: list[UUID]
    # `address`: the email says that its address is no longer read. `guardian`: the email is about people of two teams.
    asks: Literal["read", "address", "guardian"] = "read"


class MailRead(Event):
    """A worker has read an email: the task to read it is done."""

    type: ClassVar[str] = "referrals.mail.read"
    mail_id: UUID
    team_id: UUID | None = None  # missing in the oldest events
    by: str


class BankHolidaysChanged(Event):
    """A bank holiday was added or removed. `days` are all that are added now; `version` counts the changes."""

    type: ClassVar[str] = "referrals.bank_holidays.changed"
    days: list[date]
    by: str


class ContactProposed(Event):
    """A change of a service's address or number waits for a second person of this team.

    `change_id` identifies what was proposed together.
    """

    type: ClassVar[str] = "referrals.contact.proposed"
    change_id: UUID
    team_id: UUID


class ContactDecided(Event):
    """A proposed change was confirmed, refused or replaced by another: it waits for nobody in these teams."""

    type: ClassVar[str] = "referrals.contact.decided"
    change_id: UUID
    team_ids: list[UUID]
