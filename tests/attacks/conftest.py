"""Each service on its real database, with the requests that its routes accept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client as Nats
from temporalio.client import Client as Temporal
from temporalio.service import RPCError

from services.casework.app import service as casework_service
from services.intake.app import service as intake_service
from services.referrals.app import service as referrals_service
from shared import clock, log
from shared.http.routes import GuardedRoute
from shared.process import Service
from shared.settings import Settings
from tests.attacks import casework, intake, referrals
from tests.bad_input import Write
from tests.casework.world import World as Casework
from tests.conftest import MakeDatabase
from tests.intake.world import World as Intake
from tests.referrals.world import World as Referrals
from tests.world import House
from workflows.contracts import plan_workflow_id, referral_workflow_id

Route = tuple[str, str]


@dataclass(frozen=True)
class Ground:
    """What is known of a service's routes: `rows` makes one of everything for a team, `builds` a good request each."""

    service: Callable[[], Service]
    world: type[House]
    rows: Callable[[Any, UUID], Awaitable[dict[str, str]]]
    builds: Mapping[Route, Callable[[Any], Awaitable[Write]]]
    public: frozenset[str] = frozenset()  # ids of what belongs to no team


GROUNDS = {
    "intake": Ground(intake_service, Intake, intake.rows, intake.BUILDS),
    "casework": Ground(casework_service, Casework, casework.rows, casework.BUILDS),
    "referrals": Ground(referrals_service, Referrals, referrals.rows, referrals.BUILDS, frozenset({"service_id"})),
}

Opened = Callable[[str], Awaitable[tuple[Ground, House]]]


def routes_of(house: House) -> list[GuardedRoute]:
    """Every route of the application itself; those that mend and replay come last."""
    found = [route for route in house.app.router.routes if isinstance(route, GuardedRoute)]
    return sorted(found, key=lambda route: (route.path_format.startswith("/operations"), name_of(route)))


def name_of(route: GuardedRoute) -> Route:
    [method] = route.methods or ()
    return method, route.path_format


async def nobody_runs(client: Temporal) -> None:
    """End what other tests left running: it would write into these databases as soon as somebody works."""
    async for run in client.list_workflows("ExecutionStatus = 'Running'"):
        with suppress(RPCError):  # ended by itself meanwhile
            await client.get_workflow_handle(run.id).terminate()


async def its_workflows_end(house: House, client: Temporal) -> None:
    """By name: the engine's list lags by seconds."""
    named = {"casework": ("plans", plan_workflow_id), "referrals": ("referrals", referral_workflow_id)}
    table, workflow_id = named.get(house.services.name, ("", str))
    for (row,) in await house.rows(f"SELECT id FROM {table}") if table else ():
        with suppress(RPCError):
            await client.get_workflow_handle(workflow_id(row)).terminate()


@pytest.fixture
async def opened(
    settings: Settings, database_of: MakeDatabase, temporal_client: Temporal, fresh_streams: Nats
) -> AsyncIterator[Opened]:
    """`await opened("intake")`: its ground and its house, with the engines in reach and nobody at work on them."""
    log.configure("tests", "ERROR")
    clock.use_file(settings.practice_clock_file)
    async with AsyncExitStack() as stack:

        async def make(name: str) -> tuple[Ground, House]:
            await nobody_runs(temporal_client)
            stack.push_async_callback(nobody_runs, temporal_client)
            ground = GROUNDS[name]
            await database_of(name)
            house = await stack.enter_async_context(ground.world.opened(ground.service(), settings))
            house.services.temporal, house.services.nats = temporal_client, fresh_streams
            stack.push_async_callback(its_workflows_end, house, temporal_client)
            if name == "casework":
                # Whoever calls is known as a colleague from then on: that is not what a bad request writes.
                for role in ("worker", "clinician", "supervisor"):
                    await house.ok("GET", "/tasks", role=role)
            return ground, house

        yield make
