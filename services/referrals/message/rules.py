"""When a list closes, what is still wanted in a message, how long a failed one waits. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from services.referrals.codes import ENDINGS, State
from services.referrals.message.words import Kind
from shared.practice.calendar import at_local, local_day, working_day_on_or_after, working_days_after

Purpose = Literal["send", "chase", "no_contact"]

INCLUDED, DROPPED = "included", "dropped"

# Routine steps are due at 09:30 and are spread over ten minutes (contracts: messages).
CLOSES = time(9, 45)

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT_AFTER_REPORT = timedelta(hours=1)
LONGEST_WAIT_AFTER_REPORT = timedelta(days=1)


# The referral was withdrawn and nothing new has gone to the agency: it still holds what was disclosed, and must still
# be told to leave the person alone.
_GIVEN_UP = frozenset({State.WITHDRAWN, State.DRAFT, State.AWAITING_CONSENT})

# The purpose of a permit. A first message is the referral, a new disclosure; all others speak of it by reference.
_PURPOSES: Mapping[Kind, Purpose] = {Kind.FIRST: "send", Kind.NO_CONTACT: "no_contact"}


def purpose(kind: Kind) -> Purpose:
    """Return the purpose for which a message of this kind needs a permit."""
    return _PURPOSES.get(kind, "chase")


def list_day(at: datetime) -> date:
    """Return the working day whose list a step at `at` joins."""
    return working_day_on_or_after(local_day(at))


def closes_at(day: date) -> datetime:
    """Return when that day's list closes: 09:45 in London."""
    return at_local(day, CLOSES)


def following(day: date) -> date:
    """Return the next working day."""
    return working_days_after(day, 1)


@dataclass(frozen=True)
class Standing:
    """The facts that decide whether a message may still speak of a referral, read under its lock.

    `entry` is the stage entry of the message's item, `clock_runs` whether the clock of the reminder is still open,
    `may_say` whether the agency may tell us what that clock asks. `ordered`: somebody approved sending just this
    message, and nothing has happened since.
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
    """Return why a message need not or must not speak of this referral any more; None when it still should."""
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
    """Return the one address of a message: the one it was queued for, while any item of it still has that address."""
    there = [each for each in addresses if each is not None]
    return next((each for each in there if each.lower() == desk), there[0] if there else None)


def next_try(attempts: int) -> timedelta:
    """Return the wait after this many failed tries: half a minute, doubling, at most an hour."""
    return min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 12), LONGEST_WAIT)


def next_try_after_report(attempts: int) -> timedelta:
    """Return the wait after this many tries that their system refused: an hour, doubling, at most a day.

    Each try brings another report, and a fault of ours is mended by a person.
    """
    return min(FIRST_WAIT_AFTER_REPORT * 2 ** min(max(attempts - 1, 0), 12), LONGEST_WAIT_AFTER_REPORT)
