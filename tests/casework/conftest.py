"""Casework on real engines: its HTTP application over its database, and when asked for, its workflows as well."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from nats.aio.client import Client as Nats
from temporalio.client import Client as Temporal

from services.casework.app import service
from shared import clock, log
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.supervise import restarting
from shared.temporal.worker import activity_worker, workflow_worker
from tests.casework.world import World
from tests.conftest import MakeDatabase
from tests.workflows.harness import end_all
from workflows.case_plan import CasePlanWorkflow
from workflows.contracts import CASEWORK_QUEUE, WORKFLOW_QUEUE
from workflows.referral import ReferralWorkflow
from workflows.task_sweep import TaskSweepWorkflow


@pytest.fixture(autouse=True)
def _our_log() -> None:
    log.configure("casework", "ERROR")


@pytest.fixture
async def world(settings: Settings, database_of: MakeDatabase) -> AsyncIterator[World]:
    """An empty casework of two teams, without engines behind it."""
    clock.use_file(settings.practice_clock_file)
    await database_of("casework")
    async with World.opened(service(), settings) as world:
        await world.hire("worker-1", "worker-2", "worker-3")
        yield world


@pytest.fixture
async def running(world: World, temporal_client: Temporal, fresh_streams: Nats) -> AsyncIterator[World]:
    """The same with its relay, its activities and the workflow worker at work."""
    world.services.temporal, world.services.nats = temporal_client, fresh_streams
    relay = Relay(world.services.work, "casework", fresh_streams, temporal_client)
    async with AsyncExitStack() as started:
        await started.enter_async_context(restarting("relay", relay.run))
        await started.enter_async_context(activity_worker(temporal_client, CASEWORK_QUEUE, world.activities))
        workflows = [CasePlanWorkflow, ReferralWorkflow, TaskSweepWorkflow]
        await started.enter_async_context(workflow_worker(temporal_client, WORKFLOW_QUEUE, workflows))
        yield world
    await end_all(temporal_client)


@pytest.fixture
def jump(settings: Settings) -> Callable[[timedelta], None]:
    """`jump(timedelta(days=1))`: the practice clock goes forward, for good in this test process."""
    path = settings.practice_clock_file
    assert path is not None

    def forward(by: timedelta) -> None:
        clock.set_offset(path, clock.offset() + by)

    return forward
