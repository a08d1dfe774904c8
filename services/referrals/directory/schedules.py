"""Opening hours and dates as directories write them: in words, and as the days between which they hold. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from services.referrals.directory import plain

Schedule = Mapping[str, object]

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHICH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)[A-Z]*"
_RUN = re.compile(rf"({_DAY})\s*(?:-|\u2013|\bTO\b)\s*({_DAY})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Outside these years a date means "for ever", or nothing.
_NEVER_BEFORE, _FOR_EVER = 1980, 2090


def as_rule(schedule: Schedule) -> Schedule:
    """Return the schedule by the names of HSDS 3, with the fields of a calendar rule ("FREQ=WEEKLY;BYDAY=MO")."""
    found = dict(schedule)
    for name in ("rrule", "freq", "description"):
        text = schedule.get(name)
        if isinstance(text, str) and "FREQ=" in text.upper():
            said = {key.lower(): value for key, value in re.findall(r"(\w+)=([^;\s]+)", text)}
            found = {**found, name: None, **said}
    weekday = found.get("weekday")
    if "byday" not in found and weekday is not None:
        # HSDS 2: the name of a day, or its number from Monday on.
        number = int(str(weekday)) if str(weekday).isdigit() and 1 <= int(str(weekday)) <= 7 else 0
        found["byday"] = _DAYS[number - 1] if number else weekday
    return found


def hours(given: Schedule) -> str | None:
    """Put one schedule into words: "Monday to Friday, 9:30am to 4:30pm"; None when it is empty."""
    schedule = as_rule(given)
    days = _days(schedule.get("byday"), schedule.get("bysetpos"))
    times = _times(schedule.get("opens_at"), schedule.get("closes_at"))
    first = ", ".join(part for part in (_every(schedule), days, times) if part)
    starts, ends = between(schedule)
    said_dates = " ".join(
        part for part in (f"from {_date(starts)}" if starts else "", f"until {_date(ends)}" if ends else "") if part
    )
    said = [plain.line(schedule.get(name), 400) for name in ("description", "notes")]
    link = plain.link(schedule.get("schedule_link"))
    words = f"{first} ({said_dates})" if first and said_dates else first or said_dates
    return "; ".join(part for part in (words, *said, f"see {link}" if link else None) if part) or None


def between(schedule: Schedule) -> tuple[date | None, date | None]:
    """Return the days between which one schedule holds; two dates in the wrong order count as none."""
    starts = day(schedule.get("valid_from")) or day(schedule.get("dtstart"))
    ends = day(schedule.get("valid_to")) or day(schedule.get("until"))
    return (None, None) if starts and ends and ends < starts else (starts, ends)


def dates(schedules: Sequence[Schedule]) -> tuple[date | None, date | None]:
    """Return the days between which any of the schedules holds; None where that is open."""
    each = [between(as_rule(schedule)) for schedule in schedules]
    starts, ends = [one[0] for one in each], [one[1] for one in each]
    first = min((one for one in starts if one), default=None) if all(starts) else None
    return first, max((one for one in ends if one), default=None) if all(ends) else None


def unread(given: Schedule) -> list[str]:
    """Return which dates of the schedule cannot be used, in words."""
    schedule = as_rule(given)
    said = [(name, schedule.get(name)) for name in ("valid_from", "valid_to", "dtstart", "until")]
    found = [
        f"a date that cannot be read: {plain.line(value, 60) or 'not text'}" for _, value in said if _no_day(value)
    ]
    starts, ends = (day(schedule.get(one)) or day(schedule.get(other)) for one, other in _ENDS)
    return [*found, "dates that end before they begin"] if starts and ends and ends < starts else found


_ENDS = (("valid_from", "dtstart"), ("valid_to", "until"))


def _no_day(value: object) -> bool:
    return bool(value) and _any_day(value) is None


def day(value: object) -> date | None:
    """Return a date as feeds write it, the day before the month; None for no date, or for one that means "for ever"."""
    found = _any_day(value)
    return found if found and _NEVER_BEFORE <= found.year < _FOR_EVER else None


def _any_day(value: object) -> date | None:
    text = value.strip().casefold() if isinstance(value, str) else ""
    try:
        if found := re.match(r"(\d{4})[-/]?(\d\d)[-/]?(\d\d)(?!\d)", text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)", text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := re.match(
            r"(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?([a-z]{3})[a-z]*\.?,?[ -](\d{4})", text
        ):
            return date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    except ValueError:
        return None
    return None


def _days(value: object, place: object) -> str:
    given = value if isinstance(value, str) else ",".join(map(str, value)) if isinstance(value, list) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    text = given.upper()
    plain_days: list[int] = []
    said: list[str] = []
    for first, last in _RUN.findall(text):
        start, end = _DAYS.index(first[:2]), _DAYS.index(last[:2])
        plain_days += [at % 7 for at in range(start, end + 1 if end >= start else end + 8)]
    which = str(place or "").lstrip("+")
    for each in re.split(r"[\s,;]+", _RUN.sub(" ", text)):
        match = re.fullmatch(rf"([+-]?[1-5])?({_DAY})", each)
        if match is None:
            continue
        found, number = _DAYS.index(match.group(2)[:2]), (match.group(1) or which).lstrip("+")
        if number:
            said.append(f"{_WHICH.get(number, number)} {_NAMES[found]} of the month")
        else:
            plain_days.append(found)
    plain_days = sorted(set(plain_days))
    if len(plain_days) == 7:
        return "every day"
    runs: list[list[int]] = []
    for found in plain_days:
        if runs and runs[-1][-1] == found - 1:
            runs[-1].append(found)
        else:
            runs.append([found])
    for run in runs:
        said += [f"{_NAMES[run[0]]} to {_NAMES[run[-1]]}"] if len(run) > 2 else [_NAMES[one] for one in run]
    return ", ".join(said)


def _every(schedule: Schedule) -> str:
    interval = str(schedule.get("interval") or "1")
    freq = str(schedule.get("freq") or "").upper()
    unit = {"WEEKLY": "week", "MONTHLY": "month", "DAILY": "day"}.get(freq)
    if unit is None or not interval.isdigit() or int(interval) < 2:
        on = plain.line(str(schedule.get("bymonthday") or ""), 60) if freq == "MONTHLY" else None
        if on == "-1":
            return "last day of the month"
        return f"day {on} of the month" if on else "every day" if freq == "DAILY" and not schedule.get("byday") else ""
    return f"every {_WHICH.get(interval, interval + 'th')} {unit}"


def _times(opens_at: object, closes_at: object) -> str:
    opens, closes = _time(opens_at), _time(closes_at)
    said, until = (
        _clock(one) if one else plain.line(given, 20) for one, given in ((opens, opens_at), (closes, closes_at))
    )
    if opens and closes and closes < opens:
        # A night shelter: from the evening of the named day into the next one.
        until = "midnight" if closes == (0, 0) else f"{until} the next day"
    if said and until:
        return f"{said} to {until}"
    return f"from {said}" if said else f"until {until}" if until else ""


def _time(value: object) -> tuple[int, int] | None:
    """Return the hour and the minute: "09:30", "9.30am", "0930", 930."""
    text = f"{value:04}" if isinstance(value, int) and not isinstance(value, bool) and value > 24 else value
    if not isinstance(text, str):
        return None
    found = re.match(
        r"\s*(?:\d{4}-\d\d-\d\dT)?(\d{1,2})(?:[:.]?([0-5]\d))?(?::\d\d(?:\.\d+)?)?\s*([ap])?\.?m?", text, re.IGNORECASE
    )
    if found is None or not (found[2] or found[3]):
        return None
    hour, half = int(found[1]), (found[3] or "").lower()
    if hour > 24 or (half and not 1 <= hour <= 12):
        return None
    return (hour % 12 + 12 * (half == "p") if half else hour % 24), int(found[2] or 0)


def _clock(at: tuple[int, int]) -> str:
    hour, minute = at
    return f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}"


def _date(found: date) -> str:
    return f"{found.day} {found:%B %Y}"
