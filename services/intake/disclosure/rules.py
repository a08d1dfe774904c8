"""May this leave, now?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.intake.consent.rules import Standing, Times

# Long enough for a mail server that is asked twice, short enough that a withdrawal is in force within minutes.
PERMIT_LIVES = timedelta(minutes=5)


# He agreed to something, but not to all that is to be told.
NOT_COVERED = "not_covered"


class Purpose(StrEnum):
    """Why somebody is to be told: something new, what was sent brought before them (its first message, its content), a
    chase by reference only, a call, or that they may not contact him any more.
    """

    SEND = "send"
    SHOW = "show"
    CHASE = "chase"
    CALL = "call"
    NO_CONTACT = "no_contact"


class How(StrEnum):
    """How a worker told somebody."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class Outcome(StrEnum):
    """What became of a permit."""

    LIVE = "live"
    SENT = "sent"
    LAPSED = "lapsed"


class Ground(StrEnum):
    """On what a granted permit stands."""

    CONSENT = "consent"
    OVERRIDE = "override"
    EARLIER_OVERRIDE = "earlier_override"
    LEAVE_ALONE_NOTICE = "leave_alone_notice"  # nothing is told of him but that he is to be left alone


@dataclass(frozen=True)
class Situation:
    """Everything the answer depends on, read under lock.

    `override`: a decision to disclose without consent that is newer than the last withdrawal and not used up.
    `earlier_override`: something was sent on such a decision, newer than the last withdrawal.
    `covers`: what he agreed to last covers all that is to be told.
    """

    said_no: bool
    died: bool
    consent: Standing
    override: bool
    earlier_override: bool
    covers: bool = True


@dataclass(frozen=True)
class Answer:
    """Either the ground on which it may leave, or why not."""

    ground: Ground | None = None
    why: str | None = None


def decide(purpose: Purpose, now: Situation) -> Answer:
    """Trust, "Both ways": withdrawn stops every send; expired lets what was sent be chased and stops anything new.

    A call tells something new, so it needs what a send needs. Showing what was sent tells it: after a consent has
    expired that is something new; the decision on which a referral was sent without consent still serves it.
    """
    if now.died:
        return Answer(why="died")
    if now.said_no:
        return Answer(why="said_no")
    if purpose is Purpose.NO_CONTACT:
        return Answer(Ground.LEAVE_ALONE_NOTICE)
    if now.consent is Standing.LIVE and (now.covers or purpose is Purpose.CHASE):
        return Answer(Ground.CONSENT)
    if purpose is Purpose.CHASE and now.consent is Standing.EXPIRED:
        return Answer(Ground.CONSENT)
    if purpose in (Purpose.CHASE, Purpose.SHOW) and now.earlier_override:
        return Answer(Ground.EARLIER_OVERRIDE)
    if now.override:
        return Answer(Ground.OVERRIDE)
    return Answer(why=NOT_COVERED if now.consent is Standing.LIVE else now.consent.value)


def consent_held(consent: Times, at: datetime) -> bool:
    """Whether a consent held at `at`: given by then, not yet expired and not yet taken back."""
    return (
        consent.given_at <= at
        and (consent.expires_at is None or at < consent.expires_at)
        and (consent.withdrawn_at is None or at < consent.withdrawn_at)
    )


def no_in_force(said_no_at: datetime | None, until: datetime | None, now: datetime) -> bool:
    """Whether his no holds at `now`: from when he said it, until its date or for good."""
    return said_no_at is not None and (until is None or now < until)
