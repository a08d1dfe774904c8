"""Ladders as instants: worked out by hand for known weeks, and as properties for all the others."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.calendar import RUNG_TIME, is_working_day, local, local_day, working_days_between
from shared.practice.clock_table import Clock, Length, PracticeError, Rung
from shared.practice.ladder import carried_out_as, deadline, mode_of, set_ladder, unfold
from shared.practice.opening import open_clock
from tests.shared.practice.ladders import AGENCY_CLOCKS, BY_KEY, CLOCKS, INSTANTS, RUNNING, at, london, sent_ladder


def test_five_working_days_over_christmas() -> None:
    opened = london(2025, 12, 18, 15)
    rungs = sent_ladder(opened)
    assert at(rungs) == [
        ("remind_agency", london(2025, 12, 23, 9, 30)),
        ("ask_worker", london(2025, 12, 29, 9, 30)),
        ("tell_supervisor", london(2025, 12, 31, 9, 30)),
        ("ask_supervisor_to_ring", london(2026, 1, 2, 9, 30)),
        ("offer_alternative", london(2026, 1, 6, 9, 30)),
        ("case_conference", london(2026, 1, 13, 9, 30)),
    ]
    assert deadline(BY_KEY["any.sent"], opened) == london(2025, 12, 29, 9, 30)
    # Then every 20 working days.
    assert at(unfold(rungs, london(2026, 2, 1, 12)))[-1] == ("case_conference", london(2026, 2, 10, 9, 30))


def test_five_working_days_over_easter_and_the_spring_clock_change() -> None:
    # Sent on Friday 27 March 2026; clocks change on the 29th; Good Friday is 3 April, Easter Monday the 6th.
    assert [(action, when.isoformat()) for action, when in at(sent_ladder(london(2026, 3, 27, 17)))] == [
        ("remind_agency", "2026-04-01T08:30:00+00:00"),
        ("ask_worker", "2026-04-07T08:30:00+00:00"),
        ("tell_supervisor", "2026-04-09T08:30:00+00:00"),
        ("ask_supervisor_to_ring", "2026-04-10T08:30:00+00:00"),
        ("offer_alternative", "2026-04-14T08:30:00+00:00"),
        ("case_conference", "2026-04-21T08:30:00+00:00"),
    ]


def test_the_local_hour_stays_across_the_autumn_clock_change() -> None:
    # Sent on Monday 19 October 2026; clocks go back on the 25th.
    instants = [when.isoformat() for _, when in at(sent_ladder(london(2026, 10, 19, 10)))]
    assert instants[:2] == ["2026-10-22T08:30:00+00:00", "2026-10-26T09:30:00+00:00"]


def test_an_urgent_clock_runs_in_working_hours_over_easter() -> None:
    # One working day from Thursday 2 April 2026, 16:00: four hours that day, eight on Tuesday.
    assert at(set_ladder(BY_KEY["tb.imaging"], london(2026, 4, 2, 16))) == [
        ("ask_worker", london(2026, 4, 7, 10)),
        ("tell_supervisor", london(2026, 4, 7, 16)),
        ("offer_alternative", london(2026, 4, 7, 16)),
        ("ask_supervisor_to_ring", london(2026, 4, 8, 16)),
    ]


def test_a_release_on_saturday_is_seen_on_sunday() -> None:
    released = london(2026, 3, 28, 10)  # the night the clocks go forward
    clock = BY_KEY["prison_release.seen_by_us"]
    assert deadline(clock, released) == london(2026, 3, 29, 10)
    assert at(set_ladder(clock, released)) == [
        ("ask_worker", london(2026, 3, 28, 16)),
        ("tell_supervisor", london(2026, 3, 29, 10)),
    ]


def test_the_same_day() -> None:
    noticed = london(2026, 3, 7, 12)  # a Saturday: safeguarding does not wait for Monday
    assert at(set_ladder(BY_KEY["safeguarding.lead_told"], noticed)) == [
        ("ask_worker", london(2026, 3, 7, 16)),
        ("tell_supervisor", london(2026, 3, 7, 20)),
    ]
    # A bounce does.
    assert deadline(BY_KEY["any.undeliverable"], noticed) == london(2026, 3, 9, 20)


def test_eighteen_weeks_take_the_long_ladder() -> None:
    rungs = set_ladder(BY_KEY["hospital.treatment"], london(2026, 3, 2, 14))
    assert at(rungs) == [
        ("ask_worker", london(2026, 3, 30, 9, 30)),
        ("tell_supervisor", london(2026, 7, 6, 9, 30)),
        ("ask_supervisor_to_ring", london(2026, 7, 20, 9, 30)),
        ("offer_alternative", london(2026, 7, 20, 9, 30)),
    ]
    asked = [rung.at for rung in unfold(rungs, london(2026, 6, 1)) if rung.action == "ask_worker"]
    # 30 March, then Easter (two days off) and the May holidays lengthen the gaps.
    assert asked == [london(2026, 3, 30, 9, 30), london(2026, 4, 29, 9, 30), london(2026, 5, 29, 9, 30),
                     london(2026, 6, 26, 9, 30)]  # fmt: skip


def test_twenty_one_days_end_on_a_calendar_day_but_ring_on_a_working_day() -> None:
    clock, opened = BY_KEY["sau.first_intervention"], london(2026, 3, 14, 11)  # a Saturday
    assert deadline(clock, opened) == london(2026, 4, 4, 9, 30)  # the Saturday of Easter
    assert dict(at(set_ladder(clock, opened)))["ask_worker"] == london(2026, 4, 7, 9, 30)


def test_a_waiting_list_date_replaces_the_twenty_working_days() -> None:
    clock, opened = BY_KEY["any.waitlisted"], london(2026, 3, 2, 12)
    assert deadline(clock, opened) == london(2026, 3, 30, 9, 30)
    assert deadline(clock, opened, london(2026, 5, 9, 9, 30)) == london(2026, 5, 11, 9, 30)


def test_informing_the_person_is_due_at_half_the_time_and_one_working_day_before() -> None:
    clock, booked = BY_KEY["any.booked.told"], london(2026, 3, 2, 14)
    assert at(set_ladder(clock, booked, recorded=london(2026, 3, 12, 11))) == [
        ("ask_worker", london(2026, 3, 6, 9, 30)),
        ("tell_supervisor", london(2026, 3, 11, 9, 30)),
    ]
    # For the day after tomorrow it runs in hours; for tomorrow it is due at once.
    assert at(set_ladder(clock, booked, recorded=london(2026, 3, 4, 10))) == [
        ("ask_worker", london(2026, 3, 3, 10)),
        ("tell_supervisor", london(2026, 3, 3, 10)),
    ]
    assert {when for _, when in at(set_ladder(clock, booked, recorded=london(2026, 3, 3, 9)))} == {booked}
    with pytest.raises(PracticeError, match="recorded"):
        deadline(clock, booked)


def test_an_agency_without_email_is_rung_instead_of_reminded() -> None:
    rungs = sent_ladder(london(2026, 3, 2, 14), agency_has_email=False)
    assert [(r.action, r.occurrence, local_day(r.at)) for r in rungs[:3]] == [
        ("ask_worker", 1, date(2026, 3, 5)),
        ("ask_worker", 2, date(2026, 3, 9)),
        ("tell_supervisor", 1, date(2026, 3, 11)),
    ]


def test_two_steps_that_come_to_the_same_are_one() -> None:
    clock = replace(BY_KEY["any.sent"], ladder=(Rung("remind_agency", "at", every=5), Rung("ask_worker", "at")))
    rungs = set_ladder(clock, london(2026, 3, 2, 14), agency_has_email=False)
    assert [(r.action, r.occurrence, r.every) for r in rungs] == [("ask_worker", 1, 5)]


def test_in_custody_every_step_goes_to_the_worker_alone() -> None:
    steps = sent_ladder(london(2026, 3, 2, 14))
    done = {carried_out_as(step.action, whose="agency", agency_has_email=True, held=True) for step in steps}  # type: ignore[arg-type]
    assert len(steps) == 6 and done == {"ask_worker"}


def test_a_clock_of_ours_never_troubles_the_agency() -> None:
    for action in ("remind_agency", "offer_alternative", "case_conference", "ask_supervisor_to_ring"):
        assert carried_out_as(action, whose="us", agency_has_email=True) is None  # type: ignore[arg-type]
    rungs = set_ladder(BY_KEY["any.attended"], london(2026, 3, 2, 14))
    assert [rung.action for rung in rungs] == ["ask_worker", "tell_supervisor"]


def test_what_is_reported_only_or_off_has_no_steps() -> None:
    assert set_ladder(BY_KEY["prison_release.treatment"], london(2026, 3, 2, 14)) == []
    assert sent_ladder(london(2026, 3, 2, 14)) and not set_ladder(
        replace(BY_KEY["any.sent"], ladder="off", off_reason="this route asked for quiet"), london(2026, 3, 2, 14)
    )
    assert set_ladder(replace(BY_KEY["any.sent"], whose="nobody"), london(2026, 3, 2, 14)) == []
    with pytest.raises(PracticeError, match="no length"):
        deadline(BY_KEY["any.draft"], london(2026, 3, 2, 14))


@pytest.mark.parametrize(
    ("days", "column"), [(1, "urgent"), (2, "urgent"), (3, "routine"), (20, "routine"), (21, "long")]
)
def test_the_column_goes_by_working_days(days: int, column: str) -> None:
    clock = replace(BY_KEY["any.sent"], length=Length(days, "working_days"))
    assert open_clock(clock, london(2026, 3, 2, 14)).column == column


@given(CLOCKS, INSTANTS, st.booleans())
def test_steps_stand_where_somebody_can_act(clock: Clock, opened: datetime, has_email: bool) -> None:
    rungs = set_ladder(clock, opened, agency_has_email=has_email)
    rungs = unfold(rungs, opened + timedelta(days=120))
    mode = mode_of(clock, opened)
    for rung in rungs:
        here = local(rung.at)
        assert rung.mode == mode
        assert mode == "all_hours" or is_working_day(here.date())
        if mode == "days":
            assert here.time() == RUNG_TIME
        else:
            assert time(8) <= here.time() <= time(20)
        assert rung.at >= opened
    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert len({rung.key for rung in rungs}) == len(rungs)


@given(AGENCY_CLOCKS, INSTANTS)
def test_steps_come_in_the_order_of_their_ladder(clock: Clock, opened: datetime) -> None:
    when = dict(at(set_ladder(clock, opened)))
    column = open_clock(clock, opened).column
    if column == "routine":
        order = ["remind_agency", "ask_worker", "tell_supervisor", "ask_supervisor_to_ring", "offer_alternative"]
        instants = [when[action] for action in (*order, "case_conference")]
        assert instants == sorted(set(instants))
        days = [local_day(instant) for instant in instants]
        assert [working_days_between(days[1], day) for day in days[1:]] == [0, 2, 3, 5, 10]
        assert working_days_between(days[0], days[1]) == 2 or working_days_between(local_day(opened), days[0]) == 1
    elif column == "urgent":
        assert opened <= when["ask_worker"] <= when["tell_supervisor"] == when["offer_alternative"]
        assert when["tell_supervisor"] < when["ask_supervisor_to_ring"]
    else:
        assert when["tell_supervisor"] < when["ask_supervisor_to_ring"] == when["offer_alternative"]
    assert when["tell_supervisor"] >= deadline(clock, opened)


@given(CLOCKS, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_who_starts_later_never_runs_out_earlier(clock: Clock, opened: datetime, later: timedelta) -> None:
    assert deadline(clock, opened) <= deadline(clock, opened + later)
    assert deadline(clock, opened) > opened


@given(CLOCKS, INSTANTS)
def test_the_same_facts_give_the_same_ladder(clock: Clock, opened: datetime) -> None:
    assert set_ladder(clock, opened) == set_ladder(clock, opened)


def test_every_running_clock_of_an_agency_has_a_ladder() -> None:
    for clock in RUNNING:
        assert bool(set_ladder(clock, london(2026, 3, 2, 14))) == (clock.whose != "nobody")
