"""The driver of a practice stack's time, months in seconds. For the demo, rehearsals and tests, never for care.

One leap goes to just after the next instant of any open plan or referral. The practice clock is moved first, so no
activity sees a time earlier than its timer; then every running workflow is fast-forwarded by the same step; then the
driver waits until the stack is idle again. So replies, appointments, tokens, tasks and rungs agree about the date.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from shared import clock

# Timers of 09:30 are spread over ten minutes; a leap ends after all of them, and before the mailer closes its list.
BEHIND_THE_SPREAD = timedelta(minutes=11)
# From there to after 09:45, when the day's collected messages leave.
BEHIND_THE_MAIL = timedelta(minutes=5)
FAST_FORWARD_SECONDS = 60
QUIET_SECONDS = 60


class JourneyError(Exception):
    """Time could not be moved; the message names what did not come to rest."""


@dataclass(frozen=True)
class Waiting:
    """One open plan or referral: its workflow and the next instant it waits for (None: only a fact or a decision)."""

    workflow_id: str
    next_at: datetime | None


class Journey:
    """The driver of one practice stack's time.

    `waiting` returns every open plan and referral (from the board's API); `restless` names what is still in progress
    (unsent outbox rows and the like), empty when the stack is idle.
    """

    def __init__(
        self,
        client: Client,
        clock_file: Path,
        waiting: Callable[[], Awaitable[list[Waiting]]],
        restless: Callable[[], Awaitable[list[str]]],
    ) -> None:
        self._client = client
        self._skipper = TimeSkipper(client)
        self._file = clock_file
        self._waiting = waiting
        self._restless = restless

    async def next_instant(self) -> datetime | None:
        """Return the earliest instant for which anything open waits."""
        instants = [row.next_at for row in await self._waiting() if row.next_at is not None]
        return min(instants, default=None)

    async def leap(self, at_most: datetime | None = None) -> datetime:
        """Go to just after the next instant, or to `at_most` if that is earlier; return the practice time reached."""
        target = await self.next_instant()
        stops = [at_most] if at_most is not None else []
        if target is not None:
            stops.append(target + BEHIND_THE_SPREAD)
        if not stops:
            raise JourneyError("nothing open waits for an instant, so there is nowhere to leap to")
        await self.move_to(min(stops))
        if target is not None and target <= clock.now():
            await self.move_to(clock.now() + BEHIND_THE_MAIL)
        return clock.now()

    async def travel_to(self, until: datetime) -> datetime:
        """Leap from instant to instant until `until`, so that nothing on the way is skipped."""
        while clock.now() < until:
            await self.leap(at_most=until)
        return clock.now()

    async def move_to(self, instant: datetime) -> None:
        """Move every clock of the stack to `instant` in one step and wait until the stack is idle."""
        await self.settle()
        await self.jump(instant)
        await self.settle()

    async def jump(self, instant: datetime) -> None:
        """Move every clock of an idle stack to `instant` in one step, without waiting for the effects."""
        step = instant - clock.now()
        if step > timedelta(0):
            workflows = [row.workflow_id for row in await self._waiting()]
            clock.set_offset(self._file, clock.offset() + step)
            await asyncio.gather(*(self._fast_forward(workflow, step) for workflow in workflows))

    async def settle(self) -> None:
        """Wait until nothing is in progress and nothing open is past its instant."""
        deadline = asyncio.get_running_loop().time() + QUIET_SECONDS
        while restless := await self.under_way():
            if asyncio.get_running_loop().time() > deadline:
                raise JourneyError(f"the stack did not come to rest in {QUIET_SECONDS} s: {', '.join(restless[:5])}")
            await asyncio.sleep(0.05)

    async def under_way(self) -> list[str]:
        """Return what is in progress, or open and past its instant; empty when the stack is idle."""
        return [*await self._restless(), *await self._late()]

    async def _late(self) -> list[str]:
        now = clock.now() - BEHIND_THE_SPREAD
        return [row.workflow_id for row in await self._waiting() if row.next_at is not None and row.next_at < now]

    async def _fast_forward(self, workflow_id: str, step: timedelta) -> None:
        # By workflow id only: an old run id fails after continue-as-new.
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            await asyncio.wait_for(self._skipper.fast_forward(handle, step), FAST_FORWARD_SECONDS)
        except TimeoutError:
            raise JourneyError(f"{workflow_id} could not be moved on: {await _pending(handle)}") from None
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # the workflow has ended meanwhile
                raise


async def _pending(handle: WorkflowHandle[object, object]) -> str:
    pending = (await handle.describe()).raw_description.pending_activities
    names = [activity.activity_type.name for activity in pending]
    return f"still carrying out {', '.join(names)}" if names else "the engine did not answer in time"
