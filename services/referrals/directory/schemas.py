"""What the directory API takes and gives."""

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
        raise PydanticCustomError("email", "must be one e-mail address")
    return value


def _phone(value: str) -> str:
    if plain.phone(value) != value:
        raise PydanticCustomError("phone", "must be one telephone number")
    return value


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, Field(max_length=50), AfterValidator(_phone)]


class LocationView(View):
    name: str | None
    address: list[str]
    accessibility: list[str]


class ServiceLine(View):
    """A service in a list."""

    id: UUID
    agency_id: UUID
    agency_name: str
    name: str
    pathway: str | None
    status: str
    has_email: bool


class ServiceView(ServiceLine):
    """One service with what a caller needs: whom to ring, when, and what they ask."""

    description: str | None
    eligibility: str | None
    fees: str | None
    url: str | None
    email: str | None
    phone: str | None
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
    """Only what is sent changes, and stays as it is here when the source is imported again."""

    email: Email | None = None
    phone: Phone | None = None
    secure_mailbox: bool = False
    manager_contact: Line | None = None
    discharge_rule: Text | None = None


class ServiceChange(Body):
    """Only what is sent changes. `never_show` hides a service at once, everywhere."""

    pathway: Pathway | None = None
    phone: Phone | None = None
    never_show: bool = False
