"""A ladder that is longer than one history: continue-as-new in the middle of it."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from shared.settings import Settings
from shared.temporal.client import connect
from tests.workflows import harness
from tests.workflows.referral.conftest import MakeWorld
from tests.workflows.referral.test_referral import ORDER, steps


@pytest.fixture
async def short_history(settings: Settings) -> AsyncIterator[Client]:
    """A server that suggests continue-as-new after a few events."""
    async with harness.short_history(settings) as short:
        yield await connect(short)


async def test_continue_as_new_mid_ladder_loses_and_doubles_nothing(
    short_history: Client, make_world: MakeWorld
) -> None:
    async with make_world(short_history).running() as world:
        await world.started()
        first_run = (await world.handle.describe()).run_id
        at = await steps(world)
        for place, action in enumerate([*ORDER, "case_conference"], start=1):
            await world.go_to(at[action])
            await world.fired(*[*ORDER, "case_conference"][:place])
        assert (await world.handle.describe()).run_id != first_run
