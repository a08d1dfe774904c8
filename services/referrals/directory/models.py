"""The directory in HSDS shape: agencies (HSDS organization), services, locations, and where a service is given.

The directory is public data and belongs to no team. It is keyed by (source, id as text), because real feeds use ids
that are neither UUIDs nor unique between publishers; our own ids are derived from both, so a repeated import keeps
them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.db.base import Versioned
from shared.ids import new_id

_NAMESPACE = UUID("8c6f2a5e-6c0f-4f3b-9b3e-0d6a1f6b7c11")


def directory_id(kind: str, source: str, external_id: str) -> UUID:
    """Return our id of an object that a publisher calls `external_id`."""
    return uuid5(_NAMESPACE, "\0".join((kind, source, external_id)))


class Imported:
    """Where a row came from and when it was imported. `kept`: fields set by hand, which an import leaves alone."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    digest: Mapped[str] = mapped_column(default="")  # no longer read: each field is compared
    imported_at: Mapped[datetime]
    kept: Mapped[list[Any]] = mapped_column(default=list)


class Agency(Imported, Versioned, Base):
    """An organization that helps.

    Services without an `email` or `phone` of their own use the agency's: see `contact`.
    """

    __tablename__ = "agencies"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    name: Mapped[str] = mapped_column(index=True)
    description: Mapped[str | None]
    website: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    phones: Mapped[list[Any]] = mapped_column(default=list)  # all its numbers, each with its note
    other_names: Mapped[list[Any]] = mapped_column(default=list)
    secure_mailbox: Mapped[bool] = mapped_column(default=False)  # DCB1596
    manager_contact: Mapped[str | None]
    discharge_rule: Mapped[str | None]  # theirs, in their words
    never_show_rule: Mapped[str | None]  # hides it and all its services


class AgencyService(Imported, Versioned, Base):
    """One service of an agency. `never_show`: kept out of every list, search, map and referral.

    Hidden by its own words, its agency's or those of a place where it is given; a decision by hand stays.
    """

    __tablename__ = "services"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_services_shown", "name", "id", postgresql_where=text("not never_show")),
    )

    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str]
    description: Mapped[str | None]
    url: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    phones: Mapped[list[Any]] = mapped_column(default=list)
    other_names: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(default="active")
    opens_on: Mapped[date | None]  # the days between which its schedules hold
    closes_on: Mapped[date | None]
    left_at: Mapped[datetime | None]  # when a whole feed of its source no longer listed it
    shut_told_at: Mapped[datetime | None]  # when the workers of open referrals were informed of that
    pathway: Mapped[str | None] = mapped_column(index=True)
    eligibility: Mapped[str | None]
    fees: Mapped[str | None]
    languages: Mapped[list[Any]] = mapped_column(default=list)
    schedules: Mapped[list[Any]] = mapped_column(default=list)  # when to ring; never a clock
    taxonomy_terms: Mapped[list[Any]] = mapped_column(default=list)
    never_show: Mapped[bool] = mapped_column(default=False)
    never_show_rule: Mapped[str | None]
    never_show_own: Mapped[str | None]  # the rule that its own words meet
    never_show_by: Mapped[str | None]  # who decided by hand that it is shown or hidden
    never_show_at: Mapped[datetime | None]
    never_show_why: Mapped[str | None]  # the reason they gave: a word of `schemas.WhyShown`


class Location(Imported, Base):
    """A place. Addresses are lines of text as the source gives them."""

    __tablename__ = "locations"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    name: Mapped[str | None]
    other_names: Mapped[list[Any]] = mapped_column(default=list)
    description: Mapped[str | None]
    address: Mapped[list[Any]] = mapped_column(default=list)
    accessibility: Mapped[list[Any]] = mapped_column(default=list)
    email: Mapped[str | None]
    phone: Mapped[str | None]
    phones: Mapped[list[Any]] = mapped_column(default=list)
    never_show_rule: Mapped[str | None]  # hides every service given there


class ServiceAtLocation(Base):
    __tablename__ = "service_at_locations"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("services.id", ondelete="CASCADE"), primary_key=True)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("locations.id", ondelete="CASCADE"), primary_key=True)


class ContactChange(Base):
    """A proposed change of an address or number, and its decision.

    Nothing is written or rung there until somebody else has confirmed the change.
    """

    __tablename__ = "contact_changes"
    __table_args__ = (
        Index("ix_contact_changes_holder_id", "holder_id"),
        Index(
            "uq_contact_changes_proposed",
            "holder_id",
            "field",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    holder: Mapped[str]  # service | agency | location
    holder_id: Mapped[UUID]
    field: Mapped[str]  # email | phone | secure_mailbox
    was: Mapped[str | None]
    value: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="proposed")  # proposed | confirmed | refused | replaced
    proposed_by: Mapped[str]  # a user id, or "import:" and the source
    proposed_teams: Mapped[list[Any]] = mapped_column(default=list)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
