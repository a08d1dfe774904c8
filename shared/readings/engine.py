"""What waits in the workflow engine, and which workflows run there."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client


@dataclass(frozen=True)
class Backlog:
    """The tasks of one queue that wait for a worker, and the age of the oldest in seconds."""

    count: int
    oldest_seconds: float


async def backlog(client: Client, queue: str) -> Backlog:
    """Count the tasks of a queue that wait for a worker."""
    count, age = 0, 0.0
    for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind, report_stats=True
        )
        stats = (await client.workflow_service.describe_task_queue(request)).stats
        count += stats.approximate_backlog_count
        age = max(age, stats.approximate_backlog_age.ToTimedelta().total_seconds())
    return Backlog(count, age)


async def running(client: Client, workflow: str) -> set[UUID]:
    """Return the rows for which a workflow of this type runs."""
    query = f"WorkflowType = '{workflow}' AND ExecutionStatus = 'Running'"
    return _rows_of([run.id async for run in client.list_workflows(query, page_size=1000)])


def _rows_of(workflow_ids: Iterable[str]) -> set[UUID]:
    """Return the rows of these workflows, whose ids are a word and the id of the row."""
    found: set[UUID] = set()
    for id in workflow_ids:
        try:
            found.add(UUID(id.partition("-")[2]))
        except ValueError:
            continue
    return found
