"""How every durable watch waits: quietly, until a fact or the next instant on its ladder.

A watch holds where it stands (`View`, computed by the owner of the noun) and nothing else. It never fails: an owner
that is away is asked for ever, an owner that refuses puts the board row to *needs help* until somebody asks for a retry
or a newer fact arrives.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import (
        CASEWORK_QUEUE,
        FACT,
        REPORT_PROGRESS,
        RETRY,
        STANDING,
        WAITING,
        Carried,
        Climb,
        Explanation,
        Fact,
        Look,
        Progress,
        Standing,
        Start,
        View,
    )

T = TypeVar("T")

# Killed in mid-activity, the next attempt waits for this long; database work takes milliseconds.
ACTIVITY_SECONDS = timedelta(seconds=10)
FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=0,
    non_retryable_error_types=["Refused"],
)
# An owner that leaves a step due after it was asked to take it is asked again this much later, not at once.
BREATH = timedelta(minutes=1)


class Watch:
    """State and waiting shared by the workflow classes; each of them tells its own care rule in `run`."""

    owner: ClassVar[str]  # task queue of the service that owns the noun
    look_activity: ClassVar[str]
    climb_activity: ClassVar[str]

    def __init__(self, start: Start) -> None:
        self.id = start.id
        self.offset = timedelta(seconds=start.clock_offset_seconds)
        carried = start.carried or Carried(chain_started_at=self.now())
        self.chain_started_at = carried.chain_started_at
        self.sequence = carried.sequence
        self.view = carried.view
        self.opened: int | None = None  # the stage entry of the last look; a new run looks once for itself
        self.newest_fact = carried.newest_fact
        self.needs_help = carried.needs_help
        self.unreported = carried.unreported
        self.reporting = False
        self.retry_asked = False

    # --- what the outside may say -------------------------------------------------------------------

    @workflow.signal(name=FACT)
    def fact(self, fact: Fact) -> None:
        """Heard late or twice it changes nothing: only what is newer than our view is news."""
        if self.view is None or fact.version > self.view.revision:
            self.newest_fact = max(fact.version, self.newest_fact or 0)

    @workflow.query(name=WAITING)
    def explain(self) -> Explanation | None:
        return self.view.row.explanation if self.view else None

    @workflow.query(name=STANDING)
    def standing(self) -> Standing | None:
        """For the reconciler: a row that tells another story is right, and this run is replaced."""
        view = self.view
        return Standing(view.revision, view.wake_at, self.needs_help) if view else None

    @workflow.update(name=RETRY)
    def retry(self, by: str) -> str:
        """Somebody looked at what a service refused and wants it tried again."""
        self.retry_asked = True
        return self.needs_help or ""

    @retry.validator
    def _retry_makes_sense(self, by: str) -> None:
        if self.needs_help is None:
            raise ApplicationError("nothing here was refused, so there is nothing to try again", type="Refused")

    # --- what a watch does --------------------------------------------------------------------------

    def now(self) -> datetime:
        """Practice time: the engine's clock plus the offset the stack had when this watch began."""
        return workflow.now() + self.offset

    @property
    def ended(self) -> bool:
        return self.view is not None and self.view.ended

    @property
    def news(self) -> bool:
        """Is there a fact that our view does not tell yet, or a stage whose clocks nobody has opened?"""
        if self.view is None or self.newest_fact is not None:
            return True
        return self.view.stage_entry != self.opened and not self.view.ended

    async def look(self) -> None:
        """Ask the owner where we stand; it opens the clocks of a stage entry that is new to it."""
        self.newest_fact = None
        view = await self.ask(self.look_activity, Look(self.id, self.now()), View)
        self.opened = view.stage_entry
        self.take(view)

    async def climb(self) -> None:
        """Ask the owner to take what is due. It re-checks: after an answer this is a no-op."""
        climb = Climb(self.id, self._standing().stage_entry, self.now())
        self.take(await self.ask(self.climb_activity, climb, View))
        after = self._standing()
        if not after.ended and after.wake_at is not None and after.wake_at <= climb.now:
            await self.breathe()

    async def breathe(self) -> None:
        """Wait a moment, or until something newer comes, before asking again what was just answered."""
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self.news, timeout=BREATH)

    async def quiet_until_due(self) -> bool:
        """Wait for the next instant of the view. False when a fact came first."""
        view = self._standing()
        if self.news or view.ended:
            return False
        if view.wake_at is not None and view.wake_at <= self.now():
            return True
        try:
            await workflow.wait_condition(
                lambda: self.news,
                timeout=None if view.wake_at is None else view.wake_at - self.now(),
            )
        except TimeoutError:
            # A fact may have arrived in the very task the timer fired in.
            return not self.news
        return False

    async def ask(self, activity: str, arg: Any, result: type[T], queue: str | None = None) -> T:
        """Ask a service until it answers. When it refuses, show *needs help* until a human or a newer fact gives a
        reason to ask again.
        """
        while True:
            fact = self.newest_fact
            try:
                return await self._once(activity, arg, result, queue or self.owner)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                self._set_help(_reason(error))
                await self._reason_to_ask_again(fact)
                self._set_help(None)

    async def _reason_to_ask_again(self, fact: int | None) -> None:
        await workflow.wait_condition(
            lambda: self.retry_asked or self.newest_fact != fact,
        )
        self.retry_asked = False

    def take(self, view: View) -> None:
        """Keep the newest view, whatever order answers arrive in."""
        if self.view is not None and view.revision < self.view.revision:
            return
        if self.newest_fact is not None and self.newest_fact <= view.revision:
            self.newest_fact = None
        if view != self.view:
            self.view = view
            self._changed()

    async def continue_as_new_when_long(self) -> None:
        if not workflow.info().is_continue_as_new_suggested() or self.ended:
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = Carried(
            chain_started_at=self.chain_started_at,
            sequence=self.sequence,
            newest_fact=self.newest_fact,
            view=self.view,
            needs_help=self.needs_help,
            unreported=self.unreported or self.reporting,
        )
        workflow.continue_as_new(Start(self.id, self.offset.total_seconds(), carried))

    async def over(self) -> bool:
        """True when it has ended and the board has its last row.

        What was opened again before that begins anew: for the board a closed row is closed for good.
        """
        if not self.ended:
            return False
        await workflow.wait_condition(workflow.all_handlers_finished)
        await workflow.wait_condition(lambda: not self.unreported and not self.reporting)
        if self.news:
            workflow.continue_as_new(Start(self.id, self.offset.total_seconds()))
        return True

    # --- telling the board --------------------------------------------------------------------------

    def start_reporting(self) -> "asyncio.Task[None]":
        """Latest wins, one report in flight, never awaited by the ladder."""
        return asyncio.create_task(self._report())

    async def _report(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self.unreported and self.view is not None)
            self.unreported, self.reporting = False, True
            try:
                await self._once(REPORT_PROGRESS, self._progress(), None, CASEWORK_QUEUE)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                workflow.logger.error("the board refused a row", extra={"workflow": workflow.info().workflow_id})
            finally:
                self.reporting = False

    def _progress(self) -> Progress:
        view = self._standing()
        return Progress(view.row, self.chain_started_at, self.sequence, view.ended, self.needs_help)

    def _changed(self) -> None:
        self.sequence += 1
        self.unreported = True

    def _set_help(self, reason: str | None) -> None:
        self.needs_help = reason
        self._changed()

    def _standing(self) -> View:
        assert self.view is not None, "look() comes first"
        return self.view

    async def _once(self, activity: str, arg: Any, result: type[T] | None, queue: str) -> T:
        return await workflow.execute_activity(
            activity,
            arg,
            result_type=result,
            task_queue=queue,
            start_to_close_timeout=ACTIVITY_SECONDS,
            retry_policy=FOR_EVER,
        )


def _reason(error: ActivityError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else "a service could not carry it out"
