"""Calendar parts in words: when and where they invite to. Days and hours are London's."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

MOST_EVENTS = 10
LONDON = ZoneInfo("Europe/London")
_HEADINGS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Calendar entry",
    "ADD": "Invitation to a further date",
    "CANCEL": "Cancelled appointment",
    "REPLY": "Answer to an invitation",
    "COUNTER": "They propose another time",
    "DECLINECOUNTER": "They do not take the other time",
    "REFRESH": "Calendar request",
}
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
    "DELEGATED": "passed on",
    "NEEDS-ACTION": "not answered yet",
}
CANNOT = "[A calendar entry that cannot be read. Ask them when and where it is.]"


def in_words(raw: bytes, method: str) -> str:
    """Return the entries of a calendar part as text; never raise for what is in it."""
    try:
        calendars = icalendar.Calendar.from_ical(raw, multiple=True)
        said = [
            _event(event, _method(calendar, event, method))
            for calendar in calendars
            for event in calendar.walk("VEVENT")[:MOST_EVENTS]
        ]
    except MemoryError:
        raise
    except Exception:  # whatever breaks the parser, a person reads that there is an entry
        return CANNOT
    return "\n\n".join(said[:MOST_EVENTS]) or CANNOT


def _method(calendar: Any, event: Any, said: str) -> str:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "CANCEL"
    return (str(calendar.get("METHOD", "")) or said).upper()


def _event(event: Any, method: str) -> str:
    lines = [f"{_HEADINGS.get(method, 'Calendar entry')}: {_text(event, 'SUMMARY') or 'without a title'}"]
    if method == "REPLY":
        lines += _answers(event)
    lines.append(f"When: {_when(event)}")
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        lines.append("It repeats: ask them for the dates.")
    if where := _text(event, "LOCATION"):
        lines.append(f"Where: {where}")
    if str(event.get("STATUS", "")).upper() == "TENTATIVE":
        lines.append("It is not certain yet.")
    for name in ("DESCRIPTION", "COMMENT"):
        if said := _text(event, name):
            lines.append(said)
    return "\n".join(lines)


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    each = value if isinstance(value, list) else [value]
    return "\n".join(str(one).strip() for one in each if one is not None).strip()


def _answers(event: Any) -> list[str]:
    found = event.get("ATTENDEE")
    each = found if isinstance(found, list) else [found]
    said = [str(one.params.get("PARTSTAT", "")).upper() for one in each if one is not None]
    return [f"They said: {_ANSWERS.get(one, one.lower())}" for one in said if one]


def _when(event: Any) -> str:
    starts, ends = _date(event, "DTSTART"), _date(event, "DTEND")
    if starts is None:
        return "not said"
    if ends is None and (length := event.get("DURATION")) is not None and isinstance(length.dt, timedelta):
        ends = starts + length.dt
    if not isinstance(starts, datetime):
        last = ends - timedelta(days=1) if ends is not None and not isinstance(ends, datetime) else starts
        return f"{_day(starts)}, all day" if last <= starts else f"{_day(starts)} to {_day(last)}, all day"
    end = ends if isinstance(ends, datetime) else None
    if starts.tzinfo is None:
        return f"{_span(starts, end)} (no time zone is given)"
    here = starts.astimezone(LONDON)
    said = _span(here, end.astimezone(LONDON) if end is not None and end.tzinfo is not None else None)
    if starts.utcoffset() in (here.utcoffset(), timedelta(0)):
        return f"{said} (London time)"
    return f"{said} (London time; {starts:%H:%M} on {_day(starts)} where it was written)"


def _date(event: Any, name: str) -> datetime | date | None:
    value = event.get(name)
    found = getattr(value, "dt", None)
    return found if isinstance(found, date) else None


def _span(starts: datetime, ends: datetime | None) -> str:
    said = f"{_day(starts)}, {starts:%H:%M}"
    if ends is None or ends <= starts:
        return said
    return f"{said} to {ends:%H:%M}" if ends.date() == starts.date() else f"{said} to {_day(ends)}, {ends:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"
