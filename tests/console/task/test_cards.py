"""Cards of a supervisor, and that no kind of task is without words, a button and an end."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from services.casework.task.rules import CLOSED_BY_FACT, KINDS, MAILS, OVERSIGHT
from services.console.backend.names import Names
from services.console.board import view
from services.console.task import cards, words
from services.console.task.cards import gather, items_of
from services.console.task.pages import HOW
from services.console.web.casework_words import BY_FACT
from tests.console.today.test_view import DAY, line, task


def known(kind: str, **more: Any) -> dict[str, Any]:
    """Return a task of this kind with everything that it can be about."""
    about = {"person_id": "al", "referral_id": "r1", "plan_id": "p1", "agency_id": "tb", "mail_id": "m1"}
    return task(kind, **{**about, "oversight_id": "o1", "case_worker_id": "wanda", **more})


def test_every_kind_has_words_and_what_closes_it_is_known() -> None:
    assert set(words.KINDS) == set(KINDS)
    assert set(CLOSED_BY_FACT) == BY_FACT and words.EMAILS == MAILS
    assert {kind.place for kind in words.KINDS.values()} == set(get_args(words.Place))
    assert {"done", "otherwise", "not_needed"} == HOW


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_button_of_its_own_and_an_end(kind: str) -> None:
    (item,) = items_of(known(kind))
    assert item.link and item.link_text == words.KINDS[kind].act, "what is pressed is what the kind asks for"
    assert "{" not in item.link + item.text("Hope")
    # Ended by a press, or else by the page that the button leads to.
    assert item.done or kind in CLOSED_BY_FACT
    said = words.of(kind).said
    assert said.startswith("“") and "” is done. " in said and "{" not in said


# Where the fact of each is recorded: the same that casework names when somebody tries to tick it off.
FACTS = {
    "inform_person": "/referrals/r1/told",
    "confirm_appointment": "/referrals/r1/confirm",
    "answer_question": "/referrals/r1/question",
    "ring_to_refer": "/referrals/r1/call",
    "next_step": "/today/next-steps/r1",
    "waiting_for_worker": "/board/caseloads#waiting",
    **dict.fromkeys(MAILS, "/mails/m1"),
    **dict.fromkeys(OVERSIGHT, "/oversight/o1"),
}


@pytest.mark.parametrize("kind", sorted(CLOSED_BY_FACT))
def test_what_only_a_fact_closes_leads_to_where_it_is_recorded(kind: str) -> None:
    (item,) = items_of(known(kind))
    assert (item.done, item.link) == (None, FACTS[kind])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_known_of_too_little_still_leads_to_what_it_is_about(kind: str) -> None:
    (item,) = items_of(known(kind, referral_id=None, plan_id=None, mail_id=None, oversight_id=None))
    assert item.link


def month() -> list[dict[str, Any]]:
    """Return a supervisor's tasks after a month in which nobody did anything: 3 plans, 6 referrals, 6 services."""
    found: list[dict[str, Any]] = []
    for number in range(6):
        person, referral, agency = f"p{number % 3}", f"r{number}", f"a{number}"
        lines = [line(referral, person, worker="wanda")]
        for kind, days in (("tell_supervisor", 20), ("ask_supervisor_to_ring", 19), ("case_conference", 10)):
            found.append(task(kind, -days * DAY, agency_id=agency, lines=lines))
    for number in range(3):
        person, plan = f"p{number}", f"plan{number}"
        about = {"person_id": person, "plan_id": plan, "case_worker_id": "wanda"}
        found.append(task("tell_supervisor_not_seen", -12 * DAY, **about))
        for kind in ("review", "not_seen"):
            late = task(kind, -15 * DAY, **about, worker_id="wanda")
            found.append(task("overdue", -14 * DAY, **about, late=late))
    return found


def test_a_month_of_neglect_is_a_card_a_person_with_task_and_worker() -> None:
    owed = month()
    found = view.duties(owed)
    assert len(owed) == 27 and len(found) == 3
    for card in found:
        assert card.person_id and card.first and card.workers == ["wanda"]
        assert card.first.text() == "Not seen for too long: talk it over with the worker"
        assert card.first.link and len(card.items) == 9, "what it gathers is inside"
    assert sum(len(card.items) for card in found) == len(owed), "nothing is left out"


def test_when_what_is_shown_is_done_the_next_comes_up_until_nothing_is_left() -> None:
    owed, shown = month(), list[str]()
    while found := view.duties(owed):
        first = found[0].first
        assert first and first.done
        shown.append(first.done)
        owed = [each for each in owed if each["id"] != first.done.partition(":")[0]]
    assert len(shown) == len(set(shown)) == 27


def test_a_call_about_several_people_is_one_card_of_the_service() -> None:
    both = [line("r1", "al", worker="wanda"), line("r2", "bo", worker="ann")]
    owed = [
        task("tell_supervisor", -4 * DAY, agency_id="tb", lines=both),
        task("ask_supervisor_to_ring", -3 * DAY, agency_id="tb", lines=both),
        task("ask_supervisor_to_ring", -2 * DAY, agency_id="sau", lines=[line("r3", "al", worker="wanda")]),
    ]
    found = {card.key: card for card in view.duties(owed)}
    assert set(found) == {"service-tb", "person-al", "person-bo"}
    assert [(one.person_id, one.worker_id) for one in found["service-tb"].calls] == [("al", "wanda"), ("bo", "ann")]
    assert [item.kind for item in found["person-al"].items] == ["ask_supervisor_to_ring", "tell_supervisor"]
    assert found["person-al"].first and found["person-al"].first.link == "/referrals/r3/call"


def test_an_overdue_task_says_which_it_is_whose_and_leads_to_where_it_is_done() -> None:
    late = known("inform_person", due=-36 * DAY)
    (item,) = items_of(known("overdue", late=late))
    assert item.text() == "Overdue: tell the person about the appointment"
    assert (item.link, item.worker_id, item.late) == ("/referrals/r1/told", "wanda", True)
    assert item.due.isoformat() == late["due_at"] and item.done, "it can be set aside too"


def test_cards_that_read_the_same_are_told_apart() -> None:
    tasks = [task("not_seen", person_id=one) for one in ("al", "bo", "cy")]
    found = gather(item for each in tasks for item in items_of(each))
    names = Names({"al": "Sam", "bo": "Sam", "cy": "Kit"})
    again = cards.again((card, cards.reads(card, names, {})) for card in found)
    assert again == {"person-al": "1 of 2", "person-bo": "2 of 2"}


def test_lines_of_a_gathered_task_end_one_by_one() -> None:
    several = task("offer_alternative", timedelta(), agency_id="tb", lines=[line("r1"), line("r2", "bo")])
    assert [item.done for item in items_of(several)] == [f"{several['id']}:r1", f"{several['id']}:r2"]
    alone = {**several, "lines": [line("r1"), line("r2", "bo", is_open=False)]}
    assert [item.done for item in items_of(alone)] == [f"{several['id']}:r1"], "another may have joined it since"
