"""The referral machine: every legal path, no illegal one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.codes import ENDINGS, GATED, DeclineReason, MissKind, Move, State, WithdrawReason
from services.referrals.referral import rules
from services.referrals.referral.rules import Answer, Gate, Goes, Illegal, Same, Standing

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 9, 10, tzinfo=UTC)

# Written out from the contract by hand, so that a slip in the table is seen.
CONTRACT = {
    "draft": "send attend withdraw",
    "awaiting_consent": "agreed withdraw",
    "sent": "bounce see waitlist accept book attend decline withdraw",
    "undeliverable": "resend see accept book decline withdraw",
    "acknowledged": "waitlist accept book attend decline withdraw",
    "waitlisted": "waitlist accept book attend decline withdraw",
    "accepted": "waitlist book attend decline withdraw",
    "booked": "told attend miss rebook decline withdraw",
    "attended": "book treat complete decline withdraw",
    "in_treatment": "book treat complete decline withdraw",
    "completed": "reopen",
    "declined": "reopen",
    "withdrawn": "reopen",
}
LEADS_TO = {
    "bounce": "undeliverable",
    "see": "acknowledged",
    "waitlist": "waitlisted",
    "accept": "accepted",
    "book": "booked",
    "rebook": "booked",
    "told": "booked",
    "attend": "attended",
    "treat": "in_treatment",
    "complete": "completed",
    "decline": "declined",
    "withdraw": "withdrawn",
    "reopen": "draft",
}


def answer(move: Move, on: date = DAY, **more: object) -> Answer:
    needed: dict[str, object] = {}
    if move in (Move.BOOK, Move.REBOOK):
        needed["appointment_at"] = AT
    if move is Move.MISS:
        needed["miss_kind"] = MissKind.DID_NOT_COME
    if move is Move.DECLINE:
        needed["reason"] = str(DeclineReason.NO_CAPACITY)
    if move is Move.WITHDRAW:
        needed["reason"] = str(WithdrawReason.OURS)
    return Answer(move, on, **(needed | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("move", list(Move))
def test_every_pair_is_exactly_what_the_contract_says(state: State, move: Move) -> None:
    verdict = rules.judge(Standing(state), answer(move))
    if move.value in CONTRACT[state].split():
        if move in GATED:
            assert verdict == Gate(move)
        elif move is Move.MISS:
            assert verdict == Goes(State.ACCEPTED)
        elif (state, move) != (State.ATTENDED, Move.ATTEND):
            assert verdict == Goes(State(LEADS_TO[move]), enters=move is not Move.TOLD)
    elif isinstance(verdict, Same):
        assert LEADS_TO[move] == state
    else:
        assert verdict == Illegal(tuple(Move(m) for m in CONTRACT[state].split()))


def test_the_states_a_gate_may_lead_to() -> None:
    assert rules.TABLE[State.DRAFT][Move.SEND] == (State.SENT, State.AWAITING_CONSENT)
    assert rules.TABLE[State.AWAITING_CONSENT][Move.AGREED] == (State.SENT,)
    assert rules.TABLE[State.UNDELIVERABLE][Move.RESEND] == (State.SENT,)


def test_a_miss_with_a_new_date_stays_booked() -> None:
    verdict = rules.judge(Standing(State.BOOKED), answer(Move.MISS, appointment_at=AT))
    assert verdict == Goes(State.BOOKED)


def test_a_walk_in_is_never_sent() -> None:
    standing = Standing(State.DRAFT, walk_in=True)
    assert rules.judge(standing, answer(Move.SEND)) == Illegal((Move.ATTEND, Move.WITHDRAW))
    assert rules.judge(standing, answer(Move.ATTEND)) == Goes(State.ATTENDED)


@pytest.mark.parametrize("move", sorted(GATED))
def test_approving_twice_is_one_order(move: Move) -> None:
    assert rules.judge(Standing(State.DRAFT, sending=True), answer(move)) == Same()


def test_a_different_date_or_reason_is_not_the_same_answer() -> None:
    booked = Standing(State.BOOKED, last=answer(Move.BOOK))
    assert rules.judge(booked, answer(Move.BOOK)) == Same()
    assert isinstance(rules.judge(booked, answer(Move.BOOK, appointment_at=AT + timedelta(days=1))), Illegal)
    declined = Standing(State.DECLINED, last=answer(Move.DECLINE))
    assert rules.judge(declined, Answer(Move.DECLINE, DAY)) == Same()
    assert isinstance(rules.judge(declined, answer(Move.DECLINE, reason="risk")), Illegal)


@pytest.mark.parametrize(("state", "move"), [(State.WAITLISTED, Move.WAITLIST), (State.IN_TREATMENT, Move.TREAT)])
def test_still_so_starts_the_clock_again_only_on_another_day(state: State, move: Move) -> None:
    standing = Standing(state, last=answer(move))
    assert rules.judge(standing, answer(move)) == Same()
    assert rules.judge(standing, answer(move, DAY + timedelta(days=28))) == Goes(state)


def test_told_twice_is_once() -> None:
    assert rules.judge(Standing(State.BOOKED, told=True), answer(Move.TOLD)) == Same()


@given(st.lists(st.tuples(st.sampled_from(Move), st.integers(0, 40)), max_size=40))
def test_any_walk_stays_inside_the_table_and_a_repeat_changes_nothing(steps: list[tuple[Move, int]]) -> None:
    standing, entry = Standing(State.DRAFT), 1
    for move, days in steps:
        given_answer = answer(move, DAY + timedelta(days=days))
        verdict = rules.judge(standing, given_answer)
        assert isinstance(verdict, Illegal) == (not isinstance(verdict, Same) and move not in rules.legal(standing))
        if isinstance(verdict, Gate):
            verdict = Goes(State.SENT)
        if not isinstance(verdict, Goes):
            continue
        assert verdict.to in rules.TABLE[standing.state][move]
        entry += verdict.enters
        told = move is Move.TOLD
        standing = Standing(verdict.to, told=told, last=standing.last if told else given_answer)
        assert rules.judge(standing, given_answer) == Same()


def test_every_state_is_reached_and_every_open_one_can_end() -> None:
    reached, todo = {State.DRAFT}, [State.DRAFT]
    while todo:
        for targets in rules.TABLE[todo.pop()].values():
            fresh = set(targets) - reached
            reached |= fresh
            todo += fresh
    assert reached == set(State)
    for state in set(State) - ENDINGS:
        assert rules.TABLE[state][Move.WITHDRAW] == (State.WITHDRAWN,)
    for state in ENDINGS:
        assert rules.TABLE[state] == {Move.REOPEN: (State.DRAFT,)}


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_fhir_status(state: State) -> None:
    expected = {"sent": "requested", "declined": "rejected", "withdrawn": "cancelled", "booked": "in-progress"}
    assert rules.fhir_status(state) == expected.get(state, rules.FHIR[state])
    assert rules.fhir_status(State.SENT, question=True) == "on-hold"
    assert rules.fhir_status(State.DECLINED, accepted_before=True) == "failed"


def test_fields_that_are_missing_or_misplaced_are_named() -> None:
    assert rules.missing(Answer(Move.BOOK, DAY)) == "appointment"
    assert rules.missing(Answer(Move.MISS, DAY)) == "miss_kind"
    assert rules.missing(Answer(Move.DECLINE, DAY)) == "reason"
    assert rules.missing(Answer(Move.SEE, DAY)) is None
    assert rules.misplaced(Answer(Move.SEE, DAY, until=DAY)) == "until"
    assert rules.misplaced(Answer(Move.ATTEND, DAY, appointment_at=AT)) == "appointment"
    assert rules.misplaced(Answer(Move.DECLINE, DAY, reason="died")) == "reason"
    assert rules.misplaced(Answer(Move.WITHDRAW, DAY, reason="died")) is None
