"""What a mailbox at a provider is to us, whatever speaks to it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


class Cannot(Exception):
    """The provider is away or does not let us in. `why` is a code, never what it said."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Item:
    """An email as it lies in the mailbox. `raw` is only its beginning when it is larger than what is taken."""

    raw: bytes
    size: int


class Opened(Protocol):
    """A mailbox that is open."""

    def waiting(self) -> AsyncIterator[str]:
        """The key of every email that waits, oldest first. Raises Cannot."""
        ...

    async def read(self, key: str) -> Item | None:
        """One of them; None when somebody has taken it away meanwhile. Raises Cannot."""
        ...

    async def done(self, key: str) -> None:
        """Move one to the done folder. Raises Cannot."""
        ...


class Mailbox(Protocol):
    """A mailbox at a provider; Cannot when it cannot be opened now."""

    def open(self) -> AbstractAsyncContextManager[Opened]: ...
