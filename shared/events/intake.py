"""What intake tells the other services. Ids, states and instants only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event


class PersonRegistered(Event):
    type: ClassVar[str] = "intake.person.registered"
    person_id: UUID
    team_id: UUID


class EngagementChanged(Event):
    """`state`: identified, approached, engaged, out_of_touch or said_no."""

    type: ClassVar[str] = "intake.engagement.changed"
    person_id: UUID
    team_id: UUID
    state: str


class ContactLogged(Event):
    """`kind`: met, spoke, sighted or missed. `occurred_at` is the contact's own time, also for a late entry."""

    type: ClassVar[str] = "intake.contact.logged"
    contact_id: UUID
    person_id: UUID
    team_id: UUID
    kind: str
    by: str


class ContactStruck(Event):
    """A contact that was recorded by mistake: it counts for nothing. It carries what `ContactLogged` carried, since
    it may be heard first."""

    type: ClassVar[str] = "intake.contact.struck"
    contact_id: UUID
    person_id: UUID
    team_id: UUID
    kind: str
    by: str
    struck_by: str


class ConsentRecorded(Event):
    """`may_tell_us`: what this agency may tell us from now on, by what he said last (attendance, outcome, results)."""

    type: ClassVar[str] = "intake.consent.recorded"
    consent_id: UUID
    person_id: UUID
    team_id: UUID
    agency_id: UUID
    expires_at: datetime | None = None
    may_tell_us: list[str] | None = None


class ConsentWithdrawn(Event):
    type: ClassVar[str] = "intake.consent.withdrawn"
    consent_id: UUID
    person_id: UUID
    team_id: UUID
    agency_id: UUID


class PersonSaidNo(Event):
    """He does not want us for now (`until`) or for good (None). Stops attempts, tasks and messages."""

    type: ClassVar[str] = "intake.person.said_no"
    person_id: UUID
    team_id: UUID
    until: datetime | None = None


class PersonCameBack(Event):
    """He himself, or a signed ground, opened it again after a no."""

    type: ClassVar[str] = "intake.person.came_back"
    person_id: UUID
    team_id: UUID


class PersonDied(Event):
    type: ClassVar[str] = "intake.person.died"
    person_id: UUID
    team_id: UUID


class PersonNoStruck(Event):
    """That the person said no (at `since`) was a mistake: what it stopped goes on, what it ended is listed."""

    type: ClassVar[str] = "intake.person.no_struck"
    person_id: UUID
    team_id: UUID
    since: datetime


class PersonDeathStruck(Event):
    """That the person died (at `since`) was a mistake: what it stopped goes on, what it ended is listed.

    `state`: known, or said_no where the person had said so before.
    """

    type: ClassVar[str] = "intake.person.death_struck"
    person_id: UUID
    team_id: UUID
    state: str
    since: datetime


class OversightNeeded(Event):
    """Something was decided or told against or without the person's word: the guardian is told at once.

    `what`: override, disclosure, after_withdrawal or no_opened. `for_role`: guardian, or supervisor where a guardian
    decided it.
    """

    type: ClassVar[str] = "intake.oversight.needed"
    oversight_id: UUID
    person_id: UUID
    team_id: UUID
    what: str
    for_role: str


class OversightGiven(Event):
    """Whoever was to be told has read it, and agrees or does not."""

    type: ClassVar[str] = "intake.oversight.given"
    oversight_id: UUID
    person_id: UUID
    team_id: UUID
    what: str
    agrees: bool
