"""When a list closes, what is still wanted in a message, how long a failed one waits. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from services.referrals.message.words import Kind
from services.referrals.referral.words import ENDINGS, State
from shared.practice.calendar import at_local, local_day, working_day_on_or_after, working_days_after

Purpose = Literal["send", "chase", "no_contact"]

INCLUDED, DROPPED = "included", "dropped"

# Routine steps stand at 09:30 and are spread over ten minutes (contracts: messages).
CLOSES = time(9, 45)

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT_AFTER_REPORT = timedelta(hours=1)
LONGEST_WAIT_AFTER_REPORT = timedelta(days=1)


# It was withdrawn and nothing new has gone to them: they still hold what they were told, and are still to be told to
# leave him alone.
_GIVEN_UP = frozenset({State.WITHDRAWN, State.DRAFT, State.AWAITING_CONSENT})

# What intake is asked for. A first message is the referral, something new; all others speak of it by reference.
_PURPOSES: Mapping[Kind, Purpose] = {Kind.FIRST: "send", Kind.NO_CONTACT: "no_contact"}


def purpose(kind: Kind) -> Purpose:
    """For what a message of this kind asks intake."""
    return _PURPOSES.get(kind, "chase")


def list_day(at: datetime) -> date:
    """The working day whose list a step at `at` joins."""
    return working_day_on_or_after(local_day(at))


def closes_at(day: date) -> datetime:
    """When that day's list closes: 09:45 in London."""
    return at_local(day, CLOSES)


def following(day: date) -> date:
    """The next working day."""
    return working_days_after(day, 1)


@dataclass(frozen=True)
class Standing:
    """What a referral must be asked before a message about it leaves, read under its lock.

    `entry` is the stage entry the message is about, `clock_runs` whether the clock it reminds of is still open,
    `may_say` whether the agency may tell us what that clock asks. `ordered`: somebody approved sending just this
    message, and nothing has come in between.
    """

    state: State
    stage_entry: int
    entry: int
    ordered: bool = False
    clock_runs: bool = True
    may_say: bool = True
    paused: bool = False
    acknowledged: bool = False
    held: bool = False


def unwanted(kind: Kind, now: Standing) -> str | None:
    """Why a message need not or must not speak of this referral any more; None when it still should."""
    if kind is Kind.NO_CONTACT:
        return None if now.state in _GIVEN_UP else "sent_again"
    if kind is Kind.FIRST and now.ordered:
        return None
    if now.state in ENDINGS:
        return "ended"
    if now.state is State.DRAFT:
        return "reopened"
    if now.state is State.UNDELIVERABLE and kind is Kind.REMINDERS:
        return "undeliverable"
    if kind is Kind.FIRST:
        return "answered"
    if kind is Kind.FRESH_LINK:
        return None
    if now.stage_entry != now.entry:
        return "answered"
    return _needless(now) if kind is Kind.REMINDERS else None


def _needless(now: Standing) -> str | None:
    if not now.clock_runs:
        return "answered"
    if not now.may_say:
        return "may_not_say"
    if now.paused:
        return "waits_for_us"
    if now.acknowledged:
        return "acknowledged"
    return "held" if now.held else None


def one_address(desk: str, addresses: Sequence[str | None]) -> str | None:
    """The one address a message goes to: that it was queued for, while anything in it is still written to there."""
    there = [each for each in addresses if each is not None]
    return next((each for each in there if each.lower() == desk), there[0] if there else None)


def next_try(attempts: int) -> timedelta:
    """How long to wait after so many tries that failed: half a minute, doubling, at most an hour."""
    return min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 12), LONGEST_WAIT)


def next_try_after_report(attempts: int) -> timedelta:
    """How long to wait after so many tries that their system refused: an hour, doubling, at most a day.

    Each try brings another report, and what is wrong with us is mended by somebody.
    """
    return min(FIRST_WAIT_AFTER_REPORT * 2 ** min(max(attempts - 1, 0), 12), LONGEST_WAIT_AFTER_REPORT)
