"""Request and response bodies of people."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.intake.person.engagement.rules import State
from services.intake.person.rules import Interpreter
from services.intake.person.safe_contact.schemas import SafeContactView
from shared.http.bodies import Body, GivenId, View
from shared.text import Line, Name


class Language(Body):
    """The languages that a person speaks and reads, and who may interpret: never a partner or family."""

    speaks: list[Line] = Field(default=[], max_length=20)
    reads: list[Line] = Field(default=[], max_length=20)
    interpreter_needed: bool = False
    may_interpret: list[Interpreter] = Field(default=[], max_length=3)


class RegisterPerson(Body):
    """A new person: any name is enough. An actor in a single team may leave out `team_id`.

    `unless_known`: refuse (409, with the ids) if the team has a file with a similar name.
    """

    id: GivenId | None = None
    team_id: UUID | None = None
    alias: Name
    aliases: list[Name] = Field(default=[], max_length=20)
    language: Language | None = None
    unless_known: bool = False


class SearchPeople(Body):
    """A search by any part of any name, in any script or in plain letters, or by the signs of a name of signs.

    A single letter finds only people with that letter as a name.
    """

    alias: Name
    engagement: State | None = None


class ChangePerson(Body):
    """A change of the fields that are sent; `aliases` replaces the whole list, `language: null` clears the language."""

    alias: Name = ""
    aliases: list[Name] = Field(default=[], max_length=20)
    language: Language | None = None


class LanguageView(View):
    speaks: list[str]
    reads: list[str]
    interpreter_needed: bool
    may_interpret: list[Interpreter]


class EngagementView(View):
    """The engagement of a person. `ended` once a case is open: from then on the case stage is authoritative."""

    state: str
    since: datetime
    ended: bool


class SaidNoView(View):
    """A no of a person. `until` is empty for a no for good; `in_force` is False once the date has passed."""

    since: datetime
    until: datetime | None
    in_force: bool


class PersonLine(View):
    """A person in a list, without sealed facts."""

    id: UUID
    team_id: UUID
    version: int
    alias: str
    engagement: EngagementView
    case_id: UUID | None
    recorded_at: datetime


class WhoseNames(Body):
    """The people whose names one page shows."""

    ids: list[UUID] = Field(max_length=500)


class NameView(View):
    id: UUID
    alias: str


class NamesView(View):
    """The names of people of the reader's teams, in no order; other people are left out."""

    items: list[NameView]


class PersonView(PersonLine):
    """One person's file, without sealed facts."""

    aliases: list[str]
    language: LanguageView | None
    safe_contact: SafeContactView
    said_no: SaidNoView | None
    died_at: datetime | None


class RegisteredView(PersonView):
    """A new file. `similar`: people of the team with a similar name, one of whom may be the same person."""

    similar: list[UUID]
