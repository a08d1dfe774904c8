"""What the API takes and gives about a person."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.intake.engagement.rules import State
from services.intake.person.rules import Interpreter
from services.intake.safe_contact.schemas import SafeContactView
from shared.http.bodies import Body, GivenId, View
from shared.text import Line, Name


class Language(Body):
    """What he speaks and reads, and who may interpret: never his partner or family."""

    speaks: list[Line] = Field(default=[], max_length=20)
    reads: list[Line] = Field(default=[], max_length=20)
    interpreter_needed: bool = False
    may_interpret: list[Interpreter] = Field(default=[], max_length=3)


class RegisterPerson(Body):
    """A new person: any name is enough. `team_id` may be left out by somebody of one team only.

    `unless_known`: refuse (409, with the ids) while the team has a file with a name that begins alike.
    """

    id: GivenId | None = None
    team_id: UUID | None = None
    alias: Name
    aliases: list[Name] = Field(default=[], max_length=20)
    language: Language | None = None
    unless_known: bool = False


class SearchPeople(Body):
    """By any part of any name, in any script, or as it is typed in plain letters; a name of signs by its signs.
    One letter finds only who is called by it alone."""

    alias: Name
    engagement: State | None = None


class ChangePerson(Body):
    """Only what is sent changes; `aliases` replaces the whole list, `language: null` clears it."""

    alias: Name = ""
    aliases: list[Name] = Field(default=[], max_length=20)
    language: Language | None = None


class LanguageView(View):
    speaks: list[str]
    reads: list[str]
    interpreter_needed: bool
    may_interpret: list[Interpreter]


class EngagementView(View):
    """`ended` once a case is open: then the case stage says where we stand."""

    state: str
    since: datetime
    ended: bool


class HistoryView(View):
    """One thing that was recorded: `engagement` (`state`), `said_no`, `came_back` (`opened` by what) or `died`."""

    what: str
    at: datetime
    by: str
    state: str | None = None
    until: datetime | None = None
    opened: str | None = None
    words: str | None = None


class SaidNoView(View):
    """`until` is empty for good; `in_force` is False once the date has passed."""

    since: datetime
    until: datetime | None
    in_force: bool


class PersonLine(View):
    """A person in a list: nothing sealed."""

    id: UUID
    team_id: UUID
    version: int
    alias: str
    engagement: EngagementView
    case_id: UUID | None
    recorded_at: datetime


class WhoseNames(Body):
    """People whose names are to be shown on one page."""

    ids: list[UUID] = Field(max_length=500)


class NameView(View):
    id: UUID
    alias: str


class NamesView(View):
    """Only people of the reader's teams, in no order; the others look as if they did not exist."""

    items: list[NameView]


class PersonView(PersonLine):
    """One person's file, without what is sealed."""

    aliases: list[str]
    language: LanguageView | None
    safe_contact: SafeContactView
    said_no: SaidNoView | None
    died_at: datetime | None


class RegisteredView(PersonView):
    """`similar`: people of the team with a name that begins alike; perhaps one of them is the same person."""

    similar: list[UUID]
