"""The post of tests, with intake answering over NATS."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client as Nats

from services.intake.app import service as intake_service
from services.referrals.activities import ReferralActivities
from shared import log
from shared.context import Actor
from shared.db.session import Database
from shared.settings import Settings
from tests.intake.world import World
from tests.referrals.message.post import Office, Post


@pytest.fixture(autouse=True)
def _our_log() -> None:
    log.configure("referrals", "ERROR")


@pytest.fixture
async def intake(settings: Settings, database_of: Callable[..., Any], team_id: UUID) -> AsyncIterator[World]:
    """Intake's application on its own database."""
    await database_of("intake")
    async with World.opened(intake_service(), settings, team=team_id) as world:
        yield world


@pytest.fixture
def answering(intake: World, nats_connection: Nats) -> Callable[[], Any]:
    """`async with answering(): ...`: intake answers meanwhile."""
    return lambda: intake.answering(nats_connection)


@pytest.fixture
async def silent_post(
    db: Database,
    activities: ReferralActivities,
    worker: Actor,
    intake: World,
    nats_connection: Nats,
    settings: Settings,
    tmp_path: Path,
    travel: Callable[[timedelta], None],
) -> Post:
    """The post while intake does not answer."""
    folder = tmp_path / "mail"
    with_folder = settings.model_copy(update={"mail_folder": folder, "contact_phone": "020 7946 0000"})
    return Post(db, activities, worker, intake, nats_connection, with_folder, folder, travel)


@pytest.fixture
async def post(silent_post: Post, answering: Callable[[], Any]) -> AsyncIterator[Post]:
    """The post, intake answering."""
    async with answering():
        yield silent_post


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """A relay that takes everything until it is told otherwise; `office.relay` are its settings."""
    office = Office()
    await office.start()
    yield office
    office.stop()
