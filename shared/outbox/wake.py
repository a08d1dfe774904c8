"""A bell inside one process: a commit that wrote to the outbox wakes the relay at once instead of at its next poll."""

import asyncio
from collections import defaultdict
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.orm import Session

__all__ = ["ring", "ring_after_commit", "subscribe"]

_EMITTED = "outbox_emitted"
_bells: defaultdict[str, "WeakSet[asyncio.Event]"] = defaultdict(WeakSet)


def subscribe(service: str) -> asyncio.Event:
    """An event that is set after each commit that emitted in this process. Keep it: it is held weakly."""
    bell = asyncio.Event()
    _bells[service].add(bell)
    return bell


def ring(service: str) -> None:
    """Wake the relay of `service` in this process, if it runs here."""
    for bell in list(_bells[service]):
        bell.set()


def ring_after_commit(session: Session, service: str) -> None:
    """Ring once this session's transaction is committed; nothing happens when it is rolled back."""
    session.info[_EMITTED] = service


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    # Also called for a savepoint: an early ring costs one query, so the mark stays until the session is gone.
    service = session.info.get(_EMITTED)
    if service is not None:
        ring(service)
