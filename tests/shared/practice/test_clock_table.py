"""Every state of a referral has a clock or says why not, on every pathway, in every year; every rule has its source."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.clock_table import (
    DEFAULT_CLOCKS,
    PATHWAYS,
    REFERRAL_PATHWAYS,
    STATES,
    Clock,
    Length,
    Off,
    PracticeError,
    clock_as_json,
    clock_from_json,
    defaults,
    ladder_from_json,
    resolve,
    spans_for,
)

TODAY = date(2026, 3, 2)
BY_KEY = {clock.key: clock for clock in DEFAULT_CLOCKS}


@given(
    st.sampled_from(STATES),
    st.sampled_from(PATHWAYS),
    st.dates(date(2004, 1, 1), date(2030, 12, 31)),
    st.booleans(),
    st.booleans(),
)
def test_every_state_and_pathway_resolves(state: str, pathway: str, on: date, told: bool, may_say: bool) -> None:
    answer = resolve(state, pathway, on, told=told, agency_may_say=may_say)
    if isinstance(answer, Off):
        assert answer.reason.strip()
    else:
        assert answer.length is not None
        assert answer.source.strip()


def test_every_state_and_pathway_resolves_in_every_year() -> None:
    """The whole table, not a sample of it."""
    for year in range(2004, 2031):
        for pathway in PATHWAYS:
            for state in STATES:
                answer = resolve(state, pathway, date(year, 7, 1))
                assert isinstance(answer, Clock) or answer.reason
            for span in spans_for(pathway, date(year, 7, 1)):
                assert span.length is not None and span.in_force(date(year, 7, 1))


def test_states_without_a_clock_are_the_ones_that_wait_for_nobody() -> None:
    off = {state for state in STATES if isinstance(resolve(state, "any", TODAY), Off)}
    assert off == {"draft", "completed", "declined", "withdrawn"}


@pytest.mark.parametrize("row", defaults()["clocks"], ids=lambda row: row["key"])
def test_every_row_has_a_source(row: dict[str, object]) -> None:
    assert row["source"]
    assert row["source_kind"] in ("ours", "cited")
    assert str(row["source"]).startswith("ours") == (row["source_kind"] == "ours")


def test_the_other_tables_have_sources_too() -> None:
    cadence = defaults()["cadence"]
    rows = [*cadence["phases"], *cadence["not_seen"], *defaults()["holds"], defaults()["ladders"]]
    rows += [cadence[name] for name in ("watch", "review", "outcome_form", "caseload")]
    assert all(row["source"] for row in rows)


@pytest.mark.parametrize(
    ("state", "n", "unit", "whose"),
    [
        ("awaiting_consent", 5, "working_days", "us"),
        ("sent", 5, "working_days", "agency"),
        ("undeliverable", 0, "same_day", "us"),
        ("acknowledged", 10, "working_days", "agency"),
        ("waitlisted", 20, "working_days", "us"),
        ("question", 1, "working_days", "us"),
        ("accepted", 10, "working_days", "agency"),
        ("attended", 5, "working_days", "us"),
        ("in_treatment", 4, "weeks", "us"),
    ],
)
def test_stage_clocks(state: str, n: int, unit: str, whose: str) -> None:
    clock = resolve(state, "housing", TODAY)
    assert isinstance(clock, Clock)
    assert clock.length == Length(n, unit)  # type: ignore[arg-type]
    assert clock.whose == whose


def test_a_booked_referral_asks_us_then_the_agency_if_it_may_say() -> None:
    telling, outcome = resolve("booked", "gp", TODAY), resolve("booked", "gp", TODAY, told=True)
    silent = resolve("booked", "gp", TODAY, told=True, agency_may_say=False)
    assert isinstance(telling, Clock) and isinstance(outcome, Clock) and isinstance(silent, Clock)
    assert (telling.to_event, telling.whose) == ("told", "us")
    assert (outcome.to_event, outcome.whose, outcome.length) == ("outcome_known", "agency", Length(5, "working_days"))
    assert (silent.key, silent.whose) == (outcome.key, "us")


@pytest.mark.parametrize(
    ("pathway", "on", "expected"),
    [
        ("tb", date(2016, 12, 31), set[str]()),
        ("tb", date(2017, 1, 1), {"tb.imaging", "tb.observed_treatment", "tb.accommodation"}),
        ("sau", TODAY, {"sau.first_intervention"}),
        ("dosh", date(2007, 12, 31), set[str]()),
        ("dosh", date(2009, 6, 1), {"dosh.appointment_48_hours"}),
        ("dosh", date(2011, 1, 1), set[str]()),
        ("dosh", TODAY, {"dosh.appointment"}),
        ("hiv", TODAY, {"hiv.assessment"}),
        ("hepatitis_c", TODAY, {"hepatitis_c.seen_by_us", "hepatitis_c.treatment"}),
        ("housing", date(2018, 4, 2), set[str]()),
        ("housing", TODAY, {"housing.plan", "housing.prevention_duty", "housing.relief_duty"}),
        ("gp", TODAY, {"gp.written_reason"}),
        ("hospital", TODAY, {"hospital.treatment"}),
        ("legal", TODAY, set[str]()),
    ],
)
def test_spans_of_a_pathway_on_a_day(pathway: str, on: date, expected: set[str]) -> None:
    assert {clock.key for clock in spans_for(pathway, on)} == {"any.first_attendance"} | expected


def test_what_is_no_referral_has_its_own_spans_only() -> None:
    assert {c.key for c in spans_for("prison_release", TODAY)} == {
        "prison_release.seen_by_us",
        "prison_release.treatment",
    }
    assert {c.key for c in spans_for("safeguarding", TODAY)} == {"safeguarding.lead_told"}
    assert {c.key for c in spans_for("data_rights", date(2026, 6, 18))} == {"data_rights.access"}
    assert len(spans_for("data_rights", date(2026, 6, 19))) == 2
    assert {c.key for c in spans_for("caseload", TODAY)} == {"caseload.worker"}
    assert "prison_release" not in REFERRAL_PATHWAYS


def test_a_teams_own_row_wins_over_the_general_one() -> None:
    own = replace(BY_KEY["any.sent"], key="tb.sent", pathway="tb", length=Length(2, "working_days"))
    assert resolve("sent", "tb", TODAY, (*DEFAULT_CLOCKS, own)) == own
    assert resolve("sent", "gp", TODAY, (*DEFAULT_CLOCKS, own)) == BY_KEY["any.sent"]


def test_the_highest_version_in_force_wins() -> None:
    newer = replace(BY_KEY["any.sent"], version=2, length=Length(7, "working_days"), in_force_from=date(2026, 6, 1))
    rules = (newer, *DEFAULT_CLOCKS)
    assert resolve("sent", "any", date(2026, 5, 31), rules) == BY_KEY["any.sent"]
    assert resolve("sent", "any", date(2026, 6, 1), rules) == newer


def test_a_clock_that_is_not_in_force_is_off_with_a_reason() -> None:
    later = [replace(BY_KEY["any.sent"], in_force_from=date(2030, 1, 1))]
    assert resolve("sent", "any", TODAY, later) == Off("no clock is in force for sent on 2026-03-02")


@pytest.mark.parametrize(("state", "pathway"), [("lost", "any"), ("sent", "dentist")])
def test_what_does_not_exist_is_refused_by_name(state: str, pathway: str) -> None:
    with pytest.raises(PracticeError, match=f"{state if state == 'lost' else pathway}.*one of"):
        resolve(state, pathway, TODAY)


@pytest.mark.parametrize("clock", DEFAULT_CLOCKS, ids=lambda clock: clock.key)
def test_a_clock_survives_being_stored(clock: Clock) -> None:
    assert clock_from_json(clock_as_json(clock)) == clock


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": ""}, "key must be a text"),
        ({"source": " "}, "source must be a text"),
        ({"source_kind": "hearsay"}, "source_kind must be one of ours, cited"),
        ({"whose": "them"}, "whose must be one of"),
        ({"kind": "lap"}, "kind must be one of"),
        ({"length": {"n": 0, "unit": "days"}}, "n must be a whole number of 1"),
        ({"length": {"n": 1, "unit": "moons"}}, "unit must be one of"),
        ({"length": 5}, "length must be an object"),
        ({"length": None}, "off_reason must say why"),
        ({"length": None, "off_reason": "no"}, "the ladder must be off"),
        ({"ladder": "off"}, "off_reason must say why"),
        ({"ladder": []}, "at least one rung"),
        ({"ladder": [{"action": "shout", "when": "at"}]}, "action must be one of"),
        ({"ladder": [{"action": "ask_worker", "when": "after"}]}, "days must be a whole number of 1"),
        ({"in_force_from": "soon"}, "in_force_from must be a date"),
        ({"in_force_from": "2026-02-02", "in_force_until": "2026-02-01"}, "in_force_until must not be before"),
        ({"version": True}, "version must be a whole number"),
    ],
)
def test_a_broken_row_is_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(PracticeError, match=message):
        clock_from_json({**clock_as_json(BY_KEY["any.sent"]), **change})


def test_an_action_stands_on_a_ladder_once() -> None:
    rung = {"action": "ask_worker", "when": "at"}
    with pytest.raises(PracticeError, match="once"):
        ladder_from_json([rung, rung])


def test_lengths_in_words() -> None:
    words = [Length(5, "working_days"), Length(1, "working_days"), Length(18, "weeks"), Length(0, "same_day")]
    assert [each.words() for each in words] == ["5 working days", "1 working day", "18 weeks", "the same day"]
    assert BY_KEY["any.sent"].rule() == "reply clock, 5 working days"
