"""Rules of engagement: the relation of a person to the service before there is a case."""

from enum import StrEnum


class State(StrEnum):
    """The states of engagement, from the vocabulary."""

    IDENTIFIED = "identified"
    APPROACHED = "approached"
    ENGAGED = "engaged"
    OUT_OF_TOUCH = "out_of_touch"
    SAID_NO = "said_no"


# `said_no` is entered and left only through a recorded no and its end (said_no/), never as a plain change of state.
LEGAL: dict[State, tuple[State, ...]] = {
    State.IDENTIFIED: (State.APPROACHED, State.ENGAGED, State.OUT_OF_TOUCH),
    State.APPROACHED: (State.ENGAGED, State.OUT_OF_TOUCH),
    State.ENGAGED: (State.OUT_OF_TOUCH,),
    State.OUT_OF_TOUCH: (State.APPROACHED, State.ENGAGED),
    State.SAID_NO: (),
}


def legal(state: State) -> tuple[State, ...]:
    """Return the states to which a worker's record alone may move engagement from `state`."""
    return LEGAL[state]
