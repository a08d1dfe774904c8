"""A day's order, without any service."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.casework.task.rules import CLOSED_BY_FACT, KINDS
from services.console.today import words
from services.console.today.view import Day, Rows, build_day
from services.console.web.casework_words import BY_FACT

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def task(kind: str, due: timedelta = timedelta(hours=8), **more: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("person_id", "referral_id", "plan_id", "agency_id", "case_id", "mail_id"))
    at = NOW + due
    return {
        "id": str(uuid4()),
        "kind": kind,
        **plain,
        "due_at": at.isoformat(),
        "overdue": at < NOW,
        "urgent": False,
    } | {
        "lines": [],
        **more,
    }


def contact(place: str | None = None, where: str | None = None) -> dict[str, Any]:
    sighting = {"where": where, "by_whom": "the baker", "how_they_were": "well"} if where else None
    return {"kind": "met", "place": place, "sighting": sighting}


def plan(person: str, due_in: int | None, **more: Any) -> dict[str, Any]:
    due = None if due_in is None else (NOW + timedelta(days=due_in)).isoformat()
    return {"person_id": person, "contact_due_at": due, "case_stage": "planned", **more}


def seen(found: Day) -> list[str]:
    return [row.person_id for row in found.visits]


def test_visits_come_by_what_cannot_wait_then_the_hour_then_the_place() -> None:
    tasks = [task("not_seen", person_id=one) for one in ("canal", "nowhere", "bridge", "two pm")]
    tasks.append(task("see_after_release", person_id="released", urgent=True))
    last = {"canal": contact(where="canal"), "bridge": contact(place="Bridge"), "two pm": contact(place="zoo")}
    appointments = {"two pm": {"at": "2026-03-03T14:00:00Z"}, "canal": {"at": "2026-03-09T10:00:00Z"}}
    found = build_day(Rows(tasks, last=last, appointments=appointments), NOW)
    assert seen(found) == ["released", "two pm", "bridge", "canal", "nowhere"]
    assert found.visits[3].appointment == appointments["canal"]


def test_what_was_given_today_does_not_wait_for_its_own_day() -> None:
    five = timedelta(days=5)
    given = [
        task("outcome_form", five, person_id=str(ago), given_at=(NOW - timedelta(days=ago)).isoformat())
        for ago in (0, 1)
    ]
    found = build_day(Rows(given), NOW)
    assert [item.person_id for item in found.more] == ["0"] and [item.person_id for item in found.later] == ["1"]
    assert all(item.given for item in (*found.more, *found.later))


def test_every_reason_to_see_one_person_is_one_visit() -> None:
    tasks = [task("inform_person", person_id="al", referral_id="r1"), task("not_seen", person_id="al")]
    (row,) = build_day(Rows(tasks, plans=[plan("al", -1)]), NOW).visits
    assert [item.text for item in row.items] == [
        "Tell the person about the appointment",
        "Not seen for longer than agreed: look for the person",
        "Contact due",
    ]
    told, look, _ = row.items
    assert told.task_id is None and told.link == "/referrals/r1/told", "closed by the fact, not by a tick"
    assert look.task_id


def test_an_outcome_form_leads_to_the_needs_and_a_review_to_the_plan() -> None:
    tasks = [task(kind, person_id="al", plan_id="p1") for kind in ("outcome_form", "review")]
    found = build_day(Rows(tasks), NOW)
    assert {item.link for item in found.more} == {"/plans/p1/needs", "/plans/p1"}


def test_one_agency_is_one_call_however_many_tasks_ask_for_it() -> None:
    def line(referral: str, *, is_open: bool = True) -> dict[str, Any]:
        return {"referral_id": referral, "person_id": "al", "open": is_open}

    tasks = [
        task("ask_worker", agency_id="tb", lines=[line("r1"), line("gone", is_open=False)]),
        task("ask_worker", timedelta(days=-1), agency_id="tb", lines=[line("r1"), line("r2")]),
        task("ask_worker", agency_id="sau", lines=[line("r3")]),
    ]
    first, second = build_day(Rows(tasks), NOW).calls
    assert (first.agency_id, first.referral_ids, len(first.tasks)) == ("tb", ["r1", "r2"], 2)
    assert first.late and first.texts == ["Ring them: no answer yet"] and second.referral_ids == ["r3"]


def test_what_is_due_later_is_below_the_line_unless_it_is_urgent() -> None:
    tasks = [
        task("review", timedelta(days=5), person_id="al"),
        task("not_seen", timedelta(days=2), person_id="bo"),
        task("see_after_release", timedelta(days=1), person_id="cy", urgent=True),
    ]
    found = build_day(Rows(tasks, plans=[plan("di", 4)]), NOW)
    assert seen(found) == ["cy"] and [item.person_id for item in found.later] == ["bo", "di", "al"]


def test_nobody_is_looked_up_by_rhythm_whom_nothing_asks_for_or_who_is_searched_for() -> None:
    plans = [plan("al", None, case_stage="on_hold"), plan("bo", -30, case_stage="lost_contact")]
    found = build_day(Rows([], plans=plans), NOW)
    assert not found.visits and not found.later


def test_a_sighting_of_yesterday_does_not_put_the_agreed_contact_off() -> None:
    sighted = (NOW - timedelta(days=1)).isoformat()
    met = plan("al", -2, last_contact_at=sighted, last_contact_kind="sighted", cadence_days=7, started_at=sighted)
    (row,) = build_day(Rows([], plans=[met]), NOW).visits
    assert [(item.text, item.late) for item in row.items] == [("Contact due", True)]


def test_what_agencies_said_is_shown_for_a_week_until_one_of_us_acts() -> None:
    def row(what: str, by: str, hours_ago: int) -> dict[str, Any]:
        at = (NOW - timedelta(hours=hours_ago)).isoformat()
        return {"id": what, "person_id": "al", "last_human": {"what": what, "by": by, "at": at}}

    board = [
        row("asked to be rung", "agency", 30),
        row("saw the referral", "somebody", 1),
        row("booked an appointment", "agency", 2),
        row("said no to the referral", "agency", 200),
    ]
    found = build_day(Rows([task("read_mail", person_id="al")], board=[*board, {"id": "new", "last_human": None}]), NOW)
    assert [item.text for item in found.replies] == [
        "An email came: read it",
        "They booked an appointment",
        "They asked to be rung",
    ]


def test_every_kind_of_task_has_its_words_and_what_closes_it_is_known() -> None:
    assert set(words.TASKS) == set(KINDS)
    assert set(CLOSED_BY_FACT) == BY_FACT


def test_their_question_came_in_and_is_closed_by_the_answer() -> None:
    (item,) = build_day(Rows([task("answer_question", person_id="al", referral_id="r1", agency_id="tb")]), NOW).replies
    assert (item.text, item.link) == ("They need something from us: answer them", "/referrals/r1/question")
    assert item.task_id is None


def test_a_kind_nobody_has_words_for_is_still_shown() -> None:
    assert [item.text for item in build_day(Rows([task("brand_new_kind")]), NOW).more] == ["Brand new kind"]
