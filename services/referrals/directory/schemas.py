"""Requests and responses of the directory API."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.referrals.directory import plain
from shared.http.bodies import Body, View
from shared.text import Line, Text

Pathway = Literal["tb", "sau", "dosh", "hiv", "hepatitis_c", "housing", "gp", "hospital", "legal"]


def _email(value: str) -> str:
    if plain.email(value) != value:
        raise PydanticCustomError("email", "must be one email address")
    return value


def _phone(value: str) -> str:
    if plain.phone(value) != value:
        raise PydanticCustomError("phone", "must be one telephone number")
    return value


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]
Phone = Annotated[str, Field(max_length=50), AfterValidator(_phone)]


WhyShown = Literal[
    "not_a_refuge", "public", "hidden_in_error", "place_of_safety", "asked_for", "shown_in_error"
]  # fmt: skip


class LocationView(View):
    name: str | None
    address: list[str]
    accessibility: list[str]


class NumberView(View):
    """A number to ring, and its note."""

    number: str
    note: str | None


class ServiceLine(View):
    """A service in a list. `closed`: why it is not offered today, in words; `closed_since`: since when, where known."""

    id: UUID
    agency_id: UUID
    agency_name: str
    name: str
    pathway: str | None
    status: str
    has_email: bool
    closed: str | None = None
    closed_since: date | None = None


class ServiceView(ServiceLine):
    """One service with what a caller needs: whom to ring, when, and whom the service accepts."""

    description: str | None
    eligibility: str | None
    fees: str | None
    url: str | None
    email: str | None
    phone: str | None
    phones: list[NumberView]
    languages: list[str]
    schedules: list[str]
    locations: list[LocationView]
    source: str
    version: int


class AgencyLine(View):
    id: UUID
    name: str
    has_email: bool


class AgencyView(AgencyLine):
    description: str | None
    website: str | None
    email: str | None
    phone: str | None
    secure_mailbox: bool
    manager_contact: str | None
    discharge_rule: str | None
    source: str
    version: int


class AgencyChange(Body):
    """Only what is sent changes, and a later import of the source keeps it."""

    email: Email | None = None
    phone: Phone | None = None
    secure_mailbox: bool = False
    manager_contact: Line | None = None
    discharge_rule: Text | None = None


class ServiceChange(Body):
    """Only what is sent changes. `never_show` hides a service immediately and everywhere."""

    pathway: Pathway | None = None
    email: Email | None = None
    phone: Phone | None = None
    never_show: bool = False


class ContactProposal(Body):
    """The service's own address or number. Only what is sent is proposed."""

    email: Email | None = None
    phone: Phone | None = None


class ContactDecision(Body):
    confirm: bool


class ContactDecided(View):
    id: UUID
    state: str


class ContactChangeView(View):
    """A proposed change. `proposed_by`: a person's id, or "import:" and the source."""

    id: UUID
    holder: str
    holder_id: UUID
    name: str
    field: str
    was: str | None
    value: str | None
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    may_confirm: bool


class ContactChanges(View):
    items: list[ContactChangeView]


class HiddenService(View):
    """A service that is hidden, or was shown by hand though a rule hides it. No address, no number."""

    id: UUID
    name: str
    agency_name: str
    hidden: bool
    rule: str | None
    decided_by: str | None
    decided_at: datetime | None
    why: str | None = None


class HiddenServices(View):
    items: list[HiddenService]


class ShowOrHide(Body):
    """A decision to show or hide. `why`: the reason, as a code; a page requires it."""

    hide: bool
    why: WhyShown | None = None


class HiddenDecided(View):
    id: UUID
    hidden: bool
