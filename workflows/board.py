"""Reports to the board: the latest row wins, one report is in flight, and no step waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASEWORK_QUEUE, REPORT_PROGRESS, Progress, State


class BoardReports:
    """The reports of one workflow. The next run of it repeats what was not acknowledged."""

    def __init__(self, state: State, execute: Callable[..., Awaitable[Any]]) -> None:
        """Take `execute`, which runs an activity (name, input, queue, summary) until it is answered or refused."""
        self._state, self._execute = state, execute
        self._sending: asyncio.Task[None] | None = None

    def changed(self) -> None:
        """Report the current state to the board."""
        self._state.reported.sequence += 1
        self.start()

    def start(self) -> None:
        """Report what the board has not acknowledged; a report in flight is followed by another by itself."""
        if self._sending is None and not self.is_up_to_date:
            self._sending = asyncio.create_task(self._send())

    @property
    def is_up_to_date(self) -> bool:
        return self._state.reported.acknowledged == self._state.reported.sequence

    async def _send(self) -> None:
        reported = self._state.reported
        while not self.is_up_to_date:
            if (view := self._state.view) is None:
                break  # no view yet, so no row to show
            sequence = reported.sequence
            progress = Progress(view.row, reported.chain_started_at, sequence, view.ended, self._state.needs_help)
            try:
                summary = f"board: {view.row.stage.replace('_', ' ')}"
                await self._execute(REPORT_PROGRESS, progress, CASEWORK_QUEUE, summary)
            except ActivityError as error:
                if is_cancelled_exception(error):
                    raise
                workflow.logger.error("the board refused a row", extra={"workflow": workflow.info().workflow_id})
            reported.acknowledged = sequence
        self._sending = None
