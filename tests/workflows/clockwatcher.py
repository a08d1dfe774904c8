"""A workflow that does what workflow code must not, to prove that it is kept from it. Only for the sandbox test."""

import time

from temporalio import workflow


@workflow.defn
class ClockWatcher:
    @workflow.run
    async def run(self) -> str:
        try:
            return str(time.time())
        except workflow.NondeterminismError as refused:
            return type(refused).__name__
