"""Numbers, addresses and opening hours as directories write them. Pure.

What cannot be read is not guessed at: the caller names it in the import's report.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from services.referrals.directory import plain

REGION = "GB"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_TWO_NUMBERS = re.compile(r"\s*(?:[/;|,\n]|\bor\b|\band\b|&)\s*", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:(?:tele)?phone(?: number)?|tel(?: no)?|mob(?:ile)?|ph|t|m|call|ring)\b\s*[:.]*\s*(?:(?:us )?on\b)?",
    re.IGNORECASE,
)
_EMERGENCY = frozenset({"999", "112", "911"})


@dataclass(frozen=True)
class Number:
    """A number that a person can dial, and what is said beside it ("freephone", "option 2")."""

    number: str
    note: str | None = None


def phones(value: object) -> list[Number]:
    """The numbers in one field; empty when there is none to dial."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) and value is not True else ""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", plain.line(text, 300) or ""))
    parts = _TWO_NUMBERS.split(text)
    if sum(_digits(part) >= 6 for part in parts) < 2:
        parts = [text]
    found: list[Number] = []
    for part in parts:
        of_it = _dialable(part)
        if not of_it and found and part:
            of_it, last = [], found.pop()
            found.append(Number(last.number, ", ".join(filter(None, (last.note, _beside(part))))[:80] or None))
        found += of_it
    return list(dict.fromkeys(found))


def _dialable(text: str) -> list[Number]:
    matches = list(PhoneNumberMatcher(text, REGION, leniency=Leniency.POSSIBLE))
    if matches:
        rest = text
        for match in matches:
            rest = rest.replace(match.raw_string, " ", 1)
        return [Number(_number(match), _beside(rest)) for match in matches]
    digits = re.sub(r"\D", "", text)
    if (
        3 <= len(digits) <= 6
        and digits not in _EMERGENCY
        and re.search(r"(?<!\d)" + digits + r"(?!\d)", re.sub(r"(?<=\d) (?=\d)", "", text))
    ):
        # 111, 116 123: dialled as they are.
        short = phonenumbers.parse(digits, REGION)
        if phonenumbers.is_valid_short_number_for_region(short, REGION):
            return [Number(digits, _beside(re.sub(r"\d[\d ]*\d", " ", text, count=1)))]
    written = re.search(r"\+?\(?\d[\d ()./-]{5,30}\d", text)
    if written and 7 <= _digits(written.group()) <= 15:
        return [Number(written.group(), _beside(text.replace(written.group(), " ", 1)))]
    return []


def _number(match: phonenumbers.PhoneNumberMatch) -> str:
    if match.number.country_code == 44:
        return phonenumbers.format_number(match.number, PhoneNumberFormat.NATIONAL).replace(" x", " ext. ")
    return phonenumbers.format_number(match.number, PhoneNumberFormat.INTERNATIONAL)


def _beside(text: str) -> str | None:
    said = " ".join(re.sub(r"[()\[\]]", " ", text).split())
    said = _LABEL.sub("", said).strip(" :;,.-/")
    return said[:80] or None


def _digits(text: str) -> int:
    return sum(each.isdigit() for each in text)


_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_AT, _DOT = re.compile(r"\s*(?:[\[({]\s*at\s*[\])}]|@)\s*", re.I), re.compile(r"\s*[\[({]\s*dot\s*[\])}]\s*", re.I)


def emails(value: object) -> list[str]:
    """The addresses in one field: "mailto:", names, brackets and stops around them are no part of them."""
    if not isinstance(value, str):
        return []
    text = unicodedata.normalize("NFKC", value[:2000])
    text = "".join(" " if each.isspace() else each for each in text if each.isspace() or plain.harmless(each))
    text = "".join(each for each in text if unicodedata.category(each) != "Cf").replace("%40", "@")
    found: list[str] = []
    for each in _EMAIL.findall(_DOT.sub(".", _AT.sub("@", text))):
        local, _, domain = each.rpartition("@")
        local = local.lower() if local.isupper() else local
        clean = plain.email(f"{local.strip('.')}@{domain.lower().strip('.-')}")
        if clean is not None and clean not in found:
            found.append(clean)
    return found


_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHICH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}


def hours(schedule: Mapping[str, object]) -> str | None:
    """One schedule in words: "Monday to Friday, 9:30am to 4:30pm"; None when it says nothing."""
    days = _days(schedule.get("byday"))
    opens, closes = _time(schedule.get("opens_at")), _time(schedule.get("closes_at"))
    times = (
        f"{opens} to {closes}"
        if opens and closes
        else f"from {opens}"
        if opens
        else f"until {closes}"
        if closes
        else ""
    )
    first = ", ".join(part for part in (_every(schedule), days, times) if part)
    starts, ends = _day(schedule.get("valid_from")), _day(schedule.get("valid_to"))
    dates = " ".join(
        part for part in (f"from {_date(starts)}" if starts else "", f"until {_date(ends)}" if ends else "") if part
    )
    said = (plain.line(schedule.get(name), 400) for name in ("description", "notes"))
    return (
        "; ".join(part for part in (f"{first} ({dates})" if first and dates else first or dates, *said) if part) or None
    )


def dates(schedules: Sequence[Mapping[str, object]]) -> tuple[date | None, date | None]:
    """From when and until when any of the schedules holds; None where that is open."""
    starts = [_day(each.get("valid_from")) for each in schedules]
    ends = [_day(each.get("valid_to")) for each in schedules]
    first = min((each for each in starts if each), default=None) if all(starts) else None
    return first, max((each for each in ends if each), default=None) if all(ends) else None


def _days(value: object) -> str:
    given = value if isinstance(value, str) else ",".join(map(str, value)) if isinstance(value, list) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    plain_days: list[int] = []
    said: list[str] = []
    for each in re.split(r"[\s,;]+", given.upper()):
        match = re.fullmatch(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)[A-Z]*", each)
        if match is None:
            continue
        day = _DAYS.index(match.group(2))
        if match.group(1):
            said.append(f"{_WHICH.get(match.group(1).lstrip('+'), match.group(1))} {_NAMES[day]} of the month")
        else:
            plain_days.append(day)
    plain_days = sorted(set(plain_days))
    if len(plain_days) == 7:
        return "every day"
    runs: list[list[int]] = []
    for day in plain_days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in runs:
        said += [f"{_NAMES[run[0]]} to {_NAMES[run[-1]]}"] if len(run) > 2 else [_NAMES[day] for day in run]
    return ", ".join(said)


def _every(schedule: Mapping[str, object]) -> str:
    interval = str(schedule.get("interval") or "1")
    freq = str(schedule.get("freq") or "").upper()
    unit = {"WEEKLY": "week", "MONTHLY": "month", "DAILY": "day"}.get(freq)
    if unit is None or not interval.isdigit() or int(interval) < 2:
        on = plain.line(schedule.get("bymonthday"), 60) if freq == "MONTHLY" else None
        return f"day {on} of the month" if on else "every day" if freq == "DAILY" and not schedule.get("byday") else ""
    return f"every {'second' if interval == '2' else interval + '.'} {unit}"


def _time(value: object) -> str | None:
    found = re.match(r"\s*(?:\d{4}-\d\d-\d\dT)?([01]?\d|2[0-4])[:.](\d\d)", value) if isinstance(value, str) else None
    if found is None:
        return None
    hour, minute = int(found.group(1)) % 24, int(found.group(2))
    return f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}"


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
