"""Numbers, addresses and hours as directories write them."""

from typing import Any

import pytest

from services.referrals.directory.as_written import Number, emails, hours, phones
from shared.db.session import Database
from tests.referrals.directory.test_importing import bring, given


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("020 7946 0001", [("020 7946 0001", None)]),
        ("(020) 7946 0001", [("020 7946 0001", None)]),
        ("Tel: 020 7946 0002", [("020 7946 0002", None)]),
        ("Telephone number: 02079460002", [("020 7946 0002", None)]),
        ("0800 123 4567 (freephone)", [("0800 123 4567", "freephone")]),
        ("020 7946 0003 / 07700 900123", [("020 7946 0003", None), ("07700 900123", None)]),
        ("020 7946 0003 or 07700 900123 (nights)", [("020 7946 0003", None), ("07700 900123", "nights")]),
        ("020 7946 0004 option 2", [("020 7946 0004", "option 2")]),
        ("07700 900124 (text only)", [("07700 900124", "text only")]),
        ("020\u20137946\u20130005", [("020 7946 0005", None)]),
        ("020 7946 0006 ext. 12", [("020 7946 0006 ext. 12", None)]),
        ("+44 (0)20 7946 0007", [("020 7946 0007", None)]),
        ("0044 20 7946 0007", [("020 7946 0007", None)]),
        ("\uff10\uff12\uff10 7946 0008", [("020 7946 0008", None)]),
        ("+33 1 99 00 12 34", [("+33 1 99 00 12 34", None)]),
        ("111", [("111", None)]),
        ("116 123", [("116123", None)]),
        ("999", []),
        ("ask at the door", []),
        ("", []),
        (None, []),
    ],
)
def test_a_number_to_dial_is_kept_with_what_is_said_beside_it(written: Any, numbers: list[Any]) -> None:
    assert phones(written) == [Number(*each) for each in numbers]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a@b.invalid", ["a@b.invalid"]),
        ("mailto:a@b.invalid", ["a@b.invalid"]),
        ("mailto:a@b.invalid?subject=x", ["a@b.invalid"]),
        ("Desk <a@b.invalid>", ["a@b.invalid"]),
        ('<a href="mailto:a@b.invalid">a@b.invalid</a>', ["a@b.invalid"]),
        ("a@b.invalid.", ["a@b.invalid"]),
        (" a@b.invalid ; c@d.invalid", ["a@b.invalid", "c@d.invalid"]),
        ("INFO@B.INVALID", ["info@b.invalid"]),
        ("Ann.Desk@B.Invalid", ["Ann.Desk@b.invalid"]),
        ("a @ b.invalid", ["a@b.invalid"]),
        ("a [at] b [dot] invalid", ["a@b.invalid"]),
        ("a\u200b@b.invalid", ["a@b.invalid"]),
        ("a\uff20b.invalid", ["a@b.invalid"]),
        ("none", []),
        ("@b.invalid", []),
        (7, []),
    ],
)
def test_an_address_is_found_in_what_stands_around_it(written: Any, found: list[str]) -> None:
    assert emails(written) == found


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
        ({"id": "x"}, None),
    ],
)
def test_hours_are_words(schedule: dict[str, Any], words: str | None) -> None:
    assert hours(schedule) == words


async def test_what_cannot_be_used_is_named(db: Database) -> None:
    odd = {
        "phones": [{"number": "999"}, {"number": "020 7946 0001", "type": "fax"}, {"number": "Ring us: 020 7946 0002"}],
        "email": "ask at the door",
        "url": "javascript:alert(1)",
        "schedules": [{"id": "x"}],
    }
    report = await bring(db, given({"id": "s1", "name": "Desk", **odd}))
    assert sorted(each.reason for each in report.left_out) == [
        "a fax number: 020 7946 0001",
        "a phone number that cannot be dialled: 999",
        "a web address that is none: javascript:alert(1)",
        "an email address that is none: ask at the door",
        "opening hours that say no day, time or words",
    ]
    assert report.reached == {"email": 1}
