"""What referrals tells the other services. Ids, states and instants only."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.envelope import Event


class ReferralEvent(Event):
    """What every event about one referral carries."""

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
    """One move of the referral machine. `reason` is a code (decline, withdrawal, miss kind), never free text.

    `after_acceptance`: the agency had already said yes before it declined. `proposed`: nobody has heard yet from the
    agency itself that this appointment is right, so the person is not told of it. `appointment_told`: after a
    correction, the person knows of the appointment that stands again.
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
    # Of the move "correct": the move that was a mistake, and the version it was told under.
    corrects: str | None = None
    corrects_version: int | None = None
    appointment_told: bool = False


class AppointmentConfirmed(ReferralEvent):
    """A proposed appointment is right: now the person is told of it."""

    type: ClassVar[str] = "referrals.appointment.confirmed"
    appointment_id: UUID
    appointment_at: datetime


class CallNeeded(ReferralEvent):
    """The service has no email address: a worker of ours is to ring them and tell them of the referral."""

    type: ClassVar[str] = "referrals.call.needed"


class QuestionRaised(ReferralEvent):
    type: ClassVar[str] = "referrals.question.raised"


class QuestionAnswered(ReferralEvent):
    type: ClassVar[str] = "referrals.question.answered"


class AppointmentTold(ReferralEvent):
    type: ClassVar[str] = "referrals.appointment.told"
    appointment_id: UUID


class EscalationRecorded(ReferralEvent):
    """A rung fired. `outcome` is fired, or overtaken when a higher one fired instead after a long sleep.

    Which clock it belongs to is told by the id of its opening: the name of a clock may say what he is treated for.
    `waits_on`: the agency, us (a yes to record, an address to put right, him to be told), or us for an answer to the
    agency's question.
    """

    type: ClassVar[str] = "referrals.escalation.recorded"
    schema_version: ClassVar[int] = 2
    escalation_id: UUID
    stage_entry: int
    opening_id: UUID | None = None  # not told by version 1, which told the clock's name
    waits_on: Literal["agency", "us", "our_answer"] = "agency"
    action: str
    occurrence: int
    outcome: str
    due_at: datetime
    worker_only: bool = False


class EscalationsResolved(ReferralEvent):
    """What they asked for is there, or no longer asked; the tasks they opened up to this stage entry are not owed any
    more, but for those in `still_owed`: a question or a span outlives the stage in which it was escalated.
    """

    type: ClassVar[str] = "referrals.escalation.resolved"
    stage_entry: int
    still_owed: list[UUID] = []


class ServiceShut(ReferralEvent):
    """The service it went to has closed, or its directory lists it no longer: somebody decides what to do instead."""

    type: ClassVar[str] = "referrals.service.shut"


class ReferralDecided(ReferralEvent):
    """A person decided about the process: extend, escalate_now, acknowledge, offer_alternative or withdraw."""

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
    """A mail waits for a worker to read it. From a known agency it pauses the ladders it names; from somebody whom we
    do not know (`agency_id` is None) it pauses nothing.
    """

    type: ClassVar[str] = "referrals.mail.arrived"
    mail_id: UUID
    agency_id: UUID | None = None
    team_id: UUID
    referral_ids: list[UUID]
    # `address`: it says that nobody reads at that address any more. `guardian`: it speaks of people of two teams.
    asks: Literal["read", "address", "guardian"] = "read"


class MailRead(Event):
    """Somebody has read it: the task to read it is done."""

    type: ClassVar[str] = "referrals.mail.read"
    mail_id: UUID
    team_id: UUID | None = None  # not told at first
    by: str


class BankHolidaysChanged(Event):
    """A bank holiday was added or taken back. `days` are all that are added by now, `version` counts the changes."""

    type: ClassVar[str] = "referrals.bank_holidays.changed"
    days: list[date]
    by: str


class ContactProposed(Event):
    """A change of a service's address or number waits for a second person, of this team. `change_id` names what was
    proposed together."""

    type: ClassVar[str] = "referrals.contact.proposed"
    change_id: UUID
    team_id: UUID


class ContactDecided(Event):
    """It was confirmed or refused, or another change took its place: it waits for nobody, of none of these teams."""

    type: ClassVar[str] = "referrals.contact.decided"
    change_id: UUID
    team_ids: list[UUID]
