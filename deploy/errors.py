"""Errors of a stack on one machine, as one line for the person at the terminal."""


class StackError(Exception):
    """The stack cannot start or go on. The message is one line: what is wrong, where, what to do."""


class ExitedEarly(StackError):
    """A process ended before it was ready."""


LONGEST = 140


def in_short(error: BaseException) -> str:
    """Return the beginning of an error's message, short enough for one line: engines report a whole chain."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(' ', 1)[0]} ..."
