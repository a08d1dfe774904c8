"""A stop by TERM or INT in the middle: children are ended, and what was begun is removed before the process ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The person, or the machine, wants this to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Whether a signal has come. Encryption turns what a handler raises into an error of its own: so ask again."""

    number: int | None = None
    is_late = False

    def finish(self) -> None:
        """Ignore signals from here on: all is done but to give the result its name. Raise Stopped when one has come."""
        self.is_late = True
        self.check()

    def check(self) -> None:
        """Raise Stopped when a signal has come."""
        if self.number is not None:
            raise Stopped(self.number)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Raise Stopped at TERM, INT or HUP while the block runs, once; it is to clean up undisturbed."""
    stop = Stop()

    def come(number: int, _: FrameType | None) -> None:
        if stop.number is None and not stop.is_late:
            stop.number = number
            raise Stopped(number)

    before = {each: signal.signal(each, come) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
