"""What a change makes of a rule, what is refused of it and where, and what a rule does to a typical case."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.referrals.clock.changing import changed, fixed
from services.referrals.clock.example import Example, example, next_monday
from shared.http.problems import Problem
from shared.practice.clock_table import DEFAULT_CLOCKS
from shared.practice.model import Clock, clock_as_json, clock_from_json

CLOCKS = {clock.key: clock for clock in DEFAULT_CLOCKS}
NOW = datetime(2026, 11, 26, 21, tzinfo=UTC)  # a Thursday
BEFORE_CHRISTMAS = datetime(2026, 12, 17, 12, tzinfo=UTC)

TOO_LONG = {"n": 999, "unit": "days"}


def change(key: str, **given: Any) -> Clock:
    return clock_from_json(changed(clock_as_json(CLOCKS[key]), {"source": "agreed", **given}, NOW))


def refused(key: str, **given: Any) -> list[str]:
    with pytest.raises(Problem) as problem:
        change(key, **given)
    assert problem.value.status == 422
    return [one.field for one in problem.value.errors]


def typical(clock: Clock, now: datetime = NOW) -> Example:
    found = example(clock, now)
    assert found is not None
    return found


def rung(action: str, when: str, days: int = 0, **more: Any) -> dict[str, Any]:
    return {"action": action, "when": when, "days": days, **more}


def days(found: Example) -> dict[str, str]:
    return {step.rung.action: f"{step.at:%a %d %b %H:%M}" for step in found.steps}


def test_a_referral_sent_on_a_monday_by_the_default_rule() -> None:
    found = typical(CLOCKS["any.sent"])
    assert f"{found.opened_at:%a %d %b %H:%M}" == "Mon 30 Nov 10:00" and not found.in_hours
    assert (f"{found.deadline:%a %d %b %H:%M}", found.working_days) == ("Mon 07 Dec 09:30", 5)
    assert days(found) == {
        "remind_agency": "Thu 03 Dec 09:30",
        "ask_worker": "Mon 07 Dec 09:30",
        "tell_supervisor": "Wed 09 Dec 09:30",
        "ask_supervisor_to_ring": "Thu 10 Dec 09:30",
        "offer_alternative": "Mon 14 Dec 09:30",
        "case_conference": "Mon 21 Dec 09:30",
    }


def test_bank_holidays_do_not_count_and_are_named() -> None:
    found = typical(CLOCKS["any.sent"], BEFORE_CHRISTMAS)
    assert f"{found.opened_at:%d %b}" == "21 Dec"
    assert f"{found.deadline:%a %d %b}" == "Wed 30 Dec"
    assert found.bank_holidays == (date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1))


def test_no_case_begins_on_a_bank_holiday() -> None:
    assert next_monday(datetime(2027, 3, 27, 12, tzinfo=UTC)) == date(2027, 4, 5), "Easter Monday is none"
    assert next_monday(datetime(2026, 11, 30, 12, tzinfo=UTC)) == date(2026, 12, 7), "today is too late"


def test_an_urgent_rule_runs_in_hours() -> None:
    found = typical(CLOCKS["any.question"])
    assert found.in_hours and days(found) == {"ask_worker": "Mon 30 Nov 16:00", "tell_supervisor": "Tue 01 Dec 10:00"}


def test_what_counts_back_has_an_appointment_to_count_from() -> None:
    found = typical(CLOCKS["any.booked.told"])
    assert found.appointment_at == datetime(2026, 12, 14, 14, tzinfo=UTC)
    assert found.deadline.date() == date(2026, 12, 11)


@pytest.mark.parametrize("clock", DEFAULT_CLOCKS, ids=lambda clock: clock.key)
def test_every_default_has_a_typical_case_or_no_length(clock: Clock) -> None:
    found = example(clock, NOW)
    assert (found is None) == (clock.length is None)
    assert found is None or [step.at for step in found.steps] == sorted(step.at for step in found.steps)


def test_what_is_not_given_stays_and_a_source_is_cited_only_when_said() -> None:
    found = change("sau.first_intervention", length={"n": 14, "unit": "days"})
    assert (found.source, found.source_kind, found.ladder) == ("agreed", "ours", "default")
    assert change("any.sent", source="NICE QS000", source_kind="cited").source_kind == "cited"


def test_the_unit_says_whether_weekends_count() -> None:
    assert change("any.sent", length={"n": 2, "unit": "days"}).runs_on == "every_day"
    assert change("hiv.assessment", length={"n": 5, "unit": "working_days"}).runs_on == "working_days"
    assert change("any.undeliverable", source="why").runs_on == "working_days"


def test_steps_are_kept_in_the_order_in_which_they_come() -> None:
    found = change("any.sent", ladder=[rung("tell_supervisor", "after", 3), rung("remind_agency", "before", 1)])
    assert [each.action for each in found.ladder if not isinstance(each, str)] == ["remind_agency", "tell_supervisor"]


def test_off_needs_a_reason_and_steps_forget_it() -> None:
    assert refused("any.sent", ladder="off") == ["off_reason"]
    off = change("any.sent", ladder="off", off_reason="they ring us every week")
    assert typical(off).steps == () and typical(off).working_days == 5
    again = clock_from_json(changed(clock_as_json(off), {"source": "ours", "ladder": "default"}, NOW))
    assert again.off_reason == "" and again.ladder == "default"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"length": {"n": 0, "unit": "working_days"}}, ["length.n"]),
        ({"length": {"n": 25, "unit": "months"}}, ["length.n"]),
        ({"length": {"n": 1, "unit": "same_day"}}, ["length.n"]),
        ({"length": {"n": 1, "unit": "before_date"}}, ["length.unit"]),
        ({"ladder": [rung("ask_worker", "after")]}, ["ladder.0.days"]),
        ({"ladder": [rung("ask_worker", "at", 2)]}, ["ladder.0.days"]),
        ({"ladder": [rung("ask_worker", "after", 251)]}, ["ladder.0.days"]),
        ({"ladder": [rung("ask_worker", "at", every=251)]}, ["ladder.0.every"]),
        ({"ladder": [rung("ask_worker", "before", 5)]}, ["ladder.0.days"]),
        ({"ladder": [rung("ask_worker", "at"), rung("ask_worker", "after", 2)]}, ["ladder.1.action"]),
        (
            {"length": TOO_LONG, "ladder": [rung("ask_worker", "before"), rung("tell_supervisor", "at", 1)]},
            ["length.n", "ladder.0.days", "ladder.1.days"],
        ),
    ],
)  # fmt: skip
def test_everything_wrong_is_named_at_its_field(given: dict[str, Any], fields: list[str]) -> None:
    assert refused("any.sent", **given) == fields


def test_a_step_that_would_never_happen_is_refused_where_it_is_our_turn() -> None:
    assert refused("any.question", ladder=[rung("remind_agency", "at")]) == ["ladder.0.action"]


def test_what_counts_back_can_count_no_other_way() -> None:
    assert refused("any.booked.told", length={"n": 3, "unit": "days"}) == ["length.unit"]
    assert change("any.booked.told", length={"n": 2, "unit": "before_date"}).rule().endswith("2 working days before")


def test_a_change_that_could_do_nothing_is_not_made() -> None:
    still = {clock.key for clock in DEFAULT_CLOCKS if fixed(clock, NOW)}
    assert {"any.draft", "housing.relief_duty", "dosh.appointment_48_hours", "caseload.worker"} <= still
    assert {"any.sent", "any.booked.told", "tb.imaging"}.isdisjoint(still)
    with pytest.raises(Problem) as problem:
        change("any.draft", length={"n": 3, "unit": "days"})
    assert problem.value.status == 409
