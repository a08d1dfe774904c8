"""What the board shows out of what the services say: the address and back, words, duties."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from services.console.back.names import Names
from services.console.board import commands, view
from services.console.board.view import Filters, Joined
from services.console.web import casework_words as words
from services.console.web.form import Form
from shared.access.roles import Role

WORKER = str(uuid4())


def row(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "kind": "referral", "person_id": "p", "agency_id": "a", "stage": "sent",
        "worker_id": WORKER, "reference": None, "waiting_for": "a reply", "since": None,
        "next_step": "remind the service", "next_at": None, "level": 0, "stalled": False, "overdue": False,
        "paused_until": None, "needs_help": None, "closed": False, **more,
    }  # fmt: skip


def joined() -> Joined:
    return Joined(Names({"p": "Synthetic Sam"}), Names({WORKER: "Wendy"}, "Somebody else"), {"a": "Chest clinic"})


def query(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def test_the_address_says_what_is_asked_and_nothing_else_gets_in() -> None:
    filters = Filters.read(
        {"stage": "sent", "worker": "nobody", "stalled": "1", "agency": "<b>", "sort": "name", "next": "//evil"}
    )
    assert filters.given == {"stage": "sent", "worker": "nobody", "stalled": "yes"}
    assert filters.asked() == {"stage": "sent", "worker": "", "stalled": True}
    assert Filters.read({"stage": "nonsense"}).narrowed is False


def test_a_link_changes_one_thing_and_begins_at_the_first_page() -> None:
    filters = Filters.read({"stage": "sent", "cursor": "abc"})
    assert query(filters.link(worker=WORKER)) == {"stage": "sent", "worker": WORKER}
    assert query(filters.link(cursor="def")) == {"stage": "sent", "cursor": "def"}
    assert query(filters.link(stage=None)) == {"all": "yes"}


def test_a_choice_that_is_on_leads_back() -> None:
    filters = Filters.read({"stage": "sent"})
    [sent, booked] = view.by_stage(filters, {"booked": 2, "sent": 3})
    assert (sent.text, sent.on, sent.count, query(sent.href)) == ("Sent", True, 3, {"all": "yes"})
    assert not booked.on and query(booked.href) == {"stage": "booked"}
    [nobody, wendy] = view.by_worker(filters, {WORKER: 2, "": 1, "some-program": 1}, joined().staff)
    assert (nobody.text, wendy.text) == ("Nobody", "Wendy") and query(nobody.href)["worker"] == "nobody"


def test_a_card_says_in_words_what_colours_show() -> None:
    card = view.card(row(stalled=True, overdue=True, needs_help="no address", worker_id=None), joined())
    assert [tag.text for tag in card.tags] == ["Sent", "Needs help", "Waiting too long", "Next step is late"]
    assert (card.name, card.about, card.worker) == ("Synthetic Sam", "Referral to Chest clinic", "No worker")
    ended = view.card(row(stalled=True, closed=True, stage="declined"), joined())
    assert [tag.text for tag in ended.tags] == ["The service said no"]


def test_a_task_leads_to_everybody_it_is_about() -> None:
    lines = [
        {"person_id": "p", "referral_id": "r1", "open": True},
        {"person_id": "p", "referral_id": "r2", "open": False},
    ]
    task = {
        "id": "t", "kind": "ask_supervisor_to_ring", "lines": lines, "referral_id": None, "plan_id": None,
        "person_id": None, "agency_id": "a", "due_at": "2030-01-07T17:00:00Z", "overdue": True,
    }  # fmt: skip
    found = view.duty(task, joined())
    assert found.title == "Ring the service’s manager: Chest clinic"
    assert found.about == [("Synthetic Sam", "/board/r1")] and found.done_here
    waits = view.duty(
        {**task, "kind": "waiting_for_worker", "lines": [], "person_id": "p", "agency_id": None}, joined()
    )
    assert waits.href == "/board/caseloads#waiting" and not waits.done_here


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
    assert words.source("ours") == "our own rule (ours)" and words.source("NICE QS141") == "NICE QS141"
