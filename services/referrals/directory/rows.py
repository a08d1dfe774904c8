"""The flat rows into which a file is read, and the objects and fields that were not taken. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from shared.telephone import Number as Phone


@dataclass(frozen=True)
class Refused:
    """One object that was not taken: where in the file, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Hold what an agency, a place and a service have in common.

    `told`: the fields that the file gives, empty ones included. `brief`: the file names it beside something else.
    """

    external_id: str
    description: str | None = None
    email: str | None = None
    phone: str | None = None
    phones: tuple[Phone, ...] = ()
    other_names: tuple[str, ...] = ()
    never_show_rule: str | None = None
    brief: bool = False
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class AgencyRow(_Row):
    name: str
    website: str | None = None


@dataclass(frozen=True, kw_only=True)
class LocationRow(_Row):
    name: str | None = None
    address: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceRow(_Row):
    agency_external_id: str
    name: str
    url: str | None = None
    status: str = "active"
    pathway: str | None = None
    eligibility: str | None = None
    fees: str | None = None
    languages: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    opens_on: date | None = None
    closes_on: date | None = None
    taxonomy_terms: tuple[str, ...] = ()
    location_external_ids: tuple[str, ...] = ()


Row = AgencyRow | LocationRow | ServiceRow
Told = TypeVar("Told", AgencyRow, LocationRow, ServiceRow)


@dataclass
class Directory:
    """The rows of one file, by external id.

    `refused`: objects that were not taken. `left_out`: fields of the others that were not taken.
    """

    agencies: dict[str, AgencyRow] = field(default_factory=dict[str, AgencyRow])
    services: dict[str, ServiceRow] = field(default_factory=dict[str, ServiceRow])
    locations: dict[str, LocationRow] = field(default_factory=dict[str, LocationRow])
    refused: list[Refused] = field(default_factory=list[Refused])
    left_out: list[Refused] = field(default_factory=list[Refused])
    unread: dict[str, str] = field(default_factory=dict[str, str])  # fields not of HSDS, and where each was first found

    @property
    def size(self) -> int:
        return len(self.agencies) + len(self.services) + len(self.locations)
