"""What the board shows out of what the services say: the address and back, words, duties."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from services.console.backend.names import Names
from services.console.board import commands, lines, view
from services.console.board.filters import Filters, by_stage, by_worker
from services.console.board.view import Joined
from services.console.web import casework_words as words
from services.console.web.form import Form
from shared.access.roles import Role

WORKER = str(uuid4())


def row(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "kind": "referral", "person_id": "p", "agency_id": "a", "stage": "sent",
        "worker_id": WORKER, "reference": None, "waiting_for": "a reply", "since": None,
        "next_step": "remind the service", "next_at": None, "level": 0, "stalled": False, "overdue": False,
        "paused_until": None, "pause_kind": None, "needs_help": None, "closed": False, "due_at": None, "case_id": None,
        **more,
    }  # fmt: skip


def joined() -> Joined:
    return Joined(Names({"p": "Synthetic Sam"}), Names({WORKER: "Wendy"}, "Somebody else"), {"a": "Chest clinic"})


def query(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def test_the_address_says_what_is_asked_and_nothing_else_gets_in() -> None:
    filters = Filters.read(
        {"stage": "sent", "worker": "nobody", "stalled": "1", "agency": "<b>", "sort": "size", "next": "//evil"}
    )
    assert filters.given == {"stage": "sent", "worker": "nobody", "stalled": "yes"}
    assert filters.asked() == {"stage": ["sent"], "worker": "", "stalled": True}
    assert Filters.read({"stage": "nonsense"}).narrowed is False


def test_a_link_changes_one_thing_and_begins_at_the_first_page() -> None:
    filters = Filters.read({"stage": "sent", "cursor": "abc"})
    assert query(filters.link(worker=WORKER)) == {"stage": "sent", "worker": WORKER}
    assert query(filters.link(cursor="def")) == {"stage": "sent", "cursor": "def"}
    assert query(filters.link(stage=None)) == {"all": "yes"}


def test_a_choice_that_is_on_leads_back() -> None:
    filters = Filters.read({"stage": "sent"})
    [sent, booked] = by_stage(filters, {"booked": 2, "sent": 3})
    assert (sent.text, sent.on, sent.count, query(sent.href)) == ("Sent", True, 3, {"all": "yes"})
    assert not booked.on and query(booked.href) == {"stage": "booked"}
    [nobody, wendy] = by_worker(filters, {WORKER: 2, "": 1, "some-program": 1}, joined().staff)
    assert (nobody.text, wendy.text) == ("Nobody", "Wendy") and query(nobody.href)["worker"] == "nobody"


def test_a_card_says_in_words_what_colours_show() -> None:
    card = view.card(row(stalled=True, overdue=True, needs_help="no address", worker_id=None), joined())
    assert [tag.text for tag in card.tags] == ["Sent", "Needs help", "Waiting too long", "Next step is late"]
    assert (card.name, card.about, card.worker) == ("Synthetic Sam", "Referral to Chest clinic", "No worker")
    ended = view.card(row(stalled=True, closed=True, stage="declined"), joined())
    assert [tag.text for tag in ended.tags] == ["The service said no"]


def test_next_steps_older_than_five_days() -> None:
    now = datetime.fromisoformat("2030-01-10T12:00:00+00:00")
    steps = [{"opened_at": (now - timedelta(days=days)).isoformat()} for days in (4, 5, 6)]
    assert view.older_than_five_days(steps, now) == [steps[2]]


def test_commands_are_offered_where_they_make_sense() -> None:
    def slugs(role: Role, **more: Any) -> list[str]:
        return [command.slug for command in commands.offered(row(**more), role)]

    assert slugs(Role.SUPERVISOR) == ["on-it", "more-days", "next-step", "look-elsewhere", "withdraw"]
    assert slugs(Role.SUPERVISOR, kind="plan", stage="planned") == ["pause", "reviewed", "close"]
    assert slugs(Role.WORKER, kind="plan", stage="on_hold", needs_help="x") == ["resume", "reviewed", "retry"]
    assert slugs(Role.GUARDIAN) == [] and slugs(Role.SUPERVISOR, closed=True) == []


def test_a_command_sends_only_what_it_asks_for() -> None:
    form = Form.read(b"working_days=3&reason=ours&note=&seen_at=2030-01-01T00%3A00%3A00Z")
    extend = commands.named("more-days")
    assert extend is not None
    assert extend.body(form) == {"command": "extend", "working_days": 3, "seen_at": "2030-01-01T00:00:00Z"}
    on_it = commands.named("on-it")
    assert on_it is not None
    until = on_it.body(Form.read(b"until-day=5&until-month=7&until-year=2030"))["until"]
    assert until == "2030-07-05T23:59:00+01:00"


def test_what_happened_in_words() -> None:
    assert (
        words.happened({"what": "step_fired", "detail": {"action": "remind_agency"}}) == "Automatic: remind the service"
    )
    assert (
        words.happened({"what": "decline", "detail": {"reason": "no_capacity"}}) == "The service said no (no capacity)"
    )
    ours = {"what": "step_fired", "detail": {"action": "ask_worker", "waits_on": "our_answer"}}
    assert words.happened(ours) == "Automatic: ask the worker to answer them"
    assert words.source("ours") == "our own rule" and words.source("NICE QS141") == "NICE QS141"


def test_an_address_may_name_several_people_and_stages_and_none_that_are_not() -> None:
    one, two = str(uuid4()), str(uuid4())
    filters = Filters.read({"person": f"{one},{two}", "stage": "sent,booked", "sort": "-since"})
    assert filters.asked() == {"person": [one, two], "stage": ["sent", "booked"]}
    assert (filters.sort, filters.last_first) == ("since", True)
    assert Filters.read({"person": f"{one},x", "stage": "sent,limbo", "sort": "-"}).given == {}
    assert Filters.read({"person": ",".join([one] * 26)}).given == {}


def test_a_heading_orders_by_its_column_and_turns_the_order_round() -> None:
    found = {column.text: column for column in lines.columns(Filters.read({"sort": "since", "stage": "sent"}))}
    assert query(found["Days"].href) == {"stage": "sent", "sort": "-since"} and found["Days"].order == "ascending"
    assert query(found["Person"].href) == {"stage": "sent", "sort": "name"} and found["Person"].order == ""
    assert found["Waits for"].href == ""


def test_a_line_is_a_person_and_says_what_is_most_urgent_about_any_of_theirs() -> None:
    now = datetime.fromisoformat("2030-01-10T12:00:00+00:00")
    sent = row(since="2030-01-01T09:00:00+00:00", due_at="2030-01-08T09:00:00+00:00", level=2, overdue=True)
    plan = row(kind="plan", stage="planned", case_id="c", needs_help="no address", agency_id=None)
    line = lines.line({"person_id": "p", "rows": [sent, plan]}, joined(), now, Role.SUPERVISOR)
    assert (line.name, line.worker, line.case_id, line.holds) == ("Synthetic Sam", "Wendy", "c", "plan and 1 referral")
    assert line.state == "Sent" and line.urgent is not None and line.urgent.text == "Needs help"
    assert line.lead.age is not None and (line.lead.age.words, line.lead.age.late) == ("9 days, 2 over", True)
    assert line.lead.progress_words == "Sent, stop 2 of 7, 2 steps taken"
    assert [key for key, *_ in line.lead.acts] == ["a", "e"] and line.parts[1].acts == []
    guardian = lines.line({"person_id": "p", "rows": [sent]}, joined(), now, Role.GUARDIAN)
    assert guardian.lead.acts == [] and guardian.case_id == ""


@pytest.mark.parametrize(
    ("since", "due", "said"),
    [
        (0, 5, "0 of 5 days"), (3, 5, "3 of 5 days"), (1, 1, "1 of 1 day"), (9, 5, "9 days, 4 over"),
        (1, None, "1 day"),
    ],
)  # fmt: skip
def test_an_age_stands_against_its_clock(since: int, due: int | None, said: str) -> None:
    now = datetime.fromisoformat("2030-01-10T12:00:00+00:00")
    begun = now - timedelta(days=since)
    end = None if due is None else (begun + timedelta(days=due, hours=1)).isoformat()
    found = lines.age_of(row(since=begun.isoformat(), due_at=end), now)
    assert found is not None and found.words == said
    assert ("age__late" in found.bar) is (due is not None and since > due)
    assert lines.age_of(row(), now) is None


def test_headings_that_would_be_the_same_say_what_makes_them_differ() -> None:
    assert view.apart(["A", "B"], ["1", "2"]) == ["", ""]
    assert view.apart(["A", "A", "B"], ["1", "2", "3"]) == ["1", "2", ""]
    assert view.apart(["A", "A", "A"], ["1", "1", "2"]) == ["1, 1 of 2", "1, 2 of 2", "2"]


@pytest.mark.parametrize(
    ("kind", "due", "said"),
    [
        ("custody", "2124-02-14T23:59:00+00:00", "In prison, until Mon 14 Feb 2124"),
        ("custody", None, "In prison"),
        ("hospital", "2124-02-14T23:59:00+00:00", "In hospital, until Mon 14 Feb 2124"),
        # A day that has gone by says nothing about now: nobody reads that somebody is there still.
        ("custody", "2024-02-14T23:59:00+00:00", "In prison, was to be released Wed 14 Feb 2024"),
        ("hospital", "2024-02-14T23:59:00+00:00", "In hospital, was to leave Wed 14 Feb 2024"),
        ("away", "2024-02-14T23:59:00+00:00", "Away, was to be back Wed 14 Feb 2024"),
        ("away", None, "Away"),
        (None, "2024-02-14T23:59:00+00:00", "Paused"),  # a row of before the board knew
    ],
)
def test_a_paused_plan_says_where_the_person_is_and_so_does_their_line(
    kind: str | None, due: str | None, said: str
) -> None:
    # Without an end the pause is asked about on a day: that day is not its end.
    now, asked = datetime.fromisoformat("2024-01-10T12:00:00+00:00"), "2024-01-18T09:30:00+00:00"
    plan = row(kind="plan", stage="on_hold", paused_until=asked, pause_kind=kind, due_at=due)
    assert [tag.text for tag in view.tags(plan)] == [said]
    led_by_referral = lines.line({"person_id": "p", "rows": [row(), plan]}, joined(), now, Role.GUARDIAN)
    assert led_by_referral.state == (said if kind else "Sent")


def test_a_paused_plan_says_so_once_and_a_referral_beside_its_own_state() -> None:
    until = "2026-12-11T00:00:00+00:00"
    assert [tag.text for tag in view.tags(row(kind="plan", stage="on_hold", paused_until=until))] == ["Paused"]
    assert [tag.text for tag in view.tags(row(paused_until=until))] == ["Sent", "Paused"]


def test_what_is_new_is_gathered_by_person_and_people_of_one_name_are_told_apart() -> None:
    one, other, again = row(person_id="p", reference="ABC"), row(person_id="q", reference="DEF"), row(person_id="p")
    names = Joined(Names({"p": "Synthetic Sam", "q": "Synthetic Sam"}), Names({WORKER: "Wendy"}), {})
    found = view.by_person(view.card(each, names, []) for each in (one, other, again))
    assert [(each.person_id, each.apart, [card.id for card in each.cards]) for each in found] == [
        ("p", "ABC", [one["id"], again["id"]]),
        ("q", "DEF", [other["id"]]),
    ]
