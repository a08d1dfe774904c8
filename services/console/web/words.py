"""Times and states in plain words, for templates. All times are London's."""

from datetime import date, datetime, timedelta

from shared import clock
from shared.clock import LONDON

STAGES = {
    "waiting": "Waiting for a worker",
    "engaging": "Getting to know each other",
    "planned": "Plan running",
    "stepping_down": "Stepping down",
    "closed": "Closed",
    "on_hold": "Paused",
    "lost_contact": "Out of touch",
    "said_no": "Said no",
}
ENGAGEMENT = {
    "identified": "Identified",
    "approached": "Approached",
    "engaged": "Engaged",
    "out_of_touch": "Out of touch",
    "said_no": "Said no",
}
REFERRAL = {
    "draft": "Not sent yet",
    "awaiting_consent": "Waiting for consent",
    "sent": "Sent",
    "undeliverable": "Did not arrive",
    "acknowledged": "Seen by the service",
    "waitlisted": "On a waiting list",
    "accepted": "Accepted",
    "booked": "Appointment booked",
    "attended": "Attended",
    "in_treatment": "In treatment",
    "completed": "Completed",
    "declined": "The service said no",
    "withdrawn": "Withdrawn",
}
RUNGS = {
    "remind_agency": "remind the service",
    "ask_worker": "ask the worker to ring them",
    "tell_supervisor": "tell the supervisor",
    "ask_supervisor_to_ring": "ask the supervisor to ring their manager",
    "offer_alternative": "offer another service",
    "case_conference": "talk it over together",
}
ROLES = {
    "worker": "Worker",
    "clinician": "Clinician",
    "supervisor": "Supervisor",
    "guardian": "Guardian",
    "commissioner": "Commissioner",
    "admin": "Administrator",
}


def instant(value: str | datetime) -> datetime:
    """Return an instant of an API's answer, in London time."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(LONDON)


def is_past(value: str | datetime, now: datetime) -> bool:
    """Return whether an instant of an API's answer is over."""
    return instant(value) < now


def day(value: str | date | datetime | None) -> str:
    """Write a day as "Mon 2 Mar", with its year when that is not this year; nothing for None."""
    if value is None:
        return ""
    found = _day(value)
    year = f" {found.year}" if found.year != clock.local_date(clock.now()).year else ""
    return short_day(found) + year


def short_day(value: str | date | datetime) -> str:
    """Write a day without its year, where that is known or there is no room for it: "Mon 2 Mar"."""
    found = _day(value)
    return f"{found:%a} {found.day} {found:%b}"


def _day(value: str | date | datetime) -> date:
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else instant(value).date()


def time(value: str | datetime | None) -> str:
    """Write a time as "2:30pm"; nothing for None."""
    if value is None:
        return ""
    found = instant(value)
    hour = found.hour % 12 or 12
    minutes = f":{found:%M}" if found.minute else ""
    return f"{hour}{minutes}{'am' if found.hour < 12 else 'pm'}"


def moment(value: str | datetime | None) -> str:
    """Write a moment as "Mon 2 Mar at 2:30pm"; nothing for None."""
    return "" if value is None else f"{day(value)} at {time(value)}"


def ago(value: str | datetime | None) -> str:
    """Write a day as "today", "yesterday", "5 days ago" or "in 3 days", by the clock of care; nothing for None."""
    if value is None:
        return ""
    days = (clock.local_date(clock.now()) - instant(value).date()) // timedelta(days=1)
    if days in (0, 1, -1):
        return {0: "today", 1: "yesterday", -1: "tomorrow"}[days]
    return f"{days} days ago" if days > 0 else f"in {-days} days"


# Codes whose own words are not those of the pages.
_PLAIN = {
    "custody": "prison",
    "in_custody": "in prison",
    "in_custody_or_hospital": "in prison or hospital",
    "agency_cancelled": "the service cancelled",
    "agency_not_answering": "no reply",
    "person_declined": "they did not want it",
    "person_not_informed": "the person was not told",
    "mail": "email",
}


def plain(value: object) -> str:
    """Write a code that no other table here has words for: in_hospital as "in hospital"."""
    return _PLAIN.get(str(value)) or str(value).replace("_", " ")


def late(due: str | datetime) -> str:
    """Write how late something is: "due today", "1 day late", "36 days late"."""
    days = (clock.local_date(clock.now()) - instant(due).date()) // timedelta(days=1)
    return f"{many(days, 'day')} late" if days > 0 else "due today"


def until_end(value: str | datetime | None) -> str:
    """Write an instant at which something ends; midnight is the end of the day before."""
    if value is None:
        return ""
    found = instant(value)
    at_midnight = found.hour == found.minute == 0
    return f"the end of {day(found - timedelta(days=1))}" if at_midnight else moment(found)


def many(count: int, one: str, several: str | None = None) -> str:
    """Write a count with its noun: "1 referral", "2 referrals"."""
    return f"{count} {one if count == 1 else several or one + 's'}"


FILTERS = {
    "day": day,
    "time": time,
    "moment": moment,
    "ago": ago,
    "late": late,
    "until_end": until_end,
    "plain": plain,
    "stage": lambda value: STAGES.get(value, plain(value)),
    "engagement": lambda value: ENGAGEMENT.get(value, plain(value)),
    "referral_state": lambda value: REFERRAL.get(value, plain(value)),
    "rung": lambda value: RUNGS.get(value, plain(value)),
    "role": lambda value: ROLES.get(value, plain(value)),
}
