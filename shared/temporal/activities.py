"""The refusal of an activity that is not to be retried."""

from typing import Final, NoReturn

from temporalio.exceptions import ApplicationError

REFUSED: Final = "Refused"


def refuse(reason: str, field: str = "") -> NoReturn:
    """Raise a non-retryable refusal: the workflow shows *needs help* instead of retrying.

    ``reason`` is a fixed phrase without anything about a person; ``field`` names the invalid field.
    """
    raise ApplicationError(reason, field, type=REFUSED, non_retryable=True)
