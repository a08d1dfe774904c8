"""What is due, what is overtaken, and what acknowledging, extending and asking do to a ladder."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.calendar import RUNG_TIME, is_working_day, local, local_day, spread_seconds, working_days_between
from shared.practice.clock_table import Clock, PracticeError
from shared.practice.ladder import (
    Key,
    Step,
    deadline,
    due,
    following,
    mode_of,
    next_step,
    pause,
    resume,
    resumed,
    set_ladder,
    shift,
    silence,
    silent_until,
    unfold,
    wake_at,
)
from tests.shared.practice.ladders import AGENCY_CLOCKS, BY_KEY, CLOCKS, INSTANTS, at, london, sent_ladder

GAPS = st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=45)), min_size=1, max_size=12)
OPENED = london(2026, 3, 2, 14)
ID = UUID("0190b2d4-0000-7000-8000-000000000001")


def next_instant(steps: list[Step], done: set[Key], after: datetime) -> datetime | None:
    step = next_step(steps, done, after)
    return None if step is None else step.wakes_at


def names(rungs: list[Step]) -> list[str]:
    return [rung.action for rung in rungs]


@given(st.lists(CLOCKS, min_size=1, max_size=3, unique=True), INSTANTS, GAPS)
def test_each_step_is_recorded_once_and_never_early(
    clocks: list[Clock], opened: datetime, gaps: list[timedelta]
) -> None:
    """Whenever the machine happens to look, every due step ends up fired or overtaken, exactly once."""
    rungs = [rung for clock in clocks for rung in set_ladder(clock, opened)]
    recorded: set[Key] = set()
    fired: list[Step] = []
    now = opened
    for gap in gaps:
        now += gap
        step = due(rungs, recorded, now)
        for rung in (*step.fire, *step.overtaken):
            assert rung.at <= now
            assert rung.key not in recorded
            recorded.add(rung.key)
        for clock in clocks:
            once = [rung for rung in step.fire if rung.clock == clock.key and rung.every is None]
            assert len({rung.at for rung in once}) <= 1
        fired += step.fire
        assert due(rungs, recorded, now) == due([], set(), now)
        soonest = next_instant(rungs, recorded, now)
        assert soonest is None or soonest > now
    assert recorded == {rung.key for rung in unfold(rungs, now) if rung.at <= now}
    for clock in clocks:
        mine = [rung.at for rung in fired if rung.clock == clock.key and rung.every is None]
        assert mine == sorted(mine)


@given(AGENCY_CLOCKS, INSTANTS)
def test_waking_at_each_instant_climbs_every_step_in_turn(clock: Clock, opened: datetime) -> None:
    rungs, recorded, now = set_ladder(clock, opened), set[Key](), opened
    climbed: list[Step] = []
    for _ in range(8):
        soonest = next_instant(rungs, recorded, now)
        if soonest is None:
            break
        now = soonest
        step = due(rungs, recorded, now)
        assert step.fire and not step.overtaken
        climbed += step.fire
        recorded |= {rung.key for rung in step.fire}
    assert climbed == [rung for rung in unfold(rungs, now) if rung.at <= now]


def test_after_a_long_sleep_only_the_highest_fires() -> None:
    step = due(sent_ladder(OPENED), set(), london(2026, 3, 13, 12))
    assert names(step.fire) == ["ask_supervisor_to_ring"]
    assert names(step.overtaken) == ["remind_agency", "ask_worker", "tell_supervisor"]


def test_a_mere_repetition_does_not_swallow_a_stronger_step() -> None:
    rungs = set_ladder(BY_KEY["hospital.treatment"], OPENED)
    step = due(rungs, set(), london(2026, 8, 31, 12))
    assert names(step.fire) == ["ask_supervisor_to_ring", "offer_alternative", "ask_worker"]
    assert set(names(step.overtaken)) == {"ask_worker", "tell_supervisor"}


def test_after_months_of_silence_one_case_conference_is_asked_for() -> None:
    step = due(sent_ladder(OPENED), set(), london(2026, 9, 1, 12))
    assert names(step.fire) == ["case_conference"]
    assert step.fire[0].occurrence > 3


def test_nothing_milder_fires_beneath_a_step_taken_early() -> None:
    rungs = sent_ladder(OPENED)
    ring = next(rung for rung in rungs if rung.action == "ask_supervisor_to_ring")
    step = due(rungs, {ring.key}, london(2026, 3, 9, 12))
    assert (names(step.fire), names(step.overtaken)) == ([], ["remind_agency", "ask_worker"])


def test_a_step_that_is_due_comes_before_the_next_one() -> None:
    rungs = sent_ladder(OPENED)
    asleep = london(2026, 3, 10, 12)
    assert next_instant(rungs, set(), asleep) == london(2026, 3, 9, 9, 30)
    recorded = {rung.key for rung in rungs if rung.at <= asleep}
    assert next_instant(rungs, recorded, asleep) == london(2026, 3, 11, 9, 30)
    assert next_instant([], set(), asleep) is None


def test_waking_is_spread_unless_it_is_urgent() -> None:
    spread = timedelta(seconds=spread_seconds(ID))
    first, urgent = sent_ladder(OPENED)[0], set_ladder(BY_KEY["any.question"], OPENED)[0]
    assert wake_at(first, ID) == london(2026, 3, 5, 9, 30) + spread
    assert wake_at(urgent, ID) == london(2026, 3, 3, 8)


def test_a_repetition_goes_on_for_ever() -> None:
    last = sent_ladder(OPENED)[-1]
    again = following(last)
    assert again is not None and again.occurrence == 2
    assert working_days_between(local_day(last.at), local_day(again.at)) == 20
    assert following(sent_ladder(OPENED)[0]) is None


@given(AGENCY_CLOCKS, INSTANTS, st.integers(1, 30), st.timedeltas(timedelta(0), timedelta(days=90)))
def test_extending_moves_what_is_to_come_and_keeps_the_order(
    clock: Clock, opened: datetime, days: int, wait: timedelta
) -> None:
    now = opened + wait
    before = unfold(set_ladder(clock, opened), now)
    after = shift(before, days, now)
    assert {rung.key for rung in after} == {rung.key for rung in before}
    assert [rung.at for rung in after] == sorted(rung.at for rung in after)
    moved = {rung.key: rung.at for rung in after}
    for rung in before:
        if rung.at <= now:
            assert moved[rung.key] == rung.at
            continue
        assert moved[rung.key] > rung.at
        assert local(moved[rung.key]).time() == local(rung.at).time()
        if rung.mode == "days":
            assert working_days_between(local_day(rung.at), local_day(moved[rung.key])) == days
    order = [rung.key for rung in before if rung.every is None]
    assert [rung.key for rung in after if rung.every is None] == order


def test_an_extension_over_a_bank_holiday() -> None:
    assert at(shift(sent_ladder(london(2026, 3, 24, 10)), 3, london(2026, 3, 26, 12)))[:3] == [
        ("remind_agency", london(2026, 4, 1, 9, 30)),  # 27 March and three working days
        ("ask_worker", london(2026, 4, 7, 9, 30)),  # 31 March: 1, 2, then Easter
        ("tell_supervisor", london(2026, 4, 9, 9, 30)),
    ]


def test_an_extension_moves_the_repetition_too() -> None:
    rungs = sent_ladder(OPENED)
    later = shift(rungs, 5, london(2026, 3, 24, 12))  # the first case conference was on the 23rd
    conferences = [rung.at for rung in later if rung.action == "case_conference"]
    assert conferences == [london(2026, 3, 23, 9, 30), london(2026, 4, 29, 9, 30)]
    with pytest.raises(PracticeError, match="one working day or more"):
        shift(rungs, 0, OPENED)


@given(
    AGENCY_CLOCKS,
    INSTANTS,
    st.timedeltas(timedelta(0), timedelta(days=60)),
    st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_an_acknowledged_ladder_is_silent_then_the_highest_fires(
    clock: Clock, opened: datetime, wait: timedelta, quiet: timedelta
) -> None:
    now, until = opened + wait, opened + wait + quiet
    rungs = set_ladder(clock, opened)
    first = due(rungs, set(), now)
    recorded = {rung.key for rung in (*first.fire, *first.overtaken)}
    hushed = silence(rungs, until)
    if quiet:
        assert due(hushed, recorded, until - timedelta(microseconds=1)).fire == []
    coming = next_instant(hushed, recorded, now)
    assert coming is None or coming >= until
    heard, unhushed = due(hushed, recorded, until), due(rungs, recorded, until)
    assert [rung.key for rung in heard.fire] == [rung.key for rung in unhushed.fire]


def test_silence_ends_on_a_working_morning_and_can_be_for_one_clock() -> None:
    assert silent_until(london(2026, 4, 4, 0).date()) == london(2026, 4, 7, 9, 30)
    rungs = sent_ladder(OPENED) + set_ladder(BY_KEY["any.first_attendance"], OPENED)
    hushed = silence(rungs, london(2026, 4, 7, 9, 30), "any.sent")
    assert {rung.clock for rung in hushed if rung.not_before is None} == {"any.first_attendance"}
    # Somebody is on it until the 17th: on that morning the step that would have come last by then comes.
    hushed = silence(sent_ladder(OPENED), london(2026, 3, 17, 9, 30))
    coming = next_step(hushed, set(), OPENED)
    assert coming is not None
    assert (coming.action, coming.wakes_at) == ("offer_alternative", london(2026, 3, 17, 9, 30))


@given(
    CLOCKS, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=30)), st.timedeltas(timedelta(0), timedelta(days=30))
)
def test_a_question_pauses_the_stage_and_never_a_span(
    clock: Clock, opened: datetime, wait: timedelta, asked: timedelta
) -> None:
    paused_at, resumed_at = opened + wait, opened + wait + asked
    rungs = unfold(set_ladder(clock, opened), paused_at)
    parked = pause(rungs, paused_at)
    after = resume(parked, paused_at, resumed_at)
    if clock.kind == "span":
        assert after == rungs
        return
    assert due(parked, set(), resumed_at).fire == [] and next_instant(parked, set(), paused_at) is None
    assert [rung.key for rung in after] == [rung.key for rung in rungs]
    assert [rung.at for rung in after] == sorted(rung.at for rung in after)
    for old, new in zip(rungs, after, strict=True):
        assert not new.parked
        assert new.at == old.at if old.at <= paused_at else new.at >= max(old.at, resumed_at)
        assert old.at <= paused_at or old.mode != "days" or local(new.at).time() == RUNG_TIME
        assert old.at <= paused_at or old.mode == "all_hours" or is_working_day(local_day(new.at))
    end = deadline(clock, opened)
    assert resumed(end, paused_at, resumed_at, mode_of(clock, opened)) >= end


def test_a_question_costs_the_mornings_it_was_open() -> None:
    rungs = pause(sent_ladder(OPENED), london(2026, 3, 3, 15))
    # Open from Tuesday afternoon to Thursday noon: two mornings lost.
    assert at(resume(rungs, london(2026, 3, 3, 15), london(2026, 3, 5, 12)))[:2] == [
        ("remind_agency", london(2026, 3, 9, 9, 30)),
        ("ask_worker", london(2026, 3, 11, 9, 30)),
    ]
    # Asked and answered within one day: nothing lost.
    assert at(resume(rungs, london(2026, 3, 3, 15), london(2026, 3, 3, 17))) == at(sent_ladder(OPENED))
    urgent = replace(BY_KEY["tb.imaging"], kind="stage")
    hours = pause(set_ladder(urgent, london(2026, 3, 2, 10)), london(2026, 3, 2, 12))
    assert at(resume(hours, london(2026, 3, 2, 12), london(2026, 3, 2, 15)))[:2] == [
        ("ask_worker", london(2026, 3, 2, 19)),
        ("tell_supervisor", london(2026, 3, 3, 13)),
    ]


def test_a_step_that_came_due_just_before_the_question_waits_for_its_end() -> None:
    rungs = sent_ladder(OPENED)
    asked = london(2026, 3, 5, 10)
    parked = pause(rungs, asked)
    assert due(parked, set(), asked).fire == []
    assert names(due(resume(parked, asked, london(2026, 3, 6, 12)), set(), london(2026, 3, 6, 12)).fire) == [
        "remind_agency"
    ]
