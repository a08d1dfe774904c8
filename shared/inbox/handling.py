"""Handling of a message exactly once: the inbox row and the handler's effect in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.context import Actor, set_correlation
from shared.db.platform_tables import inbox, inbox_starts
from shared.db.session import Database
from shared.events.envelope import Envelope, Event

__all__ = ["Handler", "HandlerGroup", "UnhandledEvent", "apply", "handler_for", "starts"]

# A handler runs in a transaction as the service's own actor. It may run again after an error or a crash, never after
# its commit; it must have no effect outside the transaction. It applies only newer facts, by `version`.
Handler = Callable[[AsyncSession, Any], Awaitable[None]]


# Built once: building the statement costs more processor time than running it.
_ADD = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)


class UnhandledEvent(LookupError):
    """A message reached a group that has no handler for its type."""


@dataclass(frozen=True)
class HandlerGroup:
    """Handlers of one service that share a durable consumer and an inbox.

    `service` is the consuming service. `start="all"` is for projections: it handles every event from the first of the
    stream. `start="new"` is for effects (tasks, emails): it handles only events recorded after the group first ran,
    also when a stream is rebuilt later. Never rename a group: it would handle every event again.
    """

    name: str
    service: str
    events: Mapping[type[Event], Handler]
    start: Literal["all", "new"] = "all"

    def streams(self) -> dict[str, list[str]]:
        """Return the subjects of the group's events, by the service that publishes them."""
        found: dict[str, list[str]] = {}
        for event in self.events:
            found.setdefault(event.service(), []).append(event.subject())
        return {service: sorted(subjects) for service, subjects in sorted(found.items())}

    @property
    def durable(self) -> str:
        return f"{self.service}-{self.name}"


def handler_for(group: HandlerGroup, event: Event) -> Handler:
    """Return the handler of this event. Raise UnhandledEvent when the group has none."""
    try:
        return group.events[type(event)]
    except KeyError:
        raise UnhandledEvent(f"{group.durable} has no handler for {event.type}") from None


async def apply(database: Database, group: HandlerGroup, envelope: Envelope) -> bool:
    """Handle an event in one transaction and return after the commit; return False when it was handled before.

    While another process handles the same event, the call waits for its outcome.
    """
    handler = handler_for(group, envelope.event)
    set_correlation(envelope.correlation_id)
    async with database.transaction(Actor.service(group.service)) as session:
        row = {"group_name": group.name, "event_id": envelope.id, "recorded_at": clock.now()}
        added = await session.execute(_ADD, row)
        if added.one_or_none() is None:
            return False
        session.info["envelope"] = envelope  # for a projection that is keyed by event id
        await handler(session, envelope.event)
    return True


async def starts(database: Database, group: HandlerGroup) -> dict[str, datetime]:
    """Return, by subject, the instant from which the group handles events; empty for a projection, which handles all.

    The instants are stored when the group first runs, before anything is requested from NATS: events published late, or
    again after a lost stream, are distinguished from older ones by when they were recorded.
    """
    if group.start == "all":
        return {}
    mine = inbox_starts.c.group_name == group.name
    async with database.platform_connection() as connection:
        rows = [
            {"group_name": group.name, "subject": event.subject(), "started_at": clock.now()} for event in group.events
        ]
        await connection.execute(insert(inbox_starts).values(rows).on_conflict_do_nothing())
        found = await connection.execute(select(inbox_starts.c.subject, inbox_starts.c.started_at).where(mine))
        return {subject: started for subject, started in found}
