from collections.abc import AsyncIterator, Callable

import pytest
from nats.aio.client import Client as Nats
from temporalio.client import Client

from services.referrals.activities import ReferralActivities
from shared.context import Actor
from shared.db.session import Database
from shared.settings import Settings
from tests.referrals.conftest import Place, activities, db, make_place, place, travel, worker
from tests.referrals.stories import Story
from tests.workflows.referral.world import World

__all__ = ["activities", "db", "make_place", "place", "travel", "worker"]

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(
    settings: Settings,
    temporal_client: Client,
    fresh_streams: Nats,
    db: Database,
    activities: ReferralActivities,
    worker: Actor,
    place: Place,
) -> MakeWorld:
    """`make_world(client=..., place=...)`: not running yet."""

    def make(client: Client | None = None, at: Place | None = None) -> World:
        story = Story(db, activities, worker, at or place)
        return World(settings, client or temporal_client, fresh_streams, db, story)

    return make


@pytest.fixture
async def world(make_world: MakeWorld) -> AsyncIterator[World]:
    """A world that runs."""
    async with make_world().running() as made:
        yield made
