"""A bell inside one process: a commit that wrote to the outbox wakes the relay at once instead of at its next poll."""

import asyncio
from collections import defaultdict
from typing import Literal
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.orm import Session

__all__ = ["ring_after_commit", "subscribe"]

Cursor = Literal["publish", "dispatch"]

_EMITTED = "outbox_emitted"
_bells: defaultdict[tuple[str, Cursor], "WeakSet[asyncio.Event]"] = defaultdict(WeakSet)


def subscribe(service: str, cursor: Cursor) -> asyncio.Event:
    """An event that is set after each commit that gave this cursor something. Keep it: it is held weakly."""
    bell = asyncio.Event()
    _bells[service, cursor].add(bell)
    return bell


def ring_after_commit(session: Session, service: str, cursor: Cursor) -> None:
    """Ring once this session's transaction is committed; nothing happens when it is rolled back."""
    session.info.setdefault(_EMITTED, set()).add((service, cursor))


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    # Also called for a savepoint: an early ring costs one query, so the mark stays until the session is gone.
    for place in session.info.get(_EMITTED, ()):
        for bell in list(_bells[place]):
            bell.set()
