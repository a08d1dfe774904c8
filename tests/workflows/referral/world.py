"""A referral's workflow on the real server with time skipping, the real activities and the real database.

Casework's board is another service: here the events for it are read from the outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nats.aio.client import Client as Nats
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from shared import clock
from shared.db.session import Database
from shared.events.board import ReferralStandingChanged
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.temporal.worker import activity_worker, workflow_worker
from tests.referrals.stories import Decided, Story
from workflows.contracts import (
    REFERRALS_QUEUE,
    STANDING,
    WORKFLOW_QUEUE,
    Standing,
    referral_workflow_id,
)
from workflows.referral import ReferralWorkflow

FOREVER = 20.0


class World:
    """The workers, the relay and one clock for all."""

    def __init__(self, settings: Settings, client: Client, nats: Nats, db: Database, story: Story) -> None:
        self.settings, self.client, self.nats, self.db, self.story = settings, client, nats, db, story
        self.skipper = TimeSkipper(client)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        async with AsyncExitStack() as stack:
            for worker in self._workers():
                await stack.enter_async_context(worker)
            relay = asyncio.create_task(Relay(self.db, "referrals", self.nats, self.client).run())
            stack.callback(relay.cancel)
            yield self

    def _workers(self) -> list[Worker]:
        return [
            workflow_worker(self.client, WORKFLOW_QUEUE, [ReferralWorkflow]),
            activity_worker(self.client, REFERRALS_QUEUE, list(self.story.activities.all())),
        ]

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """By id only: an old run's id fails after continue-as-new."""
        return self.client.get_workflow_handle(referral_workflow_id(self.story.id))

    async def until(self, what: Callable[[], Awaitable[bool]], seconds: float = FOREVER) -> None:
        """Wait for an effect that is seen from outside."""
        async with asyncio.timeout(seconds):
            while not await what():  # noqa: ASYNC110 - it is seen in a database, where nothing rings
                await asyncio.sleep(0.02)

    async def state(self, wanted: str) -> None:
        async def there() -> bool:
            return (await self.story.row()).state == wanted

        await self.until(there)

    async def settled(self) -> None:
        """The workflow has seen the newest row."""

        async def seen() -> bool:
            row = await self.story.row()
            known = await self.handle.query(STANDING, result_type=Standing)
            return known is not None and known.revision == row.version and row.send_request is None

        await self.until(seen)
        await asyncio.sleep(0.15)

    async def board(self) -> ReferralStandingChanged:
        """Return the newest row for the board."""
        return (await self.story.events(ReferralStandingChanged))[-1]

    async def started(self) -> "World":
        """Drafted, approved, sent, its clocks set."""
        await self.story.ordered()
        await self.story.permit()
        await self.state("sent")
        await self.settled()
        return self

    async def go_to(self, instant: datetime) -> None:
        """It becomes that instant for the workflow and for everybody else."""
        step = instant - clock.now() + timedelta(seconds=601)  # steps of routine ladders are spread over ten minutes
        async with asyncio.timeout(FOREVER):
            await self.skipper.fast_forward(self.handle, step)
        file = self.settings.practice_clock_file
        assert file is not None
        clock.set_offset(Path(file), clock.offset() + step)

    async def fired(self, *actions: str, clock_key: str = "any.sent") -> None:
        """Exactly these steps of the clock fired, in this order."""

        async def there() -> bool:
            return [e.action for e in await self.story.escalations() if e.clock == clock_key] == list(actions)

        try:
            await self.until(there, 8)
        except TimeoutError:
            found = [(e.clock, e.action) for e in await self.story.escalations()]
            raise AssertionError(f"fired {found}, not {actions} of {clock_key}") from None

    async def decide(self, kind: str, **more: Any) -> Decided:
        """Decided by its owner; the workflow hears of it from the outbox."""
        return await self.story.decide(kind, clock.now(), **more)

    async def heard(self) -> None:
        """The workflow knows the newest row."""

        async def knows() -> bool:
            standing = await self.handle.query("standing", result_type=Standing)
            return standing is not None and standing.revision >= (await self.story.row()).version

        await self.until(knows)

    async def ended(self) -> None:
        """The workflow is over, with everything told."""
        async with asyncio.timeout(FOREVER):
            await self.handle.result()

    async def running_now(self) -> bool:
        try:
            return (await self.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
