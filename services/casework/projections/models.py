"""Tables of facts from other services, never their words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row

ENDED = ("completed", "declined", "withdrawn")


class KnownPerson(Row, Base):
    """A person registered by intake (`id` is intake's). `state` is known, said_no or died."""

    __tablename__ = "known_people"

    state: Mapped[str]
    state_version: Mapped[int]
    # The event of this state, by which it is known what the state ended.
    state_event: Mapped[UUID | None]


class KnownContact(Row, Base):
    """A contact (`id` is intake's). `credited_to` is the worker who had the case on that day.

    Written once, and struck when it was recorded by mistake. `event_id` is its event, by which it is known what the
    contact ended.
    """

    __tablename__ = "heard_contacts"
    __table_args__ = (Index("ix_heard_contacts_person_id", "person_id", "occurred_at"),)

    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    kind: Mapped[str]
    by: Mapped[str]
    credited_to: Mapped[str | None]
    occurred_at: Mapped[datetime]
    event_id: Mapped[UUID | None]
    struck_at: Mapped[datetime | None]


class KnownMail(Row, Base):
    """An email of an agency (`id` is referrals'): whether it was read. Its two events come in any order."""

    __tablename__ = "known_mails"

    read_at: Mapped[datetime | None]


class KnownReferral(Row, Base):
    """The state of a referral (`id` is referrals'). `version` is the newest received.

    `resolved_version`: escalations recorded before it are no longer owed, whenever their events come, but for those in
    `still_owed` (ids). `reacted_version`, `told_version`, `confirmed_version` and `question_version`: the version up to
    which moves, the informing of the person, confirmed appointments, and questions with their answers had their effect.
    `author` wrote it: while the person has no case, its tasks are theirs. `sent_at` and `answered_at` measure how long
    the agency took over the latest sending.
    """

    __tablename__ = "known_referrals"
    __table_args__ = (
        Index("ix_known_referrals_person_id", "person_id"),
        Index(
            "ix_known_referrals_agency_id",
            "team_id",
            "agency_id",
            postgresql_where=text("state NOT IN ('completed', 'declined', 'withdrawn')"),
        ),
    )

    version: Mapped[int]
    author: Mapped[str | None]
    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    plan_id: Mapped[UUID | None]
    agency_id: Mapped[UUID]
    service_id: Mapped[UUID]
    state: Mapped[str]
    stage_entry: Mapped[int]
    resolved_version: Mapped[int]
    still_owed: Mapped[list[Any]] = mapped_column(default=list)
    reacted_version: Mapped[int]
    told_version: Mapped[int]
    confirmed_version: Mapped[int]
    question_version: Mapped[int]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    appointment_at: Mapped[datetime | None]
