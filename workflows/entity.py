"""The waiting of a workflow for one row: for a newer fact, or for the next due step.

A workflow knows its owner's last answer (`View`) and no more. The workflow never fails: it asks an absent owner for
ever, and after a refusal it shows *needs help* until somebody asks for a retry or a newer fact arrives.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import (
        FACT,
        RETRY,
        ROLL,
        STANDING,
        Fact,
        Refresh,
        RunDueSteps,
        Standing,
        Start,
        State,
        View,
    )

T = TypeVar("T")

# After a kill in mid-activity the next attempt waits this long; database work takes milliseconds.
ACTIVITY_SECONDS = timedelta(seconds=10)
FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=0,
    non_retryable_error_types=["Refused"],
)
# The delay before asking an owner again that left a step due after it was asked to run it.
BACK_OFF = timedelta(minutes=1)


class EntityWorkflow:
    """The waiting that plans and referrals share; each of them writes its own care rule in `run`."""

    owner: ClassVar[str]  # task queue of the service that owns the row
    refresh_activity: ClassVar[str]
    steps_activity: ClassVar[str]

    def __init__(self, start: Start) -> None:
        self.id = start.id
        self.offset = timedelta(seconds=start.clock_offset_seconds)
        self.state = start.state or State()
        self.retry_asked = False
        self.roll_asked = False

    # --- messages -----------------------------------------------------------------------------------

    @workflow.signal(name=FACT)
    def fact(self, fact: Fact) -> None:
        """Record a fact that is newer than the view. A late or repeated fact changes nothing."""
        if self.state.view is None or fact.version > self.state.view.revision:
            self.state.newest_fact = max(fact.version, self.state.newest_fact or 0)

    @workflow.signal(name=ROLL)
    def roll(self) -> None:
        """Continue as new immediately, so that within minutes no run of older code is left."""
        self.roll_asked = True

    @workflow.update(name=RETRY)
    def retry(self, by: str) -> str:
        """Retry what a service refused, once somebody has removed the cause."""
        self.retry_asked = True
        return self.state.needs_help or ""

    @retry.validator
    def _was_refused(self, by: str) -> None:
        if self.state.needs_help is None:
            raise ApplicationError("nothing here was refused, so there is nothing to try again", type="Refused")

    @workflow.query(name=STANDING)
    def standing(self) -> Standing | None:
        """Answer the reconciler: where the row differs, the row is right and this run is replaced."""
        view = self.state.view
        return Standing(view.revision, view.wake_at, self.state.needs_help) if view else None

    # --- what a care rule is written in -------------------------------------------------------------

    def now(self) -> datetime:
        """Return practice time: the engine's clock plus the offset the stack had when this workflow began."""
        return workflow.now() + self.offset

    @property
    def is_finished(self) -> bool:
        return self.state.view is not None and self.state.view.ended

    @property
    def has_pending_fact(self) -> bool:
        """Whether a fact is newer than the view, or the clocks of the stage have not been opened."""
        view = self.state.view
        if view is None or self.state.newest_fact is not None:
            return True
        return view.stage_entry != self.state.opened_entry and not view.ended

    async def refresh(self) -> None:
        """Get the row's view from the owner."""
        self.state.newest_fact = None
        request, summary = Refresh(self.id, self.now()), f"where it stands, {_day(self.now())}"
        view = await self._ask(self.refresh_activity, request, summary)
        self.state.opened_entry = view.stage_entry
        self.apply(view)

    async def wait_until_due(self) -> bool:
        """Wait for the next step. Return False when a fact comes first, the row has ended, or this run is to end."""
        view = self._view
        if self._interrupted or view.ended:
            return False
        if view.wake_at is not None and view.wake_at <= self.now():
            return True
        try:
            await workflow.wait_condition(
                lambda: self._interrupted,
                timeout=None if view.wake_at is None else view.wake_at - self.now(),
                timeout_summary=None if view.wake_at is None else _summary(view),
            )
        except TimeoutError:
            # A fact may have arrived in the very task the timer fired in.
            return not self._interrupted
        return False

    async def run_due_steps(self) -> None:
        """Have the owner run the due steps. The owner decides on its row, where a fact may have voided them."""
        request = RunDueSteps(self.id, self._view.stage_entry, self.now())
        self.apply(await self._ask(self.steps_activity, request, _summary(self._view)))
        after = self._view
        if not after.ended and after.wake_at is not None and after.wake_at <= request.now:
            await self.back_off()

    def apply(self, view: View) -> None:
        """Keep the newest view, whatever the order of answers."""
        state = self.state
        if state.view is not None and view.revision < state.view.revision:
            return
        if state.newest_fact is not None and state.newest_fact <= view.revision:
            state.newest_fact = None
        state.view = view

    async def back_off(self) -> None:
        """Wait a minute, or until a fact arrives, before repeating a request that was just answered."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._interrupted, timeout=BACK_OFF, timeout_summary=f"back off, {_day(self.now())}"
            )

    async def continue_as_new_if_due(self) -> None:
        """Continue as new when asked to, or when the history has grown long; the whole state goes along."""
        if self._run_is_over and not self.is_finished:
            await workflow.wait_condition(workflow.all_handlers_finished)
            self._continue_as_new()

    async def finish(self) -> None:
        """Return once every message has its answer; what was opened again before that begins anew."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self.has_pending_fact:
            workflow.continue_as_new(Start(self.id, self.offset.total_seconds()))

    # --- asking an owner ----------------------------------------------------------------------------

    async def _ask(self, activity: str, request: Any, summary: str) -> View:
        """Ask until the owner answers. After a refusal show *needs help* until there is a reason to ask again."""
        while True:
            fact = self.state.newest_fact
            try:
                view = await self._execute(activity, request, self.owner, summary, View)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                self.state.needs_help = _reason(error)
                await self._reason_to_ask_again(fact)
            else:
                self.state.needs_help = None
                return view

    async def _execute(self, activity: str, request: Any, queue: str, summary: str, result: type[T] | None = None) -> T:
        return await workflow.execute_activity(
            activity,
            request,
            result_type=result,
            task_queue=queue,
            start_to_close_timeout=ACTIVITY_SECONDS,
            retry_policy=FOR_EVER,
            summary=summary,
        )

    async def _reason_to_ask_again(self, fact: int | None) -> None:
        """Wait for a retry or a newer fact; a run that is to end ends here, and the next run asks again."""
        await workflow.wait_condition(
            lambda: self.retry_asked or self.state.newest_fact != fact or self.roll_asked,
        )
        self.retry_asked = False
        if self.roll_asked:
            self._continue_as_new()
        self.state.needs_help = None

    # --- this run and the next ----------------------------------------------------------------------

    @property
    def _run_is_over(self) -> bool:
        return self.roll_asked or workflow.info().is_continue_as_new_suggested()

    @property
    def _interrupted(self) -> bool:
        return self.has_pending_fact or self._run_is_over

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(Start(self.id, self.offset.total_seconds(), self.state))

    @property
    def _view(self) -> View:
        assert self.state.view is not None, "refresh() comes first"
        return self.state.view


def _summary(view: View) -> str:
    """Return a step's summary for the engine's own pages: its action and its day. Sealed, as every payload is."""
    step = view.next_action.replace("_", " ") or "next step"
    return f"{step}, {_day(view.wake_at)}" if view.wake_at else step


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _reason(error: ActivityError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else "a service could not carry it out"
