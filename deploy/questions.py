"""Direct queries of databases and engines for `status`, which must work above all when a service does not answer.

What is asked stands in `readings.py` of its owner, for `/metrics` of the processes asks the same.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import URL

from deploy.stack import SERVICES
from services.casework.operations import readings as casework
from services.console.program import readings as programs
from services.referrals import readings as referrals
from shared import clock
from shared import nats as pipe
from shared.db.opening import connect
from shared.readings import engine, pipes, streams
from shared.readings.rows import Rows, settled
from shared.settings import Settings
from shared.temporal.client import connect_once
from workflows.contracts import CASE_PLAN, REFERRAL, WORKFLOW_QUEUE

Report = dict[str, Any]

QUEUES = (WORKFLOW_QUEUE, *SERVICES)
WORKFLOWS = {"plan": CASE_PLAN, "referral": REFERRAL}
_ALL = {"plan": ("casework", "SELECT id FROM plans"), "referral": ("referrals", "SELECT id FROM referrals")}


class Questions:
    """The queries of one system, located by its settings. Each raises when there is no answer."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, service: str) -> Rows:
        """Return what asks the database of a service, over a connection of its own each time."""

        async def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
            return await self.rows(service, query, *parameters)

        return rows

    async def rows(self, service: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        url: URL = self.settings.database_url(service, "work").set(drivername="postgresql")
        address = url.render_as_string(hide_password=False)
        async with await connect(address, connect_timeout=3) as connection:
            return await (await connection.execute(query.encode(), parameters or None)).fetchall()

    async def count(self, service: str, query: str) -> int:
        return (await self.rows(service, query))[0][0]

    async def outbox(self, service: str) -> Report:
        found = await pipes.outbox(self.of(service))
        return {"to_publish": found.to_publish, "to_dispatch": found.to_dispatch, "oldest": text(found.oldest)}

    async def relay_leads(self, service: str) -> bool:
        return await pipes.relay_leads(self.of(service))

    async def dead_letters(self, service: str) -> int:
        return await pipes.dead_letters(self.of(service))

    async def programs(self) -> Report:
        """Report the programs whose last key ends soon, and how many keys not every service has been told of."""
        # Keys end in real time.
        now = datetime.now(UTC)
        found = await programs.ending(self.of("console"), now)
        return {
            "ending": [{"name": each.name, "at": text(each.at)} for each in found],
            "not_told": await programs.not_told(self.of("console"), now),
        }

    async def mails_nobody_reads(self) -> int:
        return await referrals.mails_nobody_reads(self.of("referrals"))

    async def emails_not_left(self) -> Report:
        """Report the emails that should have left a quarter of an hour ago: number, oldest, code of the reason."""
        found = await referrals.emails_not_left(self.of("referrals"), clock.now())
        return {
            "count": found.count,
            "oldest": text(found.oldest),
            "why": found.why or None,
            "attempts": found.attempts,
        }

    async def mails(self) -> Report:
        """Report the emails of services that wait for somebody, with the oldest, and the state of the mailbox."""
        found = await referrals.mails(self.of("referrals"), clock.now())
        return {
            "unread": found.unread,
            "oldest_unread": text(found.oldest_unread),
            "refused": found.refused,
            "oldest_refused": text(found.oldest_refused),
            "ignored": found.ignored,
            "mailbox_failing_since": text(found.failing_since),
            "mailbox_why": found.failing_why,
        }

    async def tasks_too_long(self, days: int) -> Report:
        """Report the open tasks that are more than so many days overdue."""
        found = await casework.tasks_too_long(self.of("casework"), clock.now(), days)
        return {"count": found.count, "oldest": text(found.oldest)}

    async def not_counted_anew(self) -> int:
        """Count clocks, steps and tasks that miss a change of bank holidays made over a quarter of an hour ago."""
        now = clock.now()
        clocks = await referrals.not_counted_anew(self.of("referrals"), now)
        return clocks + await casework.not_counted_anew(self.of("casework"), now)

    async def asleep(self) -> list[Report]:
        found = await casework.asleep(self.of("casework"), clock.now())
        return [{"id": str(row.id), "kind": row.kind, "next_at": text(row.next_at)} for row in found]

    async def open_rows(self) -> dict[str, dict[UUID, datetime]]:
        return {
            "plan": await casework.open_plans(self.of("casework")),
            "referral": await referrals.open_referrals(self.of("referrals")),
        }

    async def compared(self) -> Report:
        """Compare open rows with the board and the engine's workflows; count what is missing on each side."""
        client = await connect_once(self.settings)
        running = {kind: await engine.running(client, workflow) for kind, workflow in WORKFLOWS.items()}
        rows, shown = await self.open_rows(), await casework.shown(self.of("casework"))
        known = {kind: {row[0] for row in await self.rows(*asked)} for kind, asked in _ALL.items()}
        old = {kind: settled(found, clock.now()) for kind, found in rows.items()}
        return {
            "plans_open": len(rows["plan"]),
            "referrals_open": len(rows["referral"]),
            "workflows_running": sum(map(len, running.values())),
            "not_on_the_board": sum(len(ids - shown[kind]) for kind, ids in old.items()),
            "without_workflow": sum(len(ids - running[kind]) for kind, ids in old.items()),
            "workflows_without_row": sum(len(running[kind] - ids) for kind, ids in known.items()),
        }

    async def engine_backlog(self) -> dict[str, Report]:
        """Report the engine's tasks that wait for a worker, by queue, with the age of the oldest in seconds."""
        client = await connect_once(self.settings)
        found = {queue: await engine.backlog(client, queue) for queue in QUEUES}
        return {
            queue: {"count": each.count, "oldest_seconds": round(each.oldest_seconds)} for queue, each in found.items()
        }

    async def streams(self) -> tuple[dict[str, int], list[str]]:
        """Return the number of messages not yet handled, by `durable@stream`, and what is wrong with the streams."""
        connection = await pipe.connect_once(self.settings)
        try:
            js = connection.jetstream(timeout=3)  # pyright: ignore[reportUnknownMemberType]
            found = [await streams.stream(js, service) for service in SERVICES]
        finally:
            await connection.close()
        waiting = {f"{durable}@{one.name}": count for one in found for durable, count in one.waiting.items()}
        return waiting, [f"{one.name}: somebody has changed its settings" for one in found if not one.ours]


def text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds")
