"""A day's order, without any service."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.console.task.cards import Card
from services.console.today.view import Day, Rows, build_day

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def task(kind: str, due: timedelta = timedelta(hours=8), **more: Any) -> dict[str, Any]:
    plain = dict.fromkeys(("person_id", "referral_id", "plan_id", "agency_id", "case_id", "mail_id", "late", "paused"))
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


def line(referral: str, person: str = "al", *, is_open: bool = True, worker: str | None = None) -> dict[str, Any]:
    return {"referral_id": referral, "person_id": person, "open": is_open, "worker_id": worker, "paused": None}


def contact(place: str | None = None, where: str | None = None) -> dict[str, Any]:
    sighting = {"where": where, "by_whom": "the baker", "how_they_were": "well"} if where else None
    return {"kind": "met", "place": place, "sighting": sighting}


def plan(person: str, due_in: int | None, **more: Any) -> dict[str, Any]:
    due = None if due_in is None else (NOW + timedelta(days=due_in)).isoformat()
    return {"person_id": person, "contact_due_at": due, "case_stage": "planned", "hold": None, **more}


def who(cards: list[Card]) -> list[str | None]:
    return [card.person_id for card in cards]


def texts(card: Card) -> list[str]:
    return [item.text() for item in card.items]


def test_the_day_goes_from_what_cannot_wait_to_what_can() -> None:
    tasks = [task("not_seen", person_id=one) for one in ("canal", "nowhere", "bridge", "two pm", "ten am")]
    tasks += [
        task("see_after_release", person_id="released", urgent=True),
        task("outcome_form", -50 * DAY, person_id="form"),
        task("ask_worker", agency_id="tb", lines=[line("r1", "rung")]),
        task("answer_question", person_id="asked", referral_id="r2", agency_id="tb"),
        task("review", DAY, person_id="later"),
    ]
    concern = {"id": "c", "person_id": "harmed", "tell_lead_by": "2026-03-02"}
    last = {"canal": contact(where="canal"), "bridge": contact(place="Bridge"), "two pm": contact(place="zoo")}
    appointments = {
        "two pm": {"at": "2026-03-03T14:00:00Z"},
        "ten am": {"at": "2026-03-03T10:00:00Z"},
        "only": {"at": "2026-03-03T12:00:00Z"},
        "canal": {"at": "2026-03-09T10:00:00Z"},
    }
    found = build_day(Rows(tasks, last=last, appointments=appointments, concerns=[concern]), NOW)
    assert who(found.urgent) == ["harmed", "released"]
    assert who(found.appointments) == ["ten am", "only", "two pm"]
    assert who(found.people) == ["bridge", "canal", "nowhere"]
    assert [card.agency_id for card in found.calls] == ["tb"]
    assert (who(found.came), who(found.more), who(found.later)) == (["asked"], [], ["later"])
    assert who(found.old) == ["form"], "a needs form never stands above somebody who was not seen"
    assert found.people[1].appointment == appointments["canal"]


DAY = timedelta(days=1)


def test_who_was_not_seen_for_long_is_never_folded_away() -> None:
    tasks = [task("not_seen", -50 * DAY, person_id="al"), task("review", -50 * DAY, person_id="al")]
    tasks += [task("review", -14 * DAY, person_id="bo"), task("review", -15 * DAY, person_id="cy")]
    tasks += [task("ask_worker", -15 * DAY, agency_id="tb", lines=[line("r1", "di")])]
    found = build_day(Rows(tasks), NOW)
    assert (who(found.people), who(found.more), who(found.old)) == (["al"], ["bo"], ["cy", None])


def test_everything_about_one_person_is_one_card_at_what_comes_first() -> None:
    tasks = [
        task("outcome_form", -3 * DAY, person_id="al", plan_id="p1"),
        task("inform_person", person_id="al", referral_id="r1"),
        task("another_way", person_id="al", plan_id="p1"),
        task("not_seen", -9 * DAY, person_id="al", plan_id="p1"),
        task("phase_ends", 4 * DAY, person_id="al", plan_id="p1"),
    ]
    (card,) = build_day(Rows(tasks, plans=[plan("al", -1)]), NOW).due
    assert texts(card) == [
        "Not seen: try another place, time or person",
        "Not seen in time: look for the person",
        "Tell the person about the appointment",
        "Fill in the needs form",
        "The phase of the plan ends: what comes next?",
    ]
    assert [item.text() for item in card.shown] == texts(card)[:1] and len(card.inside) == 4
    assert card.also == texts(card)[1:3], "what only repeats is counted"
    told = card.items[2]
    assert told.done is None and told.link == "/referrals/r1/told", "closed by the fact, not by a press"


def test_a_contact_that_is_due_is_asked_for_once() -> None:
    """By the task to look for them, or else by the rhythm: the task may be due only tomorrow."""
    for due, asked in ((timedelta(hours=8), "not_seen"), (DAY, "")):
        (card,) = build_day(Rows([task("not_seen", due, person_id="al")], plans=[plan("al", -2)]), NOW).people
        assert card.first and card.first.kind == asked


def test_everything_that_cannot_wait_stands_openly_on_the_card() -> None:
    kinds = ("check_naloxone", "see_after_release", "check_bed", "check_prescription")
    tasks = [task(kind, person_id="al", urgent=True) for kind in kinds] + [task("review", person_id="al")]
    (card,) = build_day(Rows(tasks), NOW).urgent
    assert len(card.shown) == 4 and [item.kind for item in card.inside] == ["review"]


def test_what_was_given_today_does_not_wait_for_its_own_day() -> None:
    given = [
        task("outcome_form", 5 * DAY, person_id=str(ago), given_at=(NOW - timedelta(days=ago)).isoformat())
        for ago in (0, 1)
    ]
    found = build_day(Rows(given), NOW)
    assert who(found.more) == ["0"] and who(found.later) == ["1"]
    assert all(item.given for card in found.cards for item in card.items)


def test_one_service_is_one_call_however_many_tasks_ask_for_it() -> None:
    tasks = [
        task("ask_worker", agency_id="tb", lines=[line("r1"), line("gone", is_open=False)]),
        task("ask_worker", -1 * DAY, agency_id="tb", lines=[line("r1"), line("r2", "bo")]),
        task("ask_worker", agency_id="sau", lines=[line("r3")]),
    ]
    first, second = build_day(Rows(tasks), NOW).calls
    assert (first.agency_id, set(first.referral_ids), len(first.dones)) == ("tb", {"r1", "r2"}, 3)
    assert first.late and first.asked == ["No reply yet: ring them"] and second.referral_ids == ["r3"]


def test_a_later_step_takes_the_place_of_a_call_and_the_call_is_listed_inside() -> None:
    both = [line("r1", "al"), line("r2", "bo")]
    tasks = [
        task("ask_worker", -9 * DAY, agency_id="tb", lines=both),
        task("offer_alternative", agency_id="tb", lines=[line("r1", "al")]),
    ]
    found = build_day(Rows(tasks), NOW)
    (call,), (card,) = found.calls, found.more
    assert call.referral_ids == ["r2"] and call.dones == [f"{tasks[0]['id']}:r2"]
    assert [item.text("Hope") for item in card.items] == [
        "No reply from Hope: offer another service",
        "No reply yet: ring Hope",
    ]
    assert (card.items[0].link, card.items[1].done) == ("/referrals/choose?person=al", f"{tasks[0]['id']}:r1")
    # Once the later step is done, the call is asked for again.
    (again,) = build_day(Rows(tasks[:1]), NOW).calls
    assert set(again.referral_ids) == {"r1", "r2"}


def test_what_is_due_later_is_folded_unless_it_is_urgent() -> None:
    tasks = [
        task("review", 5 * DAY, person_id="al"),
        task("not_seen", 2 * DAY, person_id="bo"),
        task("see_after_release", DAY, person_id="cy", urgent=True),
    ]
    found = build_day(Rows(tasks, plans=[plan("di", 4)]), NOW)
    assert who(found.due) == ["cy"] and who(found.later) == ["bo", "di", "al"]


def test_nobody_is_looked_up_by_rhythm_whom_nothing_asks_for_or_who_is_searched_for() -> None:
    plans = [plan("al", None, case_stage="on_hold"), plan("bo", -30, case_stage="lost_contact")]
    assert build_day(Rows([], plans=plans), NOW) == Day()


def test_a_card_of_a_person_says_where_they_are_and_a_card_of_a_call_does_not() -> None:
    prison, ward = {"kind": "custody", "until": None}, {"kind": "hospital", "until": None}
    tasks = [
        task("review", person_id="al", paused=prison),
        task("read_mail", person_id="bo", late=None),
        task("ask_worker", agency_id="tb", lines=[line("r1", "al") | {"paused": prison}]),
        task("review", person_id="cy"),
    ]
    booked = {"di": {"at": NOW.isoformat()}}
    plans = [plan(one, None, hold=ward) for one in ("cy", "di")]
    found = build_day(Rows(tasks, plans=plans, appointments=booked), NOW)
    assert {card.person_id: card.paused for card in found.cards if card.person_id} == {
        "al": "In prison", "bo": "", "cy": "In hospital", "di": "In hospital",
    }  # fmt: skip
    (call,) = found.calls
    assert call.paused == ""


def test_a_sighting_of_yesterday_does_not_put_the_agreed_contact_off() -> None:
    sighted = (NOW - timedelta(days=1)).isoformat()
    met = plan("al", -2, last_contact_at=sighted, last_contact_kind="sighted", cadence_days=7, started_at=sighted)
    (card,) = build_day(Rows([], plans=[met]), NOW).people
    assert [(item.text(), item.late) for item in card.items] == [("Contact due", True)]


def test_what_services_said_is_shown_for_a_week_until_one_of_us_acts() -> None:
    def row(what: str, by: str, hours_ago: int) -> dict[str, Any]:
        at = (NOW - timedelta(hours=hours_ago)).isoformat()
        return {"id": what, "person_id": what, "last_human": {"what": what, "by": by, "at": at}}

    board = [
        row("asked to be rung", "agency", 30),
        row("saw the referral", "somebody", 1),
        row("booked an appointment", "agency", 2),
        row("said no to the referral", "agency", 200),
    ]
    found = build_day(Rows([task("read_mail", person_id="al")], board=[*board, {"id": "new", "last_human": None}]), NOW)
    assert [texts(card) for card in found.came] == [
        ["An email came: read it"],
        ["The service booked an appointment"],
        ["The service asked to be rung"],
    ]


def test_what_is_to_be_done_stands_before_the_news_of_it() -> None:
    """The service said no an hour ago; the next step is due tomorrow: its button is the card's."""
    said = {"what": "said no to the referral", "by": "agency", "at": (NOW - timedelta(hours=1)).isoformat()}
    board = [{"id": "r1", "person_id": "al", "last_human": said}]
    found = build_day(Rows([task("next_step", DAY, person_id="al", referral_id="r1")], board=board), NOW)
    (card,) = found.came
    assert card.first and card.first.link == "/today/next-steps/r1"
    assert card.also == ["The service said no to the referral"]


def test_news_of_today_stands_before_what_comes_round_next_week() -> None:
    """A service asked something: the button of the card is not a contact that is due in six days."""
    said = {"what": "asked us something", "by": "agency", "at": (NOW - timedelta(hours=1)).isoformat()}
    board = [{"id": "r1", "person_id": "al", "last_human": said}]
    tasks = [task("review", DAY, person_id="al", plan_id="p1")]
    (card,) = build_day(Rows(tasks, plans=[plan("al", 6)], board=board), NOW).came
    assert texts(card)[0] == "The service asked us something"
    assert card.first and card.first.link == "/referrals/r1"
    (card,) = build_day(Rows(tasks, plans=[plan("al", 0)], board=board), NOW).people
    assert texts(card)[0] == "Contact due", "what is due today comes before news of it"


def test_an_email_about_several_people_is_read_once() -> None:
    tasks = [task("read_mail", mail_id="m", lines=[line("r1"), line("r2", "bo")])]
    (card,) = build_day(Rows(tasks), NOW).came
    assert (card.person_id, card.items[0].link, len(card.items)) == ("al", "/mails/m", 1)


def test_a_kind_nobody_has_words_for_is_still_shown() -> None:
    (card,) = build_day(Rows([task("brand_new_kind", person_id="al")]), NOW).more
    assert texts(card) == ["Something is to be done"] and card.items[0].link == "/people/al"
