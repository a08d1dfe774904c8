"""Days and times as people type them."""

from datetime import UTC, date, datetime, time

import pytest

from services.console.web.form import BadField, Form
from services.console.web.when import Unclear, read_day, read_time

TODAY = date(2026, 11, 30)  # a Monday


HALF_PAST_NINE = """0930|930|9.30|9:30|9.30am|9:30 am|9.30 a.m.|09:30:00|at 9.30|9,30|9 30|9h30|9.30 AM.
9\uff1a30|\uff19:\uff13\uff10"""
TWO = "2pm|2 pm|2PM|2 p.m.|14|1400|14.00|14h|14:00 hrs"
HALF_PAST_TWO = "2.30pm|1430|14h30|14:30|14.30|2:30 p.m|230pm|1430 hours"
NOON = "noon|Midday|12 noon|12|12pm|12:00"


def of(several: str, meant: time) -> list[tuple[str, time]]:
    return [(typed, meant) for typed in several.replace("\n", "|").split("|")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *of(HALF_PAST_NINE, time(9, 30)),
        *of(TWO, time(14)),
        *of(HALF_PAST_TWO, time(14, 30)),
        *of(NOON, time(12)),
        *of(
            "half past nine|half past 9|nine thirty|9\u223630|9.30 in the morning|nine thirty in the morning",
            time(9, 30),
        ),
        *of("quarter to ten|a quarter to 10|fifteen to ten|nine forty-five|nine forty five", time(9, 45)),
        *of("2 in the afternoon|two this afternoon|2 o'clock pm|@ 2pm", time(14)),
        ("twenty-five past eleven", time(11, 25)),
        ("quarter past twelve", time(12, 15)),
        ("ten to one pm", time(12, 50)),
        ("half past seven in the evening", time(19, 30)),
        ("nine o'clock", time(9)),
        ("9", time(9)),
        ("9am", time(9)),
        ("10 o'clock", time(10)),
        ("12noon", time(12)),
        ("10-30", time(10, 30)),
        ("00:00", time(0)),
        ("02:30", time(2, 30)),
        ("12.15", time(12, 15)),
        ("23:59", time(23, 59)),
    ],
)
def test_a_clear_time_is_taken(typed: str, meant: time) -> None:
    assert read_time(typed) == meant


@pytest.mark.parametrize(
    ("typed", "asks"),
    [
        ("2", "Type 2am or 2pm"),
        ("half past two", "Type 2.30am or 2.30pm"),
        ("ten to three", "Type 2.50am or 2.50pm"),
        ("thirteen", "type a time"),
        ("half past", "type a time"),
        ("12.30.99", "type a time"),
        ("2.30", "Type 2.30am or 2.30pm"),
        ("midnight", "type 00:00"),
        ("12am", "type 00:00"),
        ("24:00", "type 00:00"),
        ("25:00", "no such time"),
        ("9.75", "no such time"),
        ("14am", "no such time"),
        ("soon", "type a time, for example 14:30 or 2.30pm"),
        ("9.30-10", "type a time"),
        ("10-11", "type one time, when it begins"),
        ("9 - 12am", "type one time, when it begins"),
        ("9:3", "type a time"),
        ("\u0669\u0663\u0660x", "type a time"),
        ("9" * 300, "type a time"),
    ],
)
def test_what_is_not_clear_is_asked_and_not_repeated(typed: str, asks: str) -> None:
    with pytest.raises(Unclear) as unclear:
        read_time(typed)
    assert asks in str(unclear.value)


def boxes(day: str, month: str = "", year: str = "") -> dict[str, str]:
    return {"day": day, "month": month, "year": year}


@pytest.mark.parametrize(
    "typed",
    [
        boxes("26", "1", "2027"),
        boxes("26", "1", "27"),
        boxes("26", "01", ""),
        boxes("26", "Jan", "2027"),
        boxes("26th", "January"),
        boxes("26/1"),
        boxes("26 Jan"),
        boxes("26.1.27"),
        boxes("26-01-2027"),
        boxes("26\u20131\u20132027"),
        boxes("Tues 26 January 2027"),
        boxes("January 26th"),
        boxes("2027-01-26"),
        boxes("26012027"),
        boxes("260127"),
        boxes("\uff12\uff16/1"),
        boxes("the 26th of January"),
        boxes("", "26 Jan", ""),
    ],
)
def test_a_clear_date_is_taken_in_british_order(typed: dict[str, str]) -> None:
    assert read_day(typed, TODAY) == date(2027, 1, 26)


def test_days_named_by_today() -> None:
    assert read_day(boxes("Today"), TODAY) == TODAY
    assert read_day(boxes("tomorrow"), TODAY) == date(2026, 12, 1)
    assert read_day(boxes("yesterday"), TODAY) == date(2026, 11, 29)
    assert read_day(boxes("Thursday"), TODAY, ahead=True) == date(2026, 12, 3)
    assert read_day(boxes("thurs"), TODAY, ahead=False) == date(2026, 11, 26)
    assert read_day(boxes("29 2 28"), TODAY) == date(2028, 2, 29)
    assert read_day(boxes("", "", " "), TODAY) is None


@pytest.mark.parametrize(
    ("typed", "asks"),
    [
        (boxes("26"), "type the month too"),
        (boxes("31", "2", "2027"), "no such date"),
        (boxes("29", "2", ""), "no such date"),
        (boxes("1", "26", "2027"), "day first, then the month"),
        (boxes("1", "6"), "year too"),
        (boxes("Thursday"), "type the date as well"),
        (boxes("Mon 26 Jan 2027"), "do not fit"),
        (boxes("next week"), "type a date"),
        (boxes("26", "1", "027"), "four digits"),
        (boxes("26", "1", "0027"), "four digits"),
        (boxes("\u0669x"), "type a date"),
        (boxes("1" * 500), "type a date"),
    ],
)
def test_a_date_that_is_not_clear_is_asked(typed: dict[str, str], asks: str) -> None:
    with pytest.raises(Unclear) as unclear:
        read_day(typed, TODAY)
    assert asks in str(unclear.value)


def test_monday_on_a_monday_may_be_today() -> None:
    with pytest.raises(Unclear):
        read_day(boxes("Monday"), TODAY, ahead=True)


def moment(day: str, at: str) -> Form:
    return Form({"at-day": [day], "at-time": [at]})


def test_day_and_time_each_say_their_own() -> None:
    assert moment("26 Jan 2027", "2pm").moment("at") == datetime(2027, 1, 26, 14, tzinfo=UTC)
    assert moment("", "").moment("at") is None
    for day, at, fields in (("26", "2", ["at", "at-time"]), ("26/1", "", ["at-time"]), ("", "2pm", ["at"])):
        with pytest.raises(BadField) as bad:
            moment(day, at).moment("at")
        assert [wrong.field for wrong in bad.value.errors] == fields


def test_an_hour_that_the_clocks_leave_out_is_asked() -> None:
    with pytest.raises(BadField) as bad:
        moment("28 Mar 2027", "01:30").moment("at")
    assert bad.value.errors[0].field == "at-time" and "clocks go forward" in str(bad.value.errors[0])
    for day, at, meant in (("28 Mar 2027", "02:00", (3, 28, 1)), ("31 Oct 2027", "02:00", (10, 31, 2))):
        assert moment(day, at).moment("at") == datetime(2027, *meant, tzinfo=UTC)


def test_what_was_pasted_into_a_form_is_what_was_meant() -> None:
    """Also where no service cleans it, in our own tables. A password is taken as it is."""
    form = Form.read(b"name=Synthetic%00+Wanda%1b&note=one%0Btwo%E2%80%A8three%0D%0Afour&password=a%0Bb")
    assert form.text("name") == "Synthetic Wanda" and form.lines("note") == ["one", "two", "three", "four"]
    assert form.raw("password") == "a\x0bb"
