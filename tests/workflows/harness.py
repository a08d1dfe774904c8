"""What tests of workflows share: waiting for effects, one clock for everybody, an owner that follows a script."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from deploy.stack import Stack
from shared import clock
from shared.crypto import keyring
from shared.ids import new_id
from shared.settings import Settings
from shared.temporal.activities import refuse
from shared.temporal.drive import Drive, dispatch
from tests.folders import new_folder
from workflows.contracts import (
    CASE_PLAN,
    REFRESH_PLAN,
    RUN_DUE_PLAN_STEPS,
    STANDING,
    Fact,
    Refresh,
    RunDueSteps,
    Standing,
    View,
    plan_workflow_id,
)

PATIENCE = 20.0


async def until(check: Callable[[], Awaitable[Any] | Any], seconds: float = PATIENCE, what: str = "") -> Any:
    """Wait for an effect that is seen from outside; answers with what `check` found."""
    async with asyncio.timeout(seconds):
        while True:
            found = check()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


async def go_to(client: Client, settings: Settings, handle: WorkflowHandle[Any, Any], instant: datetime) -> None:
    """It becomes that instant for this workflow and for everybody else. No activity may hang meanwhile."""
    # The rows change first: the workflow begins, or begins again, a moment later.
    await until(lambda: is_running(handle))
    step = instant - clock.now()
    assert step > timedelta(0), "time does not go back"
    async with asyncio.timeout(PATIENCE):
        await TimeSkipper(client).fast_forward(handle, step)
    assert settings.practice_clock_file is not None
    clock.set_offset(settings.practice_clock_file, clock.offset() + step)


async def is_running(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False


async def end(client: Client, workflow_id: str) -> None:
    """A test leaves nothing running that would ask the next one's services."""
    with suppress(RPCError):
        await client.get_workflow_handle(workflow_id).terminate("the test is over")


async def end_all(client: Client) -> None:
    """End every workflow that runs: the next worker on this engine would take it for one of its own test."""
    async for found in client.list_workflows("ExecutionStatus = 'Running'"):
        await end(client, found.id)


@asynccontextmanager
async def short_history(settings: Settings, events: int = 25) -> AsyncIterator[Settings]:
    """A second set of engines whose server suggests continue-as-new after a few events; its settings."""
    keys = keyring.keyring()
    folder = new_folder("alongside-short-")
    limit = {"limit.historyCount.suggestContinueAsNew": str(events)}
    stack = Stack(folder / "data", practice_clock=True, durable=False, dynamic_config=limit)
    try:
        await stack.start_engines()
        keyring.use(keys)
        yield stack.settings()
    finally:
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
        keyring.use(keys)


@dataclass
class Desk:
    """The owner of one plan, in memory: answers what the test put on it, waits and refuses when told to, remembers.

    `hold(activity)` makes the answers of an activity wait, after their effect; `refusing[activity]` is a reason.
    """

    client: Client
    settings: Settings
    id: str = field(default_factory=lambda: str(new_id()))
    revision: int = 1
    stage_entry: int = 1
    ended: bool = False
    steps: list[datetime] = field(default_factory=list[datetime])
    leaves_due: bool = False
    enters: bool = False  # a step of it enters a new stage
    refusing: dict[str, str] = field(default_factory=dict[str, str])
    refreshes: list[Refresh] = field(default_factory=list[Refresh])
    step_runs: list[RunDueSteps] = field(default_factory=list[RunDueSteps])
    strangers: list[str] = field(default_factory=list[str])  # rows of other tests that were asked for
    _held: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    _asked: set[tuple[str | None, str]] = field(default_factory=set[tuple[str | None, str]])

    def _is_new(self) -> bool:
        """Whether the workflow asks for the first time.

        The engine asks again, under the same activity id, for an answer that did not reach it in time.
        """
        info = activity.info()
        asked = (info.workflow_run_id, info.activity_id)
        is_new = asked not in self._asked
        self._asked.add(asked)
        return is_new

    def hold(self, name: str) -> asyncio.Event:
        """Answers of this activity wait until the event is set."""
        self._held[name] = asyncio.Event()
        return self._held[name]

    async def _leave(self, name: str) -> None:
        if name in self._held:
            await self._held[name].wait()

    def _enter(self, name: str, row_id: str) -> None:
        if row_id != self.id:
            self.strangers.append(row_id)
            refuse("a row of another test")
        if name in self.refusing:
            refuse(self.refusing[name])

    def view(self) -> View:
        coming = min(self.steps, default=None)
        return View(self.revision, self.stage_entry, None if self.ended else coming, self.ended, "ask_worker")

    @activity.defn(name=REFRESH_PLAN)
    async def refresh(self, request: Refresh) -> View:
        if request.id == self.id and self._is_new():
            self.refreshes.append(request)
        self._enter(REFRESH_PLAN, request.id)
        view = self.view()
        await self._leave(REFRESH_PLAN)
        return view

    @activity.defn(name=RUN_DUE_PLAN_STEPS)
    async def run_due_steps(self, request: RunDueSteps) -> View:
        if request.id == self.id and self._is_new():
            self.step_runs.append(request)
        self._enter(RUN_DUE_PLAN_STEPS, request.id)
        if not self.leaves_due and any(at <= request.now for at in self.steps):
            self.steps = [at for at in self.steps if at > request.now]
            self.revision += 1
            self.stage_entry += self.enters
        view = self.view()
        await self._leave(RUN_DUE_PLAN_STEPS)
        return view

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.refresh, self.run_due_steps]

    # --- the workflow ---------------------------------------------------------------------------------------

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """By id only: an old run's id fails after continue-as-new."""
        return self.client.get_workflow_handle(plan_workflow_id(self.id))

    async def start(self) -> None:
        """As the relay does."""
        await dispatch(self.client, Drive(CASE_PLAN, self.handle.id, {"version": self.revision, "kind": "started"}))

    async def begun(self) -> None:
        await self.start()
        await self.told()

    async def fact(self, version: int | None = None) -> None:
        """The row changes (or, with a version, something is heard again) and the workflow is told."""
        if version is None:
            self.revision += 1
            version = self.revision
        await self.handle.signal("fact", Fact(version, "something"))

    async def told(self) -> None:
        """The workflow knows what the owner knows."""
        await until(self._is_told)

    async def _is_told(self) -> bool:
        known = await self.standing()
        return known is not None and (known.revision, known.wake_at) == (self.revision, self.view().wake_at)

    async def standing(self) -> Standing | None:
        """Return what the workflow knows of its row."""
        return await self.handle.query(STANDING, result_type=Standing)

    async def needs_help(self) -> str | None:
        """Return why the workflow needs help; None while it does not."""
        known = await self.standing()
        return known.needs_help if known else None

    async def go_to(self, instant: datetime) -> None:
        await go_to(self.client, self.settings, self.handle, instant)

    async def result(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.handle.result()
