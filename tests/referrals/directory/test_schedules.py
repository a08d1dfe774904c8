"""Opening hours in words, and the days between which they hold, as directories write them."""

from datetime import date
from typing import Any

import pytest

from services.referrals.directory.schedules import dates, hours, unread


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            {"byday": "MO,TU,WE,TH,FR", "opens_at": "09:30", "closes_at": "16:30:00"},
            "Monday to Friday, 9:30am to 4:30pm",
        ),
        ({"byday": "MO,WE", "opens_at": "09:00Z", "closes_at": "12:00"}, "Monday, Wednesday, 9am to 12pm"),
        ({"byday": "2TU", "freq": "MONTHLY", "opens_at": "14:00"}, "second Tuesday of the month, from 2pm"),
        ({"byday": "-1FR", "closes_at": "17:00"}, "last Friday of the month, until 5pm"),
        ({"byday": "TH", "freq": "WEEKLY", "interval": 2}, "every second week, Thursday"),
        ({"byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}, "every day, 12am to 11:59pm"),
        ({"byday": "MO", "valid_from": "2026-11-01"}, "Monday (from 1 November 2026)"),
        ({"description": "By appointment", "byday": "FR"}, "Friday; By appointment"),
        ({"byday": "MO,TU", "opens_at": "22:00", "closes_at": "06:00"}, "Monday, Tuesday, 10pm to 6am the next day"),
        ({"byday": "FR", "opens_at": "20:00", "closes_at": "24:00"}, "Friday, 8pm to midnight"),
        ({"byday": "Mon-Fri", "opens_at": "9am", "closes_at": "4.30 pm"}, "Monday to Friday, 9am to 4:30pm"),
        ({"byday": "Monday to Wednesday", "opens_at": "0930"}, "Monday to Wednesday, from 9:30am"),
        ({"byday": "FR-MO", "opens_at": 900, "closes_at": 1700}, "Monday, Friday to Sunday, 9am to 5pm"),
        ({"byday": "MO", "opens_at": "25:00", "closes_at": "dusk"}, "Monday, 25:00 to dusk"),
        ({"byday": "MO", "bysetpos": "-1", "freq": "MONTHLY"}, "last Monday of the month"),
        ({"freq": "MONTHLY", "bymonthday": "-1"}, "last day of the month"),
        ({"freq": "WEEKLY", "interval": 3, "byday": "TH"}, "every third week, Thursday"),
        ({"rrule": "RRULE:FREQ=MONTHLY;BYDAY=1MO", "opens_at": "10:00"}, "first Monday of the month, from 10am"),
        ({"description": "FREQ=WEEKLY;BYDAY=MO,TU"}, "Monday, Tuesday"),
        ({"weekday": 2, "opens_at": "09:00"}, "Tuesday, from 9am"),
        ({"weekday": "Sunday"}, "Sunday"),
        ({"byday": "TU", "until": "20261224T000000Z"}, "Tuesday (until 24 December 2026)"),
        ({"byday": "TU", "valid_to": "24/12/2026"}, "Tuesday (until 24 December 2026)"),
        ({"byday": "TU", "valid_to": "9999-12-31", "valid_from": "1900-01-01"}, "Tuesday"),
        ({"schedule_link": "https://x.invalid/hours"}, "see https://x.invalid/hours"),
        ({"id": "x"}, None),
    ],
)
def test_hours_are_words(schedule: dict[str, Any], words: str | None) -> None:
    assert hours(schedule) == words


@pytest.mark.parametrize(
    ("written", "ends", "said"),
    [
        ("2026-03-31", date(2026, 3, 31), []),
        ("2026-03-31T00:00:00Z", date(2026, 3, 31), []),
        ("20260331", date(2026, 3, 31), []),
        ("31/03/2026", date(2026, 3, 31), []),
        ("31.3.2026", date(2026, 3, 31), []),
        ("31 March 2026", date(2026, 3, 31), []),
        ("Tuesday, 31st of March 2026", date(2026, 3, 31), []),
        ("9999-12-31", None, []),
        (None, None, []),
        ("03/31/2026", None, ["a date that cannot be read: 03/31/2026"]),
        ("31/04/2026", None, ["a date that cannot be read: 31/04/2026"]),
        ("spring", None, ["a date that cannot be read: spring"]),
        (7, None, ["a date that cannot be read: not text"]),
        ("2019-03-31", None, ["dates that end before they begin"]),
    ],
)
def test_the_last_day_is_read_or_named(written: Any, ends: date | None, said: list[str]) -> None:
    schedule = {"byday": "MO", "valid_from": "2020-01-01", "valid_to": written}
    assert dates([schedule])[1] == ends and unread(schedule) == said
