from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from nats.aio.client import Client as Nats
from temporalio.client import Client

from shared.outbox.relay import Relay
from shared.supervise import restarting
from shared.temporal.worker import workflow_worker
from tests.casework.conftest import jump, world
from tests.casework.world import World
from tests.workflows import harness
from tests.workflows.case_plan.story import Casework, Story
from workflows.case_plan import CasePlanWorkflow
from workflows.contracts import WORKFLOW_QUEUE

__all__ = ["jump", "world"]

Begin = Callable[..., Awaitable[Story]]


@pytest.fixture
async def begin(world: World, temporal_client: Client, fresh_streams: Nats) -> AsyncIterator[Begin]:
    """`await begin(cadence_days=3)`: a plan whose workflow runs and shows on the board."""
    world.services.temporal, world.services.nats = temporal_client, fresh_streams
    begun: list[Story] = []
    casework = Casework(world, temporal_client)

    async def make(**body: Any) -> Story:
        person = await world.person()
        case = await world.case(person=person)
        plan = await world.ok("POST", f"/cases/{case['id']}/plan", {"goals": ["somewhere to sleep"], **body})
        story = Story(world, temporal_client, casework, person, case["id"], plan["id"])
        begun.append(story)
        await story.told()
        return story

    relay = Relay(world.services.work, "casework", fresh_streams, temporal_client)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(restarting("relay", relay.run))
        await stack.enter_async_context(workflow_worker(temporal_client, WORKFLOW_QUEUE, [CasePlanWorkflow]))
        await casework.comes()
        stack.push_async_callback(casework.goes)
        yield make
        for story in begun:
            await harness.end(temporal_client, story.handle.id)


@pytest.fixture
async def story(begin: Begin) -> Story:
    """A weekly plan."""
    return await begin()
