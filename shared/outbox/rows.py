"""The rows of the outbox, and the statements by which a cursor reads and marks them."""

from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

__all__ = ["DISPATCH", "PUBLISH", "OutboxRow", "Walk"]


class OutboxRow(NamedTuple):
    """A row of the outbox, as a cursor fetches it."""

    id: int
    event_id: UUID
    aggregate_id: UUID
    subject: str
    body: str
    correlation_id: str
    workflow: str | None
    workflow_id: str | None
    fact: dict[str, Any] | None


@dataclass(frozen=True)
class Walk:
    """One cursor's statements, and the column whose equal values keep their order.

    `take`: %(not_these)s, %(most)s. `mark`: %(ids)s, %(at)s, %(last)s (the largest answer of the acts). `refuse`:
    %(id)s, %(error)s.
    """

    name: str
    key: LiteralString
    take: LiteralString
    mark: LiteralString
    refuse: LiteralString


_ROW: LiteralString = (
    "SELECT id, event_id, aggregate_id, subject, body, correlation_id, workflow, workflow_id, fact FROM outbox"
)
# `IS NULL` and not `id > last`: a long transaction commits a small id late.
_NEXT: LiteralString = " AND id <> ALL(%(not_these)s::bigint[]) ORDER BY id LIMIT %(most)s"

PUBLISH = Walk(
    name="publish",
    key="aggregate_id",
    take=_ROW + " WHERE published_at IS NULL" + _NEXT,
    mark="WITH seen AS (UPDATE relay_state SET last_sequence = %(last)s WHERE last_sequence < %(last)s)"
    " UPDATE outbox SET published_at = %(at)s, publish_error = NULL WHERE id = ANY(%(ids)s)",
    refuse="UPDATE outbox SET publish_error = %(error)s WHERE id = %(id)s",
)

DISPATCH = Walk(
    name="dispatch",
    key="workflow_id",
    take=_ROW + " WHERE workflow IS NOT NULL AND dispatched_at IS NULL" + _NEXT,
    mark="UPDATE outbox SET dispatched_at = %(at)s, dispatch_error = NULL WHERE id = ANY(%(ids)s)",
    refuse="UPDATE outbox SET dispatch_error = %(error)s, dispatch_attempts = dispatch_attempts + 1 WHERE id = %(id)s",
)
