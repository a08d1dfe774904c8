from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from temporalio.client import Client

from shared import clock
from shared.settings import Settings
from shared.temporal.worker import activity_worker, workflow_worker
from tests.workflows import harness
from tests.workflows.harness import Desk
from workflows.case_plan import CasePlanWorkflow
from workflows.contracts import CASEWORK_QUEUE, WORKFLOW_QUEUE


@asynccontextmanager
async def sitting(client: Client, settings: Settings, *, at_work: bool = True) -> AsyncIterator[Desk]:
    """A desk, at work or still away, with the worker that carries out plans."""
    clock.use_file(settings.practice_clock_file)
    desk = Desk(client, settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(workflow_worker(client, WORKFLOW_QUEUE, [CasePlanWorkflow]))
        if at_work:
            await stack.enter_async_context(activity_worker(client, CASEWORK_QUEUE, desk.activities))
        yield desk
        await harness.end(client, desk.handle.id)


@pytest.fixture
async def desk(temporal_client: Client, settings: Settings) -> AsyncIterator[Desk]:
    async with sitting(temporal_client, settings) as made:
        yield made
