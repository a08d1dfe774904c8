"""Referrals and their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row, Versioned
from shared.notes import StrikableNote


class Referral(Row, Versioned, Base):
    """Asking an agency's service to help a person. `version` grows with every change, also of its ladder."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_open", "state", "id"),
        Index("ix_referrals_person_id_agency_id", "person_id", "agency_id"),
    )

    reference: Mapped[str] = mapped_column(unique=True)  # what agencies see; says nothing
    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    plan_id: Mapped[UUID | None] = mapped_column(index=True)
    agency_id: Mapped[UUID] = mapped_column(index=True)
    service_id: Mapped[UUID]
    pathway: Mapped[str | None]
    told_sealed: Mapped[bytes | None] = sealed_column()
    told = SealedJson("told")  # exactly what the agency is told; kept as it was sent

    their_reference_sealed: Mapped[bytes | None] = sealed_column()
    their_reference = Sealed("their_reference")  # the agency's own; whatever they put into it stays closed

    state: Mapped[str]
    stage_entry: Mapped[int] = mapped_column(default=1)
    stage_since: Mapped[datetime]  # when the fact that opened the stage happened
    clocks_due: Mapped[bool] = mapped_column(default=True)  # something happened since its clocks were last set
    off_reason: Mapped[str] = mapped_column(default="")  # why no clock runs in this state
    walk_in: Mapped[bool] = mapped_column(default=False)
    waitlisted_until: Mapped[date | None]
    accepted_before: Mapped[bool] = mapped_column(default=False)  # in this round
    ever_sent: Mapped[bool] = mapped_column(default=False)  # something left for the agency in this round
    ended_reason: Mapped[str | None]
    stall_reason: Mapped[str | None]

    question_since: Mapped[datetime | None]
    mail_since: Mapped[datetime | None]  # a mail about it waits to be read
    paused_since: Mapped[datetime | None]  # the stage clock stands still, for a question or a mail
    silent_until: Mapped[datetime | None]  # somebody is on it

    dates: Mapped[dict[str, Any]] = mapped_column(default=dict)  # recorded dates that spans start or end with
    round_entry: Mapped[int] = mapped_column(default=1)  # stage entry of the latest draft; spans belong to a round
    sent_at: Mapped[datetime | None]  # in this round

    send_request: Mapped[str | None]  # the message that was approved and that nobody was told yet
    send_move: Mapped[str | None]
    send_at: Mapped[datetime | None]  # when the worker approved it
    send_by: Mapped[str | None]
    send_waits: Mapped[str | None]  # why they were not told yet: `call`, or a code of what keeps our email
    may_tell_us: Mapped[list[Any] | None]  # by his consent and their own word: attendance, outcome, results
    may_tell_us_version: Mapped[int | None]  # of the person at intake, when we last heard what they may tell us
    held_back: Mapped[str | None]  # why it is not with them: intake said no, or our email did not arrive
    permit_version: Mapped[int | None]  # of the person at intake, when it last let this leave

    last_move: Mapped[dict[str, Any] | None]  # the latest move that changed the state, for "the same answer again"
    last_human_what: Mapped[str]
    last_human_by: Mapped[str]
    last_human_at: Mapped[datetime]


class StruckPerson(Row, Base):
    """A person (`id` is intake's) of whom a death or a no was recorded by mistake, and up to which version of theirs.

    That it was a mistake may be heard before the mistake itself. 0: never.
    """

    __tablename__ = "struck_people"

    death_version: Mapped[int]
    no_version: Mapped[int]


class ReferralMove(StrikableNote, Row, Base):
    """One line of a referral's history: a move, a question, a pause. Only ever added; struck when it was a mistake."""

    __tablename__ = "referral_moves"
    __table_args__ = (UniqueConstraint("referral_id", "version", "move"),)

    referral_id: Mapped[UUID] = mapped_column(index=True)
    version: Mapped[int]
    move: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    stage_entry: Mapped[int]
    by: Mapped[str]  # a user id, "agency" or "system"
    channel: Mapped[str | None]  # how an agency's answer came: link, code, phone, mail, api, in_person
    reason: Mapped[str | None]
    occurred_at: Mapped[datetime]
    note_sealed: Mapped[bytes | None] = sealed_column()
    note = Sealed("note")
    recorded_by: Mapped[str | None]  # who took it down, also where it is the agency's answer
    before: Mapped[dict[str, Any] | None]  # where the referral stood until then: codes, ids and instants
    struck_at: Mapped[datetime | None]  # it was a mistake, and the referral went back to `before`
