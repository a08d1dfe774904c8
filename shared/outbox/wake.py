"""Wake-up events within one process: a commit that wrote to the outbox wakes the relay before its next poll."""

import asyncio
from collections import defaultdict
from typing import Literal
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.orm import Session

__all__ = ["wake_after_commit", "subscribe"]

Cursor = Literal["publish", "dispatch"]

_EMITTED = "outbox_emitted"
_wakeups: defaultdict[tuple[str, Cursor], "WeakSet[asyncio.Event]"] = defaultdict(WeakSet)


def subscribe(service: str, cursor: Cursor) -> asyncio.Event:
    """Return an event that is set after each commit with rows for this cursor. Keep a reference: ours is weak."""
    wakeup = asyncio.Event()
    _wakeups[service, cursor].add(wakeup)
    return wakeup


def wake_after_commit(session: Session, service: str, cursor: Cursor) -> None:
    """Set the cursor's events after this session's transaction commits; a rollback sets none."""
    session.info.setdefault(_EMITTED, set()).add((service, cursor))


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    # Also called for a savepoint: an early wake-up costs one query, so the mark stays until the session ends.
    for place in session.info.get(_EMITTED, ()):
        for wakeup in list(_wakeups[place]):
            wakeup.set()
