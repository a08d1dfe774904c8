"""Decide what a program may be given, and until when. Pure."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from shared.access.programs import NAME, OF_A_SERVICE, SCOPES

LONGEST = timedelta(days=365)
# From here on an administrator is asked to make the next key.
ENDS_SOON = timedelta(days=14)
# Two, so that a program goes from one key to the next without a pause.
MOST_VALID = 2
# Until every service has been told of a change; after this it is a fault.
TOLD_WITHIN = timedelta(minutes=2)

WORDS = {
    "inbound_mail": "Submit received emails",
    "accounts": "State who is in which team",
    "directory": "Read the directory of services",
    "monitoring": "Read how the system is running, with no care data",
    "service_answers": "Answer about the referrals of one organisation, as its own program",
}


def ends_soon(ends: Iterable[datetime], now: datetime) -> datetime | None:
    """Return when the last of a program's valid keys ends, if that is soon; None when it lasts, or none is valid."""
    last = max(ends, default=None)
    return last if last is not None and last <= now + ENDS_SOON else None


def wrong_with(
    name: str, scopes: Collection[str], teams: Collection[object], agency: object | None
) -> tuple[str, str] | None:
    """Return the field that cannot be taken, with the reason; None when all agree."""
    if not re.fullmatch(NAME, name):
        return "name", "must have 3 to 40 small letters, digits and hyphens, and begin with a letter"
    if not scopes or not set(scopes) <= set(SCOPES):
        return "scopes", "choose at least one"
    if OF_A_SERVICE in scopes and len(scopes) > 1:
        return "scopes", "a program of another organisation answers and does nothing else: choose that alone"
    if OF_A_SERVICE in scopes and agency is None:
        return "agency", "choose the organisation whose program it is"
    if OF_A_SERVICE not in scopes and agency is not None:
        return "agency", "leave this empty: only a program that answers belongs to another organisation"
    if any(SCOPES[scope].of_teams for scope in scopes) and not teams:
        return "teams", "choose at least one team: without one this program would reach nothing"
    return None


def wrong_end(expires_at: datetime | None, now: datetime) -> str | None:
    """Return why a key may not end then; None when it may."""
    if expires_at is None:
        return "enter the last day of the key"
    if expires_at <= now:
        return "must be a day to come"
    if expires_at > now + LONGEST + timedelta(days=1):
        return "must be within a year"
    return None
