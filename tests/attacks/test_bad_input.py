"""Bad input on every write route of every service: refused by name, never repeated, nothing written.

The routes are taken from the applications: one that nobody has said how to call fails by name.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from nats.aio.client import Client as Nats
from temporalio.client import Client as Temporal

from services.casework.app import ROUTES as CASEWORK
from services.intake.app import ROUTES as INTAKE
from services.referrals.app import ROUTES as REFERRALS
from shared.http.app import OF_ALL
from shared.http.deps import _temporal
from shared.http.routes import WRITES, GuardedRoute, Routes, _uses
from shared.outbox.relay import Relay
from shared.supervise import restarting
from shared.temporal.worker import activity_worker, workflow_worker
from tests import bad_input
from tests.attacks.conftest import GROUNDS, Opened, name_of
from tests.casework.world import until
from tests.world import House
from workflows.case_plan import CasePlanWorkflow
from workflows.contracts import CASEWORK_QUEUE, WORKFLOW_QUEUE, plan_workflow_id

OURS: dict[str, list[Routes]] = {
    name: [*OF_ALL, *routes] for name, routes in (("intake", INTAKE), ("casework", CASEWORK), ("referrals", REFERRALS))
}
WRITE_ROUTES: list[tuple[str, GuardedRoute]] = [
    (service, route)
    for service, groups in OURS.items()
    for group in groups
    for route in group.routes
    if WRITES & (route.methods or set())
]


def _label(value: object) -> str:
    return " ".join(name_of(value)) if isinstance(value, GuardedRoute) else str(value)


def test_every_write_route_has_a_request_and_every_request_a_route() -> None:
    there = {(service, name_of(route)) for service, route in WRITE_ROUTES}
    made = {(service, name) for service, ground in GROUNDS.items() for name in ground.builds}
    assert not there - made, "add a request to tests/attacks for each of these"
    assert not made - there, "these routes are gone"


@pytest.mark.parametrize(("service", "route"), WRITE_ROUTES, ids=_label)
async def test_bad_input(opened: Opened, at_work: "AtWork", service: str, route: GuardedRoute) -> None:
    ground, house = await opened(service)
    by_workflow = service == "casework" and _uses(route.dependant, _temporal)
    if by_workflow:
        await at_work(house)
    write = await ground.builds[name_of(route)](house)
    client = house.bad_input()
    if by_workflow:
        # Marks in the outbox are written by the relay meanwhile; nothing is added, though.
        client.snapshot = bad_input.counts_of(house.services.work, house.metadata)
        await until(lambda: _settled(house))
    if write.role is None:
        client.snapshot = _unlimited(house, client.snapshot)
    await bad_input.check(client, write)
    assert len(client.sent) > 5


AtWork = Callable[[House], Awaitable[None]]


@pytest.fixture
async def at_work(temporal_client: Temporal, fresh_streams: Nats) -> AsyncIterator[AtWork]:
    """`await at_work(house)`: casework with its relay, its activities and the workflow worker."""
    async with AsyncExitStack() as started:

        async def begin(house: House) -> None:
            relay = Relay(house.services.work, "casework", fresh_streams, temporal_client)
            await started.enter_async_context(restarting("relay", relay.run))
            activities = house.activities  # type: ignore[attr-defined]
            await started.enter_async_context(activity_worker(temporal_client, CASEWORK_QUEUE, activities))
            await started.enter_async_context(workflow_worker(temporal_client, WORKFLOW_QUEUE, [CasePlanWorkflow]))

        yield begin


async def _settled(house: House) -> bool:
    """Nothing is on its way any more: no row to its workflow, no workflow to a service."""
    owed = "SELECT 1 FROM outbox WHERE published_at IS NULL OR (workflow IS NOT NULL AND dispatched_at IS NULL)"
    # A relay that has not looked at its stream yet is going to write down which one it is.
    if await house.rows(owed) or not await house.rows("SELECT 1 FROM relay_state"):
        return False
    assert house.services.temporal is not None
    for (plan,) in await house.rows("SELECT id FROM plans"):
        run = (await house.services.temporal.get_workflow_handle(plan_workflow_id(plan)).describe()).raw_description
        if run.pending_activities or run.HasField("pending_workflow_task"):
            return False
    return True


def _unlimited(house: House, snapshot: bad_input.Snapshot) -> bad_input.Snapshot:
    """A stranger's requests are counted by address; here they are more than any person makes."""

    async def take() -> object:
        async with house.services.work.platform_connection() as connection:
            await connection.exec_driver_sql("DELETE FROM rate_limits")
        return await snapshot()

    return take
