"""The interface of a mailbox at a provider, independent of the protocol."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


class Cannot(Exception):
    """The provider is away or refuses the sign-in. `why` is a code, never the provider's words."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Item:
    """An email in the mailbox. `raw` is only its beginning when the email is larger than the limit."""

    raw: bytes
    size: int


class Opened(Protocol):
    """An open mailbox."""

    def waiting(self) -> AsyncIterator[str]:
        """Yield the key of every waiting email, oldest first. Raise Cannot."""
        ...

    async def read(self, key: str) -> Item | None:
        """Return one email; None when it is no longer in the folder. Raise Cannot."""
        ...

    async def done(self, key: str) -> None:
        """Move one email to the done folder. Raise Cannot."""
        ...


class Mailbox(Protocol):
    """A mailbox at a provider."""

    def open(self) -> AbstractAsyncContextManager[Opened]: ...
