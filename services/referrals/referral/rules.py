"""The referral machine: which move is legal from which state, and where it leads. Pure: no rows, no clock.

Forward skips are legal (sent -> booked in one tap). The same answer again changes nothing. Everything else is illegal
and the answer names the legal moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.referrals.codes import (
    ENDINGS,
    GATED,
    DeclineReason,
    MissKind,
    Move,
    State,
    WithdrawReason,
)

_S, _M = State, Move
_ONWARD = {
    _M.WAITLIST: (_S.WAITLISTED,),
    _M.ACCEPT: (_S.ACCEPTED,),
    _M.BOOK: (_S.BOOKED,),
    _M.ATTEND: (_S.ATTENDED,),
    _M.DECLINE: (_S.DECLINED,),
    _M.WITHDRAW: (_S.WITHDRAWN,),
}
_CARED_FOR = {
    _M.BOOK: (_S.BOOKED,),
    _M.TREAT: (_S.IN_TREATMENT,),
    _M.COMPLETE: (_S.COMPLETED,),
    _M.DECLINE: (_S.DECLINED,),
    _M.WITHDRAW: (_S.WITHDRAWN,),
}
_REOPENED = {_M.REOPEN: (_S.DRAFT,)}

# from -> move -> the states to which it may lead. Several: intake's permit, or a date that comes with a miss, decides.
TABLE: Mapping[State, Mapping[Move, tuple[State, ...]]] = {
    _S.DRAFT: {
        _M.SEND: (_S.SENT, _S.AWAITING_CONSENT),
        _M.ATTEND: (_S.ATTENDED,),
        _M.WITHDRAW: (_S.WITHDRAWN,),
    },
    _S.AWAITING_CONSENT: {_M.AGREED: (_S.SENT,), _M.WITHDRAW: (_S.WITHDRAWN,)},
    _S.SENT: {_M.BOUNCE: (_S.UNDELIVERABLE,), _M.SEE: (_S.ACKNOWLEDGED,), **_ONWARD},
    _S.UNDELIVERABLE: {
        _M.RESEND: (_S.SENT,),
        # They had received it after all.
        _M.SEE: (_S.ACKNOWLEDGED,),
        _M.ACCEPT: (_S.ACCEPTED,),
        _M.BOOK: (_S.BOOKED,),
        _M.DECLINE: (_S.DECLINED,),
        _M.WITHDRAW: (_S.WITHDRAWN,),
    },
    _S.ACKNOWLEDGED: _ONWARD,
    _S.WAITLISTED: _ONWARD,
    _S.ACCEPTED: {move: to for move, to in _ONWARD.items() if move is not _M.ACCEPT},
    _S.BOOKED: {
        _M.TOLD: (_S.BOOKED,),
        _M.ATTEND: (_S.ATTENDED,),
        _M.MISS: (_S.ACCEPTED, _S.BOOKED),
        _M.REBOOK: (_S.BOOKED,),
        _M.DECLINE: (_S.DECLINED,),
        _M.WITHDRAW: (_S.WITHDRAWN,),
    },
    _S.ATTENDED: _CARED_FOR,
    _S.IN_TREATMENT: _CARED_FOR,
    _S.COMPLETED: _REOPENED,
    _S.DECLINED: _REOPENED,
    _S.WITHDRAWN: _REOPENED,
}

# Repeating one of these means "still so"; on another day it is a new fact, because it starts the clock again.
_STILL_SO = frozenset({_M.WAITLIST, _M.TREAT})
# Accepted already, or further: a decline after this is reported to worker and supervisor the same day.
ACCEPTING = frozenset({_S.ACCEPTED, _S.BOOKED, _S.ATTENDED, _S.IN_TREATMENT})
# What an agency may answer by itself (link, code, email read by us, API).
BY_AGENCY = frozenset(
    {_M.SEE, _M.WAITLIST, _M.ACCEPT, _M.BOOK, _M.REBOOK, _M.ATTEND, _M.MISS, _M.TREAT, _M.COMPLETE, _M.DECLINE}
)

FHIR: Mapping[State, str] = {
    _S.DRAFT: "draft",
    _S.AWAITING_CONSENT: "draft",
    _S.SENT: "requested",
    _S.UNDELIVERABLE: "failed",
    _S.ACKNOWLEDGED: "received",
    _S.WAITLISTED: "on-hold",
    _S.ACCEPTED: "accepted",
    _S.BOOKED: "in-progress",
    _S.ATTENDED: "in-progress",
    _S.IN_TREATMENT: "in-progress",
    _S.COMPLETED: "completed",
    _S.DECLINED: "rejected",
    _S.WITHDRAWN: "cancelled",
}


@dataclass(frozen=True)
class Answer:
    """A move with its particulars. `on` is the London day on which it happened."""

    move: Move
    on: date
    reason: str | None = None  # decline, withdrawal
    miss_kind: MissKind | None = None
    until: date | None = None  # waitlisted until
    appointment_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The facts of a referral on which the machine depends. `last` is the latest move that changed the state."""

    state: State
    walk_in: bool = False
    told: bool = False  # the person was informed of the current appointment
    sending: bool = False  # approved, waiting for the permit
    last: Answer | None = None


@dataclass(frozen=True)
class Goes:
    """The move is legal and leads to `to`; `enters` is False when the state is not entered anew (told)."""

    to: State
    enters: bool = True


@dataclass(frozen=True)
class Gate:
    """The move is legal but waits for intake's permit."""

    move: Move


@dataclass(frozen=True)
class Same:
    """The same answer as before: nothing changes."""


@dataclass(frozen=True)
class Illegal:
    """Not possible from this state; `legal` are the moves that are."""

    legal: tuple[Move, ...]


Verdict = Goes | Gate | Same | Illegal


def legal(standing: Standing) -> tuple[Move, ...]:
    """Return the moves that are possible now, in the order of the table."""
    return tuple(move for move in TABLE[standing.state] if not (standing.walk_in and move is _M.SEND))


def judge(standing: Standing, answer: Answer) -> Verdict:
    """Return the machine's verdict on an answer. Never raise."""
    if _same(standing, answer):
        return Same()
    if answer.move not in legal(standing):
        return Illegal(legal(standing))
    if answer.move in GATED:
        return Gate(answer.move)
    if answer.move is _M.TOLD:
        return Goes(_S.BOOKED, enters=False)
    if answer.move is _M.MISS:
        return Goes(_S.ACCEPTED if answer.appointment_at is None else _S.BOOKED)
    return Goes(TABLE[standing.state][answer.move][0])


def _same(standing: Standing, answer: Answer) -> bool:
    if answer.move in GATED and standing.sending:
        return True
    if answer.move is _M.TOLD:
        return standing.state is _S.BOOKED and standing.told
    last = standing.last
    if last is None or last.move is not answer.move:
        # Reached by another move (a miss leads to accepted too): a bare repeat of the present state is no new fact.
        return answer.move in _NAMES_ITS_STATE and _NAMES_ITS_STATE[answer.move] is standing.state
    if answer.move in _STILL_SO and answer.on != last.on:
        return False
    if answer.move is _M.REOPEN:
        return standing.state is _S.DRAFT
    said_less = answer.reason is None and answer.move in (_M.DECLINE, _M.WITHDRAW)
    return replace(answer, on=last.on, reason=last.reason if said_less else answer.reason) == last


_NAMES_ITS_STATE = {_M.SEE: _S.ACKNOWLEDGED, _M.ACCEPT: _S.ACCEPTED, _M.ATTEND: _S.ATTENDED}


def fhir_status(state: State, *, question: bool = False, accepted_before: bool = False) -> str:
    """Return the FHIR R4 Task.status of a referral: a question is on-hold, a decline after acceptance is failed."""
    if question and state not in ENDINGS:
        return "on-hold"
    if state is _S.DECLINED and accepted_before:
        return "failed"
    return FHIR[state]


def missing(answer: Answer) -> str | None:
    """Return the name of the field that a move needs and does not have, or None."""
    if answer.move in (_M.BOOK, _M.REBOOK) and answer.appointment_at is None:
        return "appointment"
    if answer.move is _M.MISS and answer.miss_kind is None:
        return "miss_kind"
    if answer.move in (_M.DECLINE, _M.WITHDRAW) and answer.reason is None:
        return "reason"
    return None


def misplaced(answer: Answer) -> str | None:
    """Return the name of a field that has no place on this move or holds no known reason, or None."""
    if answer.appointment_at is not None and answer.move not in (_M.BOOK, _M.REBOOK, _M.MISS):
        return "appointment"
    if answer.miss_kind is not None and answer.move is not _M.MISS:
        return "miss_kind"
    if answer.until is not None and answer.move is not _M.WAITLIST:
        return "until"
    if answer.reason is None:
        return None
    known = {_M.DECLINE: set(map(str, DeclineReason)), _M.WITHDRAW: set(map(str, WithdrawReason))}
    return None if answer.reason in known.get(answer.move, ()) else "reason"
