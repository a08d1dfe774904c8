"""Days and times as people type them, in British order: day, then month. An ambiguous date is asked about."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Final

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Without a year the nearest date is meant, unless the day is about as far off on both sides.
NEAR: Final = timedelta(days=150)
FIRST_HOUR: Final = 7

TIME_EXAMPLE: Final = "for example 14:30 or 2.30pm"
DAY_EXAMPLE: Final = "for example 27 3 2027 or 27 March"

_NAMED_TIMES: Final = {f"{twelve}{noon}": time(12) for twelve in ("", "12", "12 ") for noon in ("noon", "midday")}
_NIGHT: Final = frozenset({"midnight", "12 midnight", "12am", "24:00", "2400", "24"})
_TIME: Final = re.compile(r"(\d{1,2})(?:\s?[:.,h;-]\s?(\d{2})|\s(\d{2}))?(?:[:.]([0-5]\d))?\s?(am|pm)?")
_RUN: Final = re.compile(r"(\d{1,2})(\d{2})\s?(am|pm)?")
# "10-11" may be from ten to eleven; "10-30" is half past ten.
_SPAN: Final = re.compile(r"\d{1,2}\s?-\s?(?:0?[1-9]|1\d|2[0-4])\s?(?:am|pm)?")
_HALF: Final = re.compile(r"\b([ap])\.?\s?m\b\.?")
_HOURS: Final = re.compile(r"\s?(?:o'?clock|hours|hrs|hr|h|uhr)\s?(am|pm|)$")
# As spoken: "half past nine", "ten to 3", "nine thirty", "2 in the afternoon".
_HOURS_SAID: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MINUTES_SAID: Final = {"quarter": 15, "a quarter": 15, "half": 30, "fifteen": 15, "twenty": 20, "thirty": 30}
_NUMBERS: Final = {
    **{word: number for number, word in enumerate(_HOURS_SAID, 1)},
    **_MINUTES_SAID,
    **{"forty": 40, "fifty": 50},
}
_NUMBER: Final = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})(?:[ -](five))?"
_PAST: Final = re.compile(rf"{_NUMBER}(?: minutes)? (past|to) {_NUMBER}(.*)")
_SAID: Final = re.compile(rf"([a-z]+)(?: {_NUMBER})?(.*)")
_PART_OF_DAY: Final = re.compile(r" (?:in the|this) (morning|afternoon|evening)$")
_WORD: Final = re.compile(r"\d+|[a-z]+")
_ORDINAL: Final = re.compile(r"(\d)(?:st|nd|rd|th)\b")


class Unclear(ValueError):
    """The text is no day or time, or may be two. The message describes what to type instead, and repeats nothing."""


def read_time(typed: str) -> time:
    """Read a time of the day. Raises Unclear."""
    text = _HALF.sub(r"\1m", _plain(typed).removeprefix("at ").strip(" .@"))
    text = _as_figures(_HOURS.sub(r"\1", _PART_OF_DAY.sub(lambda part: " am" if part[1] == "morning" else " pm", text)))
    if text in _NAMED_TIMES:
        return _NAMED_TIMES[text]
    if text in _NIGHT:
        raise Unclear("midnight can be the beginning of a day or its end: type 00:00 with the day it begins, or 23:59")
    if _SPAN.fullmatch(text):
        raise Unclear(f"type one time, when it begins, {TIME_EXAMPLE}")
    if found := _RUN.fullmatch(text):
        hour, minute, half = found[1], found[2], found[3]
    elif found := _TIME.fullmatch(text):
        hour, minute, half = found[1], found[2] or found[3], found[5]
    else:
        raise Unclear(f"type a time, {TIME_EXAMPLE}")
    return _time(hour, minute, half)


def _as_figures(text: str) -> str:
    """Return half past nine, and nine thirty, as 9:30; anything else unchanged."""
    if found := _PAST.fullmatch(text):
        minutes, hour = _number(found[1], found[2]), _number(found[4], found[5])
        if found[3] == "to":
            minutes, hour = 60 - minutes, (hour - 2) % 12 + 1
        return f"{hour}:{minutes:02}{found[6]}"
    found = _SAID.fullmatch(text)
    if found and 1 <= _NUMBERS.get(found[1], 0) <= 12:
        return f"{_NUMBERS[found[1]]}:{_number(found[2], found[3]):02}{found[4]}"
    return text


def _number(word: str | None, five: str | None) -> int:
    value = int(word) if word and word.isdigit() else _NUMBERS.get(word or "", 0)
    return value + 5 if five else value


def _time(written: str, minutes: str | None, half: str | None) -> time:
    hour, minute = int(written), int(minutes or 0)
    if hour > 23 or minute > 59 or (half == "am" and hour > 12):
        raise Unclear(f"there is no such time; type it as {TIME_EXAMPLE.removeprefix('for example ')}")
    if half == "am" and hour == 12:
        raise Unclear("12 at night can be the beginning of a day or its end: type 00:00 or 12:00")
    if half == "pm" and hour < 12:
        if hour == 0:
            raise Unclear("there is no such time; type 12pm or 00:00")
        hour += 12
    elif half is None and 0 < hour < FIRST_HOUR and not written.startswith("0"):
        tail = f".{minute:02}" if minute else ""
        raise Unclear(f"morning or afternoon? Type {hour}{tail}am or {hour}{tail}pm")
    return time(hour, minute)


def read_day(parts: Mapping[str, str], today: date, *, ahead: bool | None = None) -> date | None:
    """Read a day from its three boxes, or from one of them alone; None when all are empty. Raises Unclear.

    `ahead`: whether the day is in the future (True) or the past (False). Only then does the name of a weekday mean a
    day.
    """
    boxes = [_plain(parts.get(name, "")) for name in ("day", "month", "year")]
    typed = " ".join(box for box in boxes if box)
    if not typed:
        return None
    named = {"today": 0, "tomorrow": 1, "yesterday": -1}
    if typed in named:
        return today + timedelta(days=named[typed])
    words = _WORD.findall(_ORDINAL.sub(r"\1", typed))
    words = [word for word in words if word not in ("of", "the", "on")]
    weekday = next((_index(WEEKDAYS, word) for word in words if _index(WEEKDAYS, word) is not None), None)
    words = [word for word in words if _index(WEEKDAYS, word) is None]
    if weekday is not None and not words:
        return _next(weekday, today, ahead)
    found = _date(words, today)
    if weekday is not None and found.weekday() != weekday:
        raise Unclear("the day of the week and the date do not fit; type the date alone")
    return found


def _date(words: list[str], today: date) -> date:
    if len(words) == 1 and words[0].isdigit() and len(words[0]) in (6, 8):
        words = [words[0][:2], words[0][2:4], words[0][4:]]
    if len(words) == 3 and len(words[0]) == 4 and all(word.isdigit() for word in words):
        words = words[::-1]  # 2027-03-27, as programs write it
    if len(words) in (2, 3) and _index(MONTHS, words[0]) is not None:
        words[:2] = words[1::-1]  # March 27
    if len(words) == 1 and words[0].isdigit() and len(words[0]) <= 2:
        raise Unclear(f"type the month too, {DAY_EXAMPLE}")
    if len(words) not in (2, 3) or not words[0].isdigit() or len(words[0]) > 2:
        raise Unclear(f"type a date, {DAY_EXAMPLE}")
    month = _month(words[1])
    if len(words) == 2:
        return _nearest(int(words[0]), month, today)
    return _real(_year(words[2]), month, int(words[0]))


def _month(word: str) -> int:
    named = _index(MONTHS, word)
    if named is not None:
        return named + 1
    if word.isdigit() and 1 <= int(word) <= 12:
        return int(word)
    if word.isdigit() and len(word) <= 2:
        raise Unclear(f"type the day first, then the month, {DAY_EXAMPLE}")
    raise Unclear(f"type a date, {DAY_EXAMPLE}")


def _year(word: str) -> int:
    if word.isdigit() and len(word) == 2:
        return 2000 + int(word)
    if word.isdigit() and len(word) == 4 and not word.startswith("0"):
        return int(word)
    raise Unclear("type the year with four digits, for example 2027")


def _nearest(day: int, month: int, today: date) -> date:
    found: list[date] = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    nearest = min(found, key=lambda one: abs(one - today), default=None)
    if nearest is None:
        return _real(today.year, month, day)
    if abs(nearest - today) > NEAR:
        raise Unclear(f"type the year too, {DAY_EXAMPLE.partition(' or ')[0]}")
    return nearest


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear(f"there is no such date; type a real one, {DAY_EXAMPLE}") from None


def _next(weekday: int, today: date, ahead: bool | None) -> date:
    distance = (weekday - today.weekday()) % 7
    if ahead is None or distance == 0:
        raise Unclear(f"type the date as well as the day of the week, {DAY_EXAMPLE}")
    return today + timedelta(days=distance if ahead else distance - 7)


def _index(names: tuple[str, ...], word: str) -> int | None:
    """Return which of these a word is, by its first three letters: "tues" and "sept" too."""
    full = {"mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday"}
    full |= {"sat": "saturday", "sun": "sunday", "jan": "january", "feb": "february", "mar": "march", "apr": "april"}
    full |= {"jun": "june", "jul": "july", "aug": "august", "sep": "september", "oct": "october"}
    full |= {"nov": "november", "dec": "december"}
    short = word[:3]
    return names.index(short) if short in names and full.get(short, short).startswith(word) else None


def _plain(text: str) -> str:
    """Return the text in lower case of one width, every dash a hyphen, with single blanks."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join("-" if unicodedata.category(char) == "Pd" else char for char in wide)
    visible = "".join(char for char in shown if unicodedata.category(char) != "Cf")
    return " ".join(visible.replace("\u2019", "'").replace("\u2236", ":").split())
