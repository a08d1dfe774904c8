"""What may go wrong with the stack of one machine, as one line for the person at the terminal."""


class StackError(Exception):
    """The stack cannot start or go on. The message is one line: what is wrong, where, what to do."""


class ExitedEarly(StackError):
    """A process ended before it was ready."""
