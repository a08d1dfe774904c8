"""What a link to a number dials, and what it shows, without any service."""

import pytest

from services.console.web.telephone import dial, ring


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("020 7946 0081", "tel:+44-20-7946-0081"),
        ("020 7946 0081 ext. 12", "tel:+44-20-7946-0081;ext=12"),
        ("0800 123 4567 x5", "tel:+44-800-123-4567;ext=5"),
        ("+44 20 7946 0081", "tel:+44-20-7946-0081"),
        ("020 7946 0081 / 020 7946 0082", "tel:+44-20-7946-0081"),
        ("0300 123 1234 (option 2)", "tel:+44-300-123-1234"),
        ("+353 1 234 5678", "tel:+353-1-234-5678"),
        ("111", "tel:111"),
        ("116 123", "tel:116123"),
        ("999", "tel:999"),
        ("NHS 111, option 2", "tel:111"),
        ("0161 496 0000 0161 496 0001", "tel:+44-161-496-0000"),
        ("020 7946 0081 24hrs", "tel:+44-20-7946-0081"),
        ("18001 020 7946 0081", "tel:+44-20-7946-0081"),
        ("O20 7946 OO81", "tel:+44-20-7946-0081"),
        ("\u0660\u0661\u0666\u0663\u0662 960123", "tel:+44-1632-960123"),
        ("020\u20137946\u20130081", "tel:+44-20-7946-0081"),
        ("0800 1111", "tel:+44-800-1111"),
        ("0800 FLOWERS", None),
        ("00000000000", None),
        ("Room 101", None),
        ("12/02/2027", None),
        ("reference 70K21M9Q", None),
        ("ring after 1600", None),
        ("between 9 and 5", None),
        ("ask at the desk", None),
        ("", None),
        (None, None),
    ],
)
def test_the_first_number_is_dialled_with_its_extension(written: str | None, dialled: str | None) -> None:
    assert dial(written) == dialled


def test_what_is_said_beside_a_number_is_shown_and_nothing_in_it_is_markup() -> None:
    numbers = [{"number": "020 7946 0081", "note": "<b>nights</b>"}, {"number": "ask there", "note": None}]
    assert ring(numbers, say="Ring") == (
        '<a class="console-tap-in" href="tel:+44-20-7946-0081">Ring 020 7946 0081</a> (&lt;b&gt;nights&lt;/b&gt;)'
        " or ask there"
    )
