"""Referrals and their history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.referrals.base import Base
from shared.crypto.sealed import Sealed, SealedJson, sealed_column
from shared.db.base import Row
from shared.notes import StrikableNote
from shared.standing import OnBoard


class Referral(Row, OnBoard, Base):
    """A request to an agency's service to help a person. `version` grows with every change, also of its ladder."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index("ix_referrals_open", "state", "id"),
        Index("ix_referrals_person_id_agency_id", "person_id", "agency_id"),
    )

    reference: Mapped[str] = mapped_column(unique=True)  # what agencies see; reveals nothing
    person_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    plan_id: Mapped[UUID | None] = mapped_column(index=True)
    agency_id: Mapped[UUID] = mapped_column(index=True)
    service_id: Mapped[UUID]
    pathway: Mapped[str | None]
    told_sealed: Mapped[bytes | None] = sealed_column()
    told = SealedJson("told")  # exactly what is disclosed to the agency; kept as it was sent

    their_reference_sealed: Mapped[bytes | None] = sealed_column()
    their_reference = Sealed("their_reference")  # the agency's own; stays sealed, whatever they put into it

    state: Mapped[str]
    stage_entry: Mapped[int] = mapped_column(default=1)
    stage_since: Mapped[datetime]  # when the fact that opened the stage happened
    clocks_due: Mapped[bool] = mapped_column(default=True)  # a fact was recorded since its clocks were last set
    off_reason: Mapped[str] = mapped_column(default="")  # why no clock runs in this state
    walk_in: Mapped[bool] = mapped_column(default=False)
    waitlisted_until: Mapped[date | None]
    accepted_before: Mapped[bool] = mapped_column(default=False)  # in this round
    ever_sent: Mapped[bool] = mapped_column(default=False)  # a message left for the agency in this round
    ended_reason: Mapped[str | None]
    stall_reason: Mapped[str | None]

    question_since: Mapped[datetime | None]
    mail_since: Mapped[datetime | None]  # an email about it waits to be read
    paused_since: Mapped[datetime | None]  # since when the stage clock is paused, for a question or an email
    silent_until: Mapped[datetime | None]  # somebody is working on it

    dates: Mapped[dict[str, Any]] = mapped_column(default=dict)  # recorded dates with which spans start or end
    round_entry: Mapped[int] = mapped_column(default=1)  # stage entry of the latest draft; spans belong to a round
    sent_at: Mapped[datetime | None]  # in this round

    send_request: Mapped[str | None]  # the message that was approved and has not been disclosed yet
    send_move: Mapped[str | None]
    send_at: Mapped[datetime | None]  # when the worker approved it
    send_by: Mapped[str | None]
    send_waits: Mapped[str | None]  # why it has not been disclosed yet: `call`, or a code of what keeps our email
    may_tell_us: Mapped[list[Any] | None]  # by the person's consent and the agency's word: attendance, outcome, results
    may_tell_us_version: Mapped[int | None]  # of the person at intake, at the newest permission that we received
    held_back: Mapped[str | None]  # why it is not with them: intake refused, or our email did not arrive
    permit_version: Mapped[int | None]  # of the person at intake, when intake last permitted the disclosure

    last_move: Mapped[dict[str, Any] | None]  # the latest move that changed the state, to recognise a repeat


class StruckPerson(Row, Base):
    """A person (`id` is intake's) with a death or a no that was recorded by mistake, and up to which version of theirs.

    The event of the mistake may come before the event of the fact itself. 0: never.
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
    recorded_by: Mapped[str | None]  # who recorded it, also where it is the agency's answer
    before: Mapped[dict[str, Any] | None]  # the state before the move: codes, ids and instants
    struck_at: Mapped[datetime | None]  # when the line was struck, and the referral went back to `before`
