"""The events that intake publishes. Ids, states and instants only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event


class PersonEvent(Event):
    """The fields of every event about one person."""

    person_id: UUID
    team_id: UUID


class PersonRegistered(PersonEvent):
    type: ClassVar[str] = "intake.person.registered"


class EngagementChanged(PersonEvent):
    """A person's engagement changed. `state`: identified, approached, engaged, out_of_touch or said_no."""

    type: ClassVar[str] = "intake.engagement.changed"
    state: str


class ContactLogged(PersonEvent):
    """A contact was logged. `kind`: met, spoke, sighted or missed. `occurred_at` is when the contact took place."""

    type: ClassVar[str] = "intake.contact.logged"
    contact_id: UUID
    kind: str
    by: str


class ContactStruck(PersonEvent):
    """A contact recorded by mistake was struck and no longer counts.

    The event carries the fields of `ContactLogged`, since it may arrive first.
    """

    type: ClassVar[str] = "intake.contact.struck"
    contact_id: UUID
    kind: str
    by: str
    struck_by: str


class ConsentRecorded(PersonEvent):
    """Consent was recorded. `may_tell_us`: what this agency may tell us by the person's latest consent to it.

    Its values are attendance, outcome and results.
    """

    type: ClassVar[str] = "intake.consent.recorded"
    consent_id: UUID
    agency_id: UUID
    expires_at: datetime | None = None
    may_tell_us: list[str] | None = None


class ConsentWithdrawn(PersonEvent):
    type: ClassVar[str] = "intake.consent.withdrawn"
    consent_id: UUID
    agency_id: UUID


class PersonSaidNo(PersonEvent):
    """The person wants no contact until a date (`until`) or for good (None). Stops attempts, tasks and messages."""

    type: ClassVar[str] = "intake.person.said_no"
    until: datetime | None = None


class PersonCameBack(PersonEvent):
    """The person, or a signed legal basis, ended a recorded no."""

    type: ClassVar[str] = "intake.person.came_back"


class PersonDied(PersonEvent):
    type: ClassVar[str] = "intake.person.died"


class PersonNoStruck(PersonEvent):
    """A no of the person (of `since`) was recorded by mistake: what it stopped resumes, what it ended is listed."""

    type: ClassVar[str] = "intake.person.no_struck"
    since: datetime


class PersonDeathStruck(PersonEvent):
    """A death (of `since`) was recorded by mistake: what it stopped resumes, what it ended is listed.

    `state`: known, or said_no where the person had said no before.
    """

    type: ClassVar[str] = "intake.person.death_struck"
    state: str
    since: datetime


class OversightNeeded(PersonEvent):
    """A decision or disclosure was made against or without the person's consent and needs review.

    `what`: override, disclosure, after_withdrawal or no_opened. `for_role`: guardian, or supervisor where a guardian
    made the decision.
    """

    type: ClassVar[str] = "intake.oversight.needed"
    oversight_id: UUID
    what: str
    for_role: str


class OversightGiven(PersonEvent):
    """The reviewer has read a decision or disclosure, and agrees or does not."""

    type: ClassVar[str] = "intake.oversight.given"
    oversight_id: UUID
    what: str
    agrees: bool
