"""What every activity needs: a way to say no that is not tried again."""

from typing import Final, NoReturn

from temporalio.exceptions import ApplicationError

REFUSED: Final = "Refused"


def refuse(reason: str, field: str = "") -> NoReturn:
    """Refuse for good: the workflow asks for help instead of trying again.

    ``reason`` is a fixed phrase without anything about a person; ``field`` names what was wrong.
    """
    raise ApplicationError(reason, field, type=REFUSED, non_retryable=True)
