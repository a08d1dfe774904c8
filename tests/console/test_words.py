"""Days, hours and lateness as pages write them."""

from datetime import timedelta

from services.console.web import words
from shared import clock
from shared.clock import LONDON


def test_a_day_is_short_and_has_its_year_only_when_it_is_another() -> None:
    today = clock.local_date(clock.now())
    assert words.day(today.replace(month=12, day=1)).endswith(" 1 Dec")
    assert words.day("2010-12-24") == "Fri 24 Dec 2010" and words.short_day("2010-12-24") == "Fri 24 Dec"
    assert words.moment("2010-07-09T13:30:00Z") == "Fri 9 Jul 2010 at 2:30pm"
    assert words.day(None) == words.moment(None) == words.until_end(None) == ""


def test_what_ends_at_midnight_ends_with_the_day_before() -> None:
    assert words.until_end("2010-12-24T00:00:00+00:00") == "the end of Thu 23 Dec 2010"
    assert words.until_end("2010-12-24T17:00:00+00:00") == "Fri 24 Dec 2010 at 5pm"


def test_lateness_is_counted_in_days() -> None:
    now = clock.now().astimezone(LONDON)
    assert [words.late(now - timedelta(days=days)) for days in (0, 1, 36)] == [
        "due today",
        "1 day late",
        "36 days late",
    ]
