"""The scheduled sweep of timed tasks: next steps, people waiting for a worker, unread emails."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.contracts import CASEWORK_QUEUE, SWEEP_TASKS, TASK_SWEEP, Sweep


@workflow.defn(name=TASK_SWEEP)
class TaskSweepWorkflow:
    @workflow.run
    async def run(self) -> int:
        """Return how many tasks were raised. The schedule starts the next sweep, so a stuck one times out."""
        return await workflow.execute_activity(
            SWEEP_TASKS,
            Sweep(),
            result_type=int,
            task_queue=CASEWORK_QUEUE,
            summary="raise what is due",
            start_to_close_timeout=timedelta(seconds=60),
            schedule_to_close_timeout=timedelta(minutes=4),
        )
