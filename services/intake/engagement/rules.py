"""Engagement before there is a case: how far we have come with each other."""

from enum import StrEnum


class State(StrEnum):
    """Words of the vocabulary."""

    IDENTIFIED = "identified"
    APPROACHED = "approached"
    ENGAGED = "engaged"
    OUT_OF_TOUCH = "out_of_touch"
    SAID_NO = "said_no"


# `said_no` is entered and left through what he himself said (said_no/), never as a plain change of state.
LEGAL: dict[State, tuple[State, ...]] = {
    State.IDENTIFIED: (State.APPROACHED, State.ENGAGED, State.OUT_OF_TOUCH),
    State.APPROACHED: (State.ENGAGED, State.OUT_OF_TOUCH),
    State.ENGAGED: (State.OUT_OF_TOUCH,),
    State.OUT_OF_TOUCH: (State.APPROACHED, State.ENGAGED),
    State.SAID_NO: (),
}


def legal(state: State) -> tuple[State, ...]:
    """Where engagement may go from `state` by a worker's record alone."""
    return LEGAL[state]
