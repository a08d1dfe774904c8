"""Why something waits: the shape of the answer, its words, and what is said first."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.practice.clock_table import ACTIONS, REFERRAL_STATES
from shared.practice.explain import (
    Explanation,
    Running,
    WaitFacts,
    explain,
    nearest,
    stalled,
    step_words,
)
from shared.practice.ladder import deadline
from tests.shared.practice.ladders import BY_KEY, INSTANTS, london

SINCE = london(2026, 3, 2, 14)
REPLY = Running(BY_KEY["any.sent"], deadline(BY_KEY["any.sent"], SINCE))
SPAN = Running(BY_KEY["any.first_attendance"], deadline(BY_KEY["any.first_attendance"], SINCE))
QUESTION = Running(BY_KEY["any.question"], deadline(BY_KEY["any.question"], SINCE))
SENT = WaitFacts("referral", "sent", SINCE, (REPLY, SPAN), "ask_worker", london(2026, 3, 9, 9, 30), level=1)


def test_the_answer_of_the_contract() -> None:
    assert explain(SENT) == Explanation(
        waiting_for="a reply from the service",
        who="agency",
        since=SINCE,
        rule="reply clock, 5 working days",
        rule_source="ours",
        next_step="ask the worker to ring them",
        next_at=london(2026, 3, 9, 9, 30),
        level=1,
        unlocks="any reply from the service",
    )


def test_the_nearer_clock_gives_the_rule() -> None:
    late = replace(SENT, running=(replace(REPLY, deadline=SPAN.deadline + timedelta(days=9)), SPAN))
    assert explain(late).rule == "first attendance, 20 working days"
    assert explain(late).waiting_for == "a reply from the service"
    assert nearest(()) is None
    assert nearest([replace(REPLY, paused=True), SPAN]) == SPAN


def test_an_open_question_is_ours() -> None:
    asked = SINCE + timedelta(days=1)
    facts = replace(SENT, question_since=asked, running=(replace(REPLY, paused=True), QUESTION, SPAN))
    answer = explain(facts)
    assert (answer.who, answer.since, answer.rule) == ("us", asked, "question clock, 1 working day")
    assert answer.waiting_for == "our answer to the service's question"
    assert answer.next_step == "ask the worker to see to it"


def test_an_appointment_of_which_nobody_informed_the_person_is_ours() -> None:
    booked = WaitFacts("referral", "booked", SINCE, told=False, next_action="ask_worker")
    assert (explain(booked).who, explain(booked).unlocks) == ("us", "recording that the person has been told")
    ours = replace(BY_KEY["any.booked.outcome"], whose="us")
    told = replace(booked, told=True, running=(Running(ours, REPLY.deadline),))
    assert (explain(told).who, explain(told).rule_source) == ("us", "ours")


def test_somebody_is_on_it() -> None:
    answer = explain(replace(SENT, acknowledged_until=london(2026, 3, 17, 9, 30)))
    assert answer.next_step == "ask the worker to ring them (somebody is on it until 17 March 2026)"


def test_help_is_said_before_everything_else() -> None:
    answer = explain(replace(SENT, needs_help="the mail could not be written", question_since=SINCE, next_action=None))
    assert (answer.waiting_for, answer.who) == ("help: the mail could not be written", "us")
    assert answer.next_step == "put right what was refused and try again"


def test_a_plan_waits_for_the_next_contact() -> None:
    facts = WaitFacts(
        "plan",
        "transition",
        SINCE,
        next_action="ask_worker",
        next_at=london(2026, 3, 13, 9, 30),
        rule="contact every 7 days",
        rule_source="CTI implementation guide",
    )
    answer = explain(facts)
    assert (answer.waiting_for, answer.who) == ("the next contact with the person", "us")
    assert (answer.rule, answer.next_step) == ("contact every 7 days", "ask the worker to see the person")
    paused = explain(replace(facts, hold="custody", hold_since=SINCE + timedelta(days=3), next_action="look_again"))
    assert paused.waiting_for == "release from prison"
    assert (paused.who, paused.since) == ("person", SINCE + timedelta(days=3))
    assert paused.next_step == "ask the worker whether the pause has ended"
    assert explain(replace(facts, state="closed")).next_step == "nothing more"


def test_a_ladder_that_is_off_says_so() -> None:
    quiet = replace(BY_KEY["any.sent"], ladder="off", off_reason="this route asked for quiet")
    facts = replace(SENT, running=(Running(quiet, REPLY.deadline),), next_action=None, next_at=None)
    assert explain(facts).next_step == "no automatic step: this route asked for quiet"
    draft = WaitFacts("referral", "draft", SINCE, off_reason="a draft is the worker's own")
    assert explain(draft).next_step == "no automatic step: a draft is the worker's own"


def test_what_has_ended_waits_for_nobody() -> None:
    for state in ("completed", "declined", "withdrawn"):
        answer = explain(replace(SENT, state=state, question_since=SINCE, needs_help="x", acknowledged_until=SINCE))
        assert (answer.who, answer.next_step, answer.next_at, answer.rule) == ("nobody", "nothing more", None, "")
    assert explain(replace(SENT, state="declined")).waiting_for == "nothing: the service said no"


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'lost' is not known"):
        explain(replace(SENT, state="lost"))


def test_stalled() -> None:
    at = REPLY.deadline
    assert not stalled([REPLY, SPAN], at - timedelta(seconds=1))
    assert stalled([REPLY, SPAN], at)
    assert not stalled([replace(REPLY, paused=True), SPAN], at)
    assert stalled([replace(REPLY, paused=True), SPAN], SPAN.deadline)  # a question never pauses a span
    assert not stalled([QUESTION], at + timedelta(days=99))  # what we hold keeps nobody waiting but us


FACTS: Any = st.builds(
    WaitFacts,
    subject=st.just("referral"),
    state=st.sampled_from(REFERRAL_STATES),
    since=INSTANTS,
    running=st.lists(
        st.builds(Running, clock=st.sampled_from([c for c in BY_KEY.values() if c.length]), deadline=INSTANTS),
        max_size=3,
    ).map(tuple),
    next_action=st.none() | st.sampled_from(ACTIONS),
    next_at=st.none() | INSTANTS,
    level=st.integers(0, 9),
    told=st.booleans(),
    question_since=st.none() | INSTANTS,
    acknowledged_until=st.none() | INSTANTS,
    needs_help=st.none() | st.just("the permit was refused"),
)


@given(FACTS)
def test_every_answer_is_whole_and_in_the_words_of_pages(facts: WaitFacts) -> None:
    answer = vars(explain(facts))
    assert answer["waiting_for"] and answer["next_step"] and answer["unlocks"]
    assert answer["who"] in ("agency", "us", "person", "nobody")
    assert bool(answer["rule"]) == bool(answer["rule_source"])
    said = " ".join(str(answer[key]) for key in ("waiting_for", "rule", "next_step", "unlocks"))
    assert not re.search(r"\b(stalled|ladder|rung|escalat\w+|hold|break-glass|he|him|his)\b", said)
    assert explain(facts) == explain(facts)


@pytest.mark.parametrize("action", [*ACTIONS, "another_way", "lost_contact", "contact", "review", "look_again"])
def test_every_step_has_words(action: str) -> None:
    assert "_" not in step_words(action, "agency")
    assert "_" not in step_words(action, "us", "plan")
