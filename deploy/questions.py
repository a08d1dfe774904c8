"""Direct queries of databases and engines for `status`, which must work above all when a service does not answer."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import URL
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from deploy.stack import SERVICES
from shared import clock
from shared import nats as pipe
from shared.practice.calendar import local_day
from shared.settings import Settings
from shared.temporal.client import connect_once

Report = dict[str, Any]

ASLEEP = timedelta(minutes=15)
"""A row whose next step is this long overdue has a workflow that does not wake, or none."""
ON_ITS_WAY = timedelta(minutes=10)
"""For so long after a row was recorded its workflow and board row may still be missing."""
QUEUES = ("workflows", *SERVICES)
# The two halves of the relay's lock in pg_locks (`shared.outbox.relay`).
_RELAY = (7_305_801_222 >> 32, 7_305_801_222 & 0xFFFFFFFF)

_OUTBOX = """
SELECT count(*) FILTER (WHERE published_at IS NULL),
       count(*) FILTER (WHERE dispatched_at IS NULL AND workflow IS NOT NULL),
       min(recorded_at) FILTER (WHERE published_at IS NULL OR (dispatched_at IS NULL AND workflow IS NOT NULL))
FROM outbox
WHERE published_at IS NULL OR (dispatched_at IS NULL AND workflow IS NOT NULL)
"""
_LEADS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"
_UNCLAIMED = "SELECT count(*) FROM mails WHERE team_id = '00000000-0000-0000-0000-000000000000'"
_NOT_LEFT = """
SELECT count(*), min(due_at), (array_agg(coalesce(why, '') ORDER BY due_at))[1], coalesce(max(attempts), 0)
FROM messages WHERE status IN ('waiting', 'sending') AND due_at < %s
"""
_MAILS = """
SELECT count(*) FILTER (WHERE status <> 'refused'), min(recorded_at) FILTER (WHERE status <> 'refused'),
       count(*) FILTER (WHERE status = 'refused'), min(recorded_at) FILTER (WHERE status = 'refused')
FROM mails WHERE read_at IS NULL
"""
_IGNORED = "SELECT coalesce(sum(number), 0)::bigint FROM mail_counts WHERE what = 'ignored' AND day >= %s"
_MAILBOX = (
    "SELECT failing_since, why FROM mailbox_states WHERE failing_since IS NOT NULL ORDER BY failing_since LIMIT 1"
)
_TASKS = "SELECT count(*), min(due_at) FROM tasks WHERE status = 'open' AND due_at < %s"
# Rows are recounted within seconds of a change of bank holidays.
_COUNTED_BEFORE = " AND counted_with < (SELECT coalesce(max(revision), 0) FROM days_off WHERE recorded_at < %s)"
_BEFORE = {
    "referrals": ("SELECT count(*) FROM clock_openings WHERE closed_at IS NULL",),
    "casework": (
        "SELECT count(*) FROM plan_steps WHERE outcome = 'planned'",
        "SELECT count(*) FROM tasks WHERE status = 'open'",
    ),
}
_ASLEEP = "SELECT id, kind, next_at FROM board_rows WHERE NOT closed AND next_at < %s ORDER BY next_at, id LIMIT 100"
_SHOWN = "SELECT id FROM board_rows WHERE NOT closed"
OPEN = {
    "plan": ("casework", "SELECT id, recorded_at FROM plans WHERE stage <> 'closed'", "CasePlanWorkflow"),
    "referral": (
        "referrals",
        "SELECT id, recorded_at FROM referrals WHERE state NOT IN ('completed', 'declined', 'withdrawn')",
        "ReferralWorkflow",
    ),
}
_ALL = {"plan": "SELECT id FROM plans", "referral": "SELECT id FROM referrals"}


class Questions:
    """The queries of one system, located by its settings. Each raises when there is no answer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def rows(self, service: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        url: URL = self.settings.database_url(service, "work").set(drivername="postgresql")
        address = url.render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, connect_timeout=3) as connection:
            return await (await connection.execute(query.encode(), parameters or None)).fetchall()

    async def count(self, service: str, query: str) -> int:
        return (await self.rows(service, query))[0][0]

    async def outbox(self, service: str) -> Report:
        to_publish, to_dispatch, oldest = (await self.rows(service, _OUTBOX))[0]
        return {"to_publish": to_publish, "to_dispatch": to_dispatch, "oldest": text(oldest)}

    async def relay_leads(self, service: str) -> bool:
        return (await self.rows(service, _LEADS, *_RELAY))[0][0] > 0

    async def dead_letters(self, service: str) -> int:
        return await self.count(service, _DEAD_LETTERS)

    async def mails_nobody_reads(self) -> int:
        return await self.count("referrals", _UNCLAIMED)

    async def emails_not_left(self) -> Report:
        """Report the emails that should have left a quarter of an hour ago: number, oldest, code of the reason."""
        count, oldest, why, attempts = (await self.rows("referrals", _NOT_LEFT, clock.now() - ASLEEP))[0]
        return {"count": count, "oldest": text(oldest), "why": why or None, "attempts": attempts}

    async def mails(self) -> Report:
        """Report the emails of services that wait for somebody, with the oldest, and the state of the mailbox."""
        unread, oldest, refused, oldest_refused = (await self.rows("referrals", _MAILS))[0]
        since = (local_day(clock.now()) - timedelta(days=30)).isoformat()
        ignored = (await self.rows("referrals", _IGNORED, since))[0][0]
        failing = await self.rows("referrals", _MAILBOX)
        return {
            "unread": unread,
            "oldest_unread": text(oldest),
            "refused": refused,
            "oldest_refused": text(oldest_refused),
            "ignored": ignored,
            "mailbox_failing_since": text(failing[0][0]) if failing else None,
            "mailbox_why": failing[0][1] if failing else None,
        }

    async def tasks_too_long(self, days: int) -> Report:
        """Report the open tasks that are more than so many days overdue."""
        count, oldest = (await self.rows("casework", _TASKS, clock.now() - timedelta(days=days)))[0]
        return {"count": count, "oldest": text(oldest)}

    async def not_counted_anew(self) -> int:
        """Count clocks, steps and tasks that miss a change of bank holidays made over a quarter of an hour ago."""
        settled = clock.now() - ASLEEP
        asked = [(name, f"{query}{_COUNTED_BEFORE}") for name, queries in _BEFORE.items() for query in queries]
        return sum([(await self.rows(name, query, settled))[0][0] for name, query in asked])

    async def asleep(self) -> list[Report]:
        rows = await self.rows("casework", _ASLEEP, clock.now() - ASLEEP)
        return [{"id": str(row[0]), "kind": row[1], "next_at": text(row[2])} for row in rows]

    async def open_rows(self) -> dict[str, dict[UUID, datetime]]:
        return {kind: dict(await self.rows(service, query)) for kind, (service, query, _) in OPEN.items()}  # type: ignore[arg-type]

    async def compared(self) -> Report:
        """Compare open rows with the board and the engine's workflows; count what is missing on each side."""
        running = await self._running()
        rows, shown = await self.open_rows(), {row[0] for row in await self.rows("casework", _SHOWN)}
        known = {kind: {row[0] for row in await self.rows(OPEN[kind][0], query)} for kind, query in _ALL.items()}
        settled = clock.now() - ON_ITS_WAY
        old = {kind: {id for id, at in found.items() if at < settled} for kind, found in rows.items()}
        return {
            "plans_open": len(rows["plan"]),
            "referrals_open": len(rows["referral"]),
            "workflows_running": sum(map(len, running.values())),
            "not_on_the_board": sum(len(ids - shown) for ids in old.values()),
            "without_workflow": sum(len(ids - running[kind]) for kind, ids in old.items()),
            "workflows_without_row": sum(len(running[kind] - ids) for kind, ids in known.items()),
        }

    async def _running(self) -> dict[str, set[UUID]]:
        client = await connect_once(self.settings)
        found: dict[str, set[UUID]] = {}
        for kind, (_, _, workflow) in OPEN.items():
            query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running'"
            found[kind] = set(_rows_of([run.id async for run in client.list_workflows(query, page_size=1000)]))
        return found

    async def engine_backlog(self) -> dict[str, Report]:
        """Report the engine's tasks that wait for a worker, by queue, with the age of the oldest in seconds."""
        client = await connect_once(self.settings)
        found: dict[str, Report] = {}
        for queue in QUEUES:
            count, age = 0, 0.0
            for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
                request = DescribeTaskQueueRequest(
                    namespace=self.settings.temporal_namespace,
                    task_queue=TaskQueue(name=queue),
                    task_queue_type=kind,
                    report_stats=True,
                )
                stats = (await client.workflow_service.describe_task_queue(request)).stats
                count += stats.approximate_backlog_count
                age = max(age, stats.approximate_backlog_age.ToTimedelta().total_seconds())
            found[queue] = {"count": count, "oldest_seconds": round(age)}
        return found

    async def streams(self) -> tuple[dict[str, int], list[str]]:
        """Return the number of messages not yet handled, by `durable@stream`, and what is wrong with the streams."""
        connection = await pipe.connect_once(self.settings)
        waiting: dict[str, int] = {}
        wrong: list[str] = []
        try:
            js = connection.jetstream(timeout=3)  # pyright: ignore[reportUnknownMemberType]
            for service in SERVICES:
                name = pipe.stream_name(service)
                info = await js.stream_info(name)
                if not pipe.as_we_made_it(info, service, info.config.num_replicas or 1):
                    wrong.append(f"{name}: somebody has changed its settings")
                for consumer in await js.consumers_info(name):
                    waiting[f"{consumer.name}@{name}"] = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
        finally:
            await connection.close()
        return waiting, wrong


def _rows_of(ids: Iterable[str]) -> Iterable[UUID]:
    for id in ids:
        try:
            yield UUID(id.partition("-")[2])
        except ValueError:
            continue


def text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds")
