"""What always holds on any ladder, of whatever kind: nothing is lost, nothing fires twice, every answer has a reason.

The ladders are drawn: one or two clocks, steps in any order of strength, some at the same instant, some repeating.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared.practice.calendar import rung_instant, working_days_between, working_hours_between
from shared.practice.clock_table import Clock
from shared.practice.ladder import following, set_ladder
from shared.practice.ladder_engine import Due, Key, LadderEngine, Step, silence, voided
from shared.practice.opening import Mode
from tests.shared.practice.ladders import CLOCKS, INSTANTS

ACTIONS = ("mild", "firm", "strong", "last")
STRENGTH = {action: rank for rank, action in enumerate(ACTIONS)}
ENGINES = st.booleans().map(lambda together: LadderEngine(STRENGTH, following, together))
GAPS = st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=25)), min_size=1, max_size=6)
PAUSES = st.timedeltas(timedelta(0), timedelta(days=40))
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@st.composite
def ladders(draw: st.DrawFn, clocks: tuple[str, ...] = ("reply", "seen")) -> list[Step]:
    """Draw the first steps of one or two clocks: each action at most once, on one of a few mornings."""
    steps: list[Step] = []
    for clock in draw(st.lists(st.sampled_from(clocks), min_size=1, unique=True)):
        mode: Mode = draw(st.sampled_from(("days", "hours", "all_hours")))
        for action in draw(st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True)):
            at = rung_instant((START + timedelta(days=draw(st.integers(0, 40)))).date())
            every = draw(st.one_of(st.none(), st.integers(1, 20)))
            steps.append(Step(clock, action, 1, at, draw(st.sampled_from(("stage", "span"))), mode, every))
    return steps


def run(engine: LadderEngine, steps: list[Step], gaps: list[timedelta]) -> Iterator[tuple[datetime, Due, list[Step]]]:
    """Let time pass as a service does, keeping what is added and recording what is due; yield each turn and the steps.

    The steps are yielded as they were before the turn's own were recorded.
    """
    done: set[Key] = set()
    now = START
    for gap in gaps:
        now += gap
        due = engine.due(steps, done, now)
        steps = [*steps, *due.added]
        yield now, due, [step for step in steps if step.key not in done]
        done |= {step.key for step in (*due.fire, *due.overtaken)}


@given(ENGINES, ladders(), GAPS)
def test_no_step_is_lost_and_none_is_recorded_twice(
    engine: LadderEngine, steps: list[Step], gaps: list[timedelta]
) -> None:
    recorded: list[Key] = []
    for now, due, waiting in run(engine, steps, gaps):
        taken = [step.key for step in (*due.fire, *due.overtaken)]
        recorded += taken
        assert sorted(taken) == sorted(step.key for step in waiting if step.at <= now)
        for clock in {step.clock for step in waiting if step.at <= now}:
            assert [step for step in due.fire if step.clock == clock] or all(
                due.by[step.key].key in recorded for step in due.overtaken if step.clock == clock
            ), "a clock with due steps fires, unless a stronger one fired before"
    assert len(recorded) == len(set(recorded))


@given(ENGINES, ladders(), GAPS)
def test_a_step_that_repeats_goes_on_whatever_overtakes_it(
    engine: LadderEngine, steps: list[Step], gaps: list[timedelta]
) -> None:
    for now, due, waiting in run(engine, steps, gaps):
        left = {(step.clock, step.action) for step in waiting if step.at > now}
        assert left >= {(step.clock, step.action) for step in (*due.fire, *due.overtaken) if step.every is not None}


@given(ENGINES, ladders(), GAPS)
def test_an_overtaken_step_says_by_which(engine: LadderEngine, steps: list[Step], gaps: list[timedelta]) -> None:
    fired: set[Key] = set()
    for _, due, _ in run(engine, steps, gaps):
        fired |= {step.key for step in due.fire}
        assert set(due.by) == {step.key for step in due.overtaken}
        for step in due.overtaken:
            by = due.by[step.key]
            assert by.clock == step.clock and (by.at, STRENGTH[by.action]) > (step.at, STRENGTH[step.action])
            while by.key in due.by:
                by = due.by[by.key]
            assert by.key in fired, "whatever overtakes leads to a step that fired"


@given(ENGINES, ladders(), GAPS)
def test_a_milder_repetition_overtakes_nothing_stronger(
    engine: LadderEngine, steps: list[Step], gaps: list[timedelta]
) -> None:
    for _, due, _ in run(engine, steps, gaps):
        for step in due.overtaken:
            by = due.by[step.key]
            assert by.every is None or STRENGTH[by.action] >= STRENGTH[step.action]


@given(ladders(), GAPS)
def test_alone_or_together(steps: list[Step], gaps: list[timedelta]) -> None:
    """Where steps fire alone, no two of one instant do; elsewhere only a later step takes one of them out."""
    for _, due, _ in run(LadderEngine(STRENGTH, following), steps, gaps):
        assert len({(step.clock, step.at) for step in due.fire}) == len(due.fire)
    for _, due, _ in run(LadderEngine(STRENGTH, following, together=True), steps, gaps):
        assert all(due.by[step.key].at > step.at for step in due.overtaken)


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=60)), st.data())
def test_nothing_milder_fires_below_a_step_that_was_taken_early(
    engine: LadderEngine, steps: list[Step], later: timedelta, data: st.DataObject
) -> None:
    early = data.draw(st.sampled_from(steps))
    due = engine.due(steps, {early.key}, START + later)
    below = [step for step in due.fire if step.clock == early.clock and step.at < early.at]
    assert all(early.every is not None and STRENGTH[step.action] > STRENGTH[early.action] for step in below)


@given(ENGINES, ladders(), GAPS, st.randoms(use_true_random=False))
def test_the_answer_depends_on_the_rows_alone(
    engine: LadderEngine, steps: list[Step], gaps: list[timedelta], chance: Random
) -> None:
    mixed = list(steps)
    chance.shuffle(mixed)
    for (_, one, _), (_, other, _) in zip(run(engine, steps, gaps), run(engine, mixed, gaps), strict=True):
        assert (one, one.added) == (other, other.added)


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=200)))
def test_planning_is_idempotent(engine: LadderEngine, steps: list[Step], later: timedelta) -> None:
    now = START + later
    once = engine.unfold(steps, now)
    assert engine.unfold(once, now) == once
    assert len({step.key for step in once}) == len(once)
    assert engine.due(once, (), now).added == []
    assert engine.due(steps, (), now) == engine.due(once, (), now)
    assert engine.pause(engine.pause(once, now), now) == engine.pause(once, now)


@given(CLOCKS, INSTANTS)
def test_a_clock_that_is_set_twice_has_the_same_steps(clock: Clock, opened: datetime) -> None:
    assert set_ladder(clock, opened) == set_ladder(clock, opened)


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=40)), PAUSES)
def test_a_pause_moves_every_open_step_by_its_length(
    engine: LadderEngine, steps: list[Step], wait: timedelta, length: timedelta
) -> None:
    """What was left of a step's time when the pause began is left when it ends. A span does not stand still."""
    began = START + wait
    ended = began + length
    before = engine.unfold(steps, began)
    after = {step.key: step for step in engine.resume(engine.pause(before, began), began, ended)}
    assert set(after) == {step.key for step in before}
    for step in before:
        now = after[step.key]
        assert replace(now, at=step.at) == step
        if step.kind == "span" or step.at <= began:
            assert now.at == step.at
        elif step.mode == "days":
            assert mornings(ended, now.at) == mornings(began, step.at)
        else:
            every_day = step.mode == "all_hours"
            left = working_hours_between(began, step.at, every_day=every_day)
            assert working_hours_between(ended, now.at, every_day=every_day) == left


def mornings(start: datetime, end: datetime) -> int:
    """How many working mornings lie in [start, end)."""
    return sum(
        start <= rung_instant(day) < end and working_days_between(day, rung_instant(day).date()) == 0
        for day in ((start + timedelta(days=n)).date() for n in range((end - start).days + 2))
        if rung_instant(day).date() == day
    )


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_nothing_fires_in_a_pause(engine: LadderEngine, steps: list[Step], wait: timedelta) -> None:
    parked = engine.pause([replace(step, kind="stage") for step in steps], START)
    assert engine.due(parked, (), START + wait) == Due([], [])
    assert engine.next_step(parked, (), START + wait) is None and engine.next_step(parked, ()) is None


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=60)), GAPS)
def test_voiding_is_total(engine: LadderEngine, steps: list[Step], later: timedelta, gaps: list[timedelta]) -> None:
    """Of a clock that is voided nothing fires again, ever; the other clocks and what is recorded do not change."""
    due = engine.due(steps, (), START + later)
    steps = [*steps, *due.added]
    done = {step.key for step in (*due.fire, *due.overtaken)}
    void = voided(steps, done, {"reply"})
    assert void == {step.key for step in steps if step.clock == "reply"} - done
    left = [step for step in steps if step.key not in void and step.key not in done]
    assert all(step.clock == "seen" for step in left)
    kept = [step for step in steps if step.clock == "seen" and step.key not in done]
    for (_, one, _), (_, other, _) in zip(run(engine, left, gaps), run(engine, kept, gaps), strict=True):
        assert one == other
    assert voided(steps, done) == {step.key for step in steps} - done
    assert voided(steps, (), None, ("mild",)) == {step.key for step in steps if step.action == "mild"}


@given(ENGINES, ladders(), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_the_next_step_is_one_that_fires_then(engine: LadderEngine, steps: list[Step], quiet: timedelta) -> None:
    """Whoever sleeps until the next step and wakes finds it due; nothing is due before."""
    for each in (steps, silence(steps, START + quiet)):
        coming = engine.next_step(each, ())
        assert coming is not None
        assert coming in engine.due(each, (), coming.wakes_at).fire
        soonest = min(step.wakes_at for step in each)
        assert coming.wakes_at == soonest
        assert engine.due(each, (), soonest - timedelta(microseconds=1)) == Due([], [])
