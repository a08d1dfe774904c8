"""Numbers and addresses as directories write them."""

from typing import Any

import pytest

from services.referrals.directory.as_written import Number, emails, phones
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
        ("0161 496 0000 0161 496 0001", [("0161 496 0000", None), ("0161 496 0001", None)]),
        ("020 7946 0003\n07700 900123", [("020 7946 0003", None), ("07700 900123", None)]),
        ("Day: 020 7946 0003 Night: 07700 900123", [("020 7946 0003", "Day"), ("07700 900123", "Night")]),
        ("Tel 01632 960123 Fax 01632 960124", [("01632 960123", None), ("01632 960124", "Fax")]),
        ("01632 960123, 960124", [("01632 960123", None), ("01632 960124", None)]),
        ("01632 960123/4", [("01632 960123", None), ("01632 960124", None)]),
        ("020 7946 0003 Monday 0900 to 1700", [("020 7946 0003", "Monday 0900 to 1700")]),
        ("Free on 0808 157 0000 24hrs", [("0808 157 0000", "Free on, 24hrs")]),
        ("020 7946 0006 #12", [("020 7946 0006 ext. 12", None)]),
        ("Text relay: 18001 0300 123 1234", [("0300 123 1234", "Text relay: 18001")]),
        ("0300 123 1234 (or 18001 0300 123 1234)", [("0300 123 1234", "18001")]),
        ("O1632 96O123", [("01632 960123", None)]),
        ("\u0660\u0661\u0666\u0663\u0662\u0669\u0666\u0660\u0661\u0662\u0663", [("01632 960123", None)]),
        ("tel:+441632960123", [("01632 960123", None)]),
        (["01632 960123"], [("01632 960123", None)]),
        ("NHS 111 option 2", [("111", "NHS option 2")]),
        ("0808 8000 ext 1", [("0808 8000 ext 1", None)]),
        ("0800 FLOWERS", []),
        ("0800 CALL NOW", []),
        ("00000000000", []),
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
        ("mailto:a@b.invalid?cc=x@b.invalid&subject=y", ["a@b.invalid"]),
        ("mailto:%20a@b.invalid", ["a@b.invalid"]),
        ("a at b dot co dot invalid", ["a@b.co.invalid"]),
        ("a[@]b.invalid", ["a@b.invalid"]),
        ("a&#64;b.invalid", ["a@b.invalid"]),
        ("a@b\u3002invalid", ["a@b.invalid"]),
        ("a@b.invalid/c@d.invalid or e@f.invalid", ["a@b.invalid", "c@d.invalid", "e@f.invalid"]),
        ("o\u2019brien@b.invalid", ["o'brien@b.invalid"]),
        ("_desk@b.invalid", ["_desk@b.invalid"]),
        (["a@b.invalid"], ["a@b.invalid"]),
        # Half of an address is another person's.
        ("j\u00f3zef@b.invalid", []),
        ("+desk@b.invalid", []),
        ("..desk@b.invalid", []),
        ("x" * 65 + "@b.invalid", []),
        ("a@b@c.invalid", []),
        ("a@b.invalid\u0430", []),
        ("a@b\u00f6.invalid", []),
        ("a@b..invalid", []),
        ("a@-b.invalid", []),
        ("a@b-.invalid", []),
        ("a@192.0.2.1", []),
        ("https://a@b.invalid/c", []),
        ("none", []),
        ("@b.invalid", []),
        (7, []),
    ],
)
def test_an_address_is_found_in_what_stands_around_it(written: Any, found: list[str]) -> None:
    assert emails(written) == found


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
