"""Workflow code runs in the sandbox: what would not replay raises there."""

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from shared.ids import new_id
from shared.temporal.worker import workflow_worker
from tests.workflows.clockwatcher import ClockWatcher
from workflows.worker import WORKFLOWS


async def test_the_worker_runs_every_workflow_in_the_sandbox(temporal_client: Client) -> None:
    worker = workflow_worker(temporal_client, f"queue-{new_id()}", WORKFLOWS)
    runner = worker.config(active_config=True)["workflow_runner"]
    assert isinstance(runner, SandboxedWorkflowRunner)
    assert not runner.restrictions.passthrough_all_modules
    for each in WORKFLOWS:
        assert workflow._Definition.must_from_class(each).sandboxed, each
    # A worker that never ran is shut down by running it.
    async with worker:
        pass


async def test_the_wall_clock_is_out_of_reach(temporal_client: Client) -> None:
    queue = f"queue-{new_id()}"
    async with workflow_worker(temporal_client, queue, [ClockWatcher]):
        answer = await temporal_client.execute_workflow(ClockWatcher.run, id=f"watcher-{new_id()}", task_queue=queue)
    assert answer == "RestrictedWorkflowAccessError"
