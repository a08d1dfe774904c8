"""Rules of permits: whether a disclosure is allowed now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.intake.consent.rules import Standing, Times
from services.intake.permit.rules import Purpose

# Long enough for a retry of the mail server, short enough that a withdrawal takes effect within minutes.
PERMIT_LIVES = timedelta(minutes=5)


# The person agreed to something, but not to the whole disclosure.
NOT_COVERED = "not_covered"
# Every reason why a permit may be refused.
REFUSALS = (
    "died", "said_no", "not_known", NOT_COVERED,
    *(each.value for each in Standing if each is not Standing.LIVE),
)  # fmt: skip


class How(StrEnum):
    """How a worker made a disclosure."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"


class Ground(StrEnum):
    """The ground of a granted permit."""

    CONSENT = "consent"
    OVERRIDE = "override"
    EARLIER_OVERRIDE = "earlier_override"
    LEAVE_ALONE_NOTICE = "leave_alone_notice"  # discloses only that the person is to be left alone


@dataclass(frozen=True)
class Situation:
    """Everything on which the answer depends, read under lock.

    `override`: there is a decision to disclose without consent, newer than the last withdrawal and unused.
    `earlier_override`: a message was sent on such a decision, newer than the last withdrawal.
    `covers`: the newest consent covers the whole disclosure.
    """

    said_no: bool
    died: bool
    consent: Standing
    override: bool
    earlier_override: bool
    covers: bool = True


@dataclass(frozen=True)
class Answer:
    """Either the ground of a permit, or the reason of a refusal."""

    ground: Ground | None = None
    why: str | None = None


def decide(purpose: Purpose, now: Situation) -> Answer:
    """Decide whether a disclosure for this purpose is allowed (trust: "Both ways").

    A withdrawal stops every message; an expired consent still allows reminders of what was sent and stops anything new.
    A call discloses new content, so it needs what a send needs. To show what was sent discloses it again, which after
    the expiry counts as new; the decision on which a referral was sent without consent still allows it.
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
    """Return whether a consent was valid at `at`: given by then, not yet expired and not yet withdrawn."""
    return (
        consent.given_at <= at
        and (consent.expires_at is None or at < consent.expires_at)
        and (consent.withdrawn_at is None or at < consent.withdrawn_at)
    )
