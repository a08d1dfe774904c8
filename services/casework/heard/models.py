"""Tables of what other services have told: their facts, never their words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.casework.base import Base
from shared.db.base import Row

ENDED = ("completed", "declined", "withdrawn")


class KnownPerson(Row, Base):
    """A person intake has registered (`id` is theirs). `state` is known, said_no or died."""

    __tablename__ = "known_people"

    state: Mapped[str]
    state_version: Mapped[int]
    # What told of this state: by it is known what the state ended.
    state_event: Mapped[UUID | None]


class HeardContact(Row, Base):
    """A contact (`id` is intake's). `credited_to` is the worker who had the case on that day.

    Written once, and struck when it was recorded by mistake. `event_id` told of it: by it is known what it ended.
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
    """A mail of an agency (`id` is referrals'): that it came, that somebody read it, whichever we hear first."""

    __tablename__ = "known_mails"

    read_at: Mapped[datetime | None]


class KnownReferral(Row, Base):
    """Where a referral stands (`id` is theirs). `version` is the newest heard.

    `resolved_version`: escalations recorded before it are no longer owed, whenever we hear of them, but for those in
    `still_owed` (ids). `reacted_version`, `told_version`, `confirmed_version` and `question_version` say up to where
    moves, tellings, confirmed appointments, and questions with their answers had their effect. `author` wrote it: while
    the person has no case, it is theirs. `sent_at` and `answered_at` measure how long the agency took over the
    latest sending.
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
