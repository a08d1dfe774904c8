"""Answers of an agency: by link or typed code, or by phone through a worker."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.referrals.codes import DeclineReason, MissKind
from services.referrals.referral.schemas import AppointmentBody
from shared.http.bodies import Body, Day, Instant, View
from shared.references import Reference
from shared.text import LINE_LENGTH, Text, clean

# The answers of an agency: its moves, and others. "ring_me" and "cannot_reach" are questions to us.
Answer = Literal[
    "see",
    "accept",
    "waitlist",
    "book",
    "rebook",
    "attend",
    "miss",
    "treat",
    "complete",
    "decline",
    "question",
    "ring_me",
    "cannot_reach",
    "never_got_it",
    "may_not_say",
    "take_back",
]


def _numbered(value: str) -> str:
    if not any(char.isdecimal() for char in value):
        raise PydanticCustomError("no_name", "must hold a number and no name")
    return value


# A number of theirs, not a name: it is shown to whoever holds the link.
TheirReference = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z /._-]{0,39}$"), AfterValidator(_numbered)]


class Said(Body):
    """An answer with the fields it needs; `their_reference` is the agency's own for this referral.

    `confirm_date`: an appointment in the past, or a visit before the day of the appointment, is meant as it is given.
    `takes_back`: which answer `take_back` means, as `last_answer` names it.
    """

    answer: Answer
    takes_back: int | None = Field(default=None, ge=1, le=2**31 - 1)
    confirm_date: bool = False
    their_reference: TheirReference | None = None
    appointment: AppointmentBody | None = None
    until: Day | None = None
    miss_kind: MissKind | None = None
    reason: DeclineReason | None = None


def _typed(value: SecretStr) -> SecretStr:
    clean(value.get_secret_value(), LINE_LENGTH)
    return value


# Text that people type or paste, distinguished from what only a program would send.
Secret = Annotated[SecretStr, AfterValidator(_typed)]


class Key(Body):
    """The token of a link or the 12 characters of a typed code; for a list, the reference of one referral."""

    token: Secret | None = Field(default=None, min_length=8, max_length=2000)
    code: Secret | None = Field(default=None, min_length=8, max_length=100, validate_default=True)
    reference: Reference | None = Field(default=None, max_length=100)

    @field_validator("code")
    @classmethod
    def _one_of_them(cls, code: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A refused token is not in the data: then only that error is reported.
        if "token" in info.data and (info.data["token"] is None) == (code is None):
            raise PydanticCustomError("one_of", "give either token or code")
        return code

    def secret(self) -> str:
        """Return the token or the code."""
        given = self.token or self.code
        assert given is not None
        return given.get_secret_value()


class FreshBody(Body):
    """The dead link or code or, where neither is at hand, a reference of ours."""

    token: Secret | None = Field(default=None, min_length=8, max_length=2000)
    code: Secret | None = Field(default=None, min_length=8, max_length=100)
    reference: Reference | None = Field(default=None, max_length=100, validate_default=True)

    @field_validator("reference")
    @classmethod
    def _one_of_them(cls, reference: str | None, info: ValidationInfo) -> str | None:
        if {"token", "code"} <= info.data.keys():
            absent = [info.data["token"], info.data["code"]].count(None)
            if absent == 0 or (absent == 2 and reference is None):
                raise PydanticCustomError("one_of", "give either token or code, or else a reference")
        return reference

    def secret(self) -> str | None:
        given = self.token or self.code
        return given.get_secret_value() if given else None


class ReplyBody(Key, Said):
    """An answer over a link or code.

    Whoever has read how the person may be reached confirms that when they book; of anybody else it is a proposal.
    """

    note: Text | None = None
    safe_contact_confirmed: bool = False


class SecondStepBody(Key):
    """The code that was read out or sent to the service's own phone."""

    second_step: Secret = Field(min_length=4, max_length=100)


class PhoneBody(Body):
    """One call through a worker, or one email that was read (`wrote`): its outcome, and the answer if any."""

    outcome: Literal["spoke", "left_message", "nobody", "never_got_it", "wrote"]
    mail_id: UUID | None = Field(default=None, validate_default=True)
    occurred_at: Instant | None = None
    said: Said | None = None
    note: Text | None = None

    @field_validator("said")
    @classmethod
    def _only_when_spoken(cls, said: Said | None, info: ValidationInfo) -> Said | None:
        if said is not None and info.data.get("outcome", "spoke") not in ("spoke", "wrote"):
            raise PydanticCustomError("not_spoken", "an answer is only heard when somebody spoke or wrote")
        return said

    @field_validator("mail_id")
    @classmethod
    def _of_what_was_written(cls, mail_id: UUID | None, info: ValidationInfo) -> UUID | None:
        if "outcome" in info.data and (mail_id is not None) != (info.data["outcome"] == "wrote"):
            raise PydanticCustomError("with_wrote", 'goes with the outcome "wrote" and with no other')
        return mail_id


class OpenedLine(View):
    """What a link or code shows of one referral: never a name, nothing about the person."""

    reference: str
    their_reference: str | None
    state: str
    asked: str
    answer_by: datetime | None
    question: bool
    we_answer_by: datetime | None  # when our answer to their question is due
    answered: bool  # we answered, and nobody has done anything since; what we said is behind the code
    read: bool  # over this link it was read how the person may be reached
    answers: list[str]
    last_answer: int | None  # names what `take_back` takes back; empty when that is not possible
    waitlisted_until: date | None
    ring: str  # who works with the person now, by the name they chose, or our organisation


class OpenedView(View):
    """What may be answered. One referral, or an agency's list of a day."""

    channel: str
    referrals: list[OpenedLine]
    second_step_needed: bool


class ToldView(View):
    """What is disclosed to the agency, after the second step, safe-contact rules first.

    With it the appointment, what the service asked us last and our answer (empty while it waits for our answer).
    """

    reference: str
    told: dict[str, Any]
    appointment_at: datetime | None
    question: str | None
    answer: str | None


class AnsweredView(View):
    """The result of an answer; `changed` is false when nothing changed.

    `proposed`: the person is informed of the appointment only after a worker has rung.
    """

    reference: str
    state: str
    changed: bool
    proposed: bool
    answers: list[str]


class FreshView(View):
    """A fresh link goes to the address on record, if there is one. After a bare reference `sent` is empty."""

    sent: bool | None
    how: str


class CalledView(View):
    """The result of a call."""

    referral_id: UUID
    outcome: str
    changed: bool
    state: str
    version: int
