"""What mending says to whom."""

from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI
from temporalio.client import Client

from services.referrals.activities import ReferralActivities
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from workflows.contracts import referral_workflow_id


@pytest.fixture
async def lost(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place, temporal_client: Client
) -> AsyncIterator[str]:
    """An open referral that has no workflow; what is started for it is ended after the test."""
    story = await Story(db, activities, worker, place).sent()
    yield referral_workflow_id(story.id)
    await temporal_client.get_workflow_handle(referral_workflow_id(story.id)).terminate()


async def test_a_workflow_of_another_team_is_counted_and_not_named(
    lost: str, app: FastAPI, as_role: Callable[..., Api], temporal_client: Client
) -> None:
    app.state.services.temporal = temporal_client
    elsewhere = (await as_role("supervisor", teams=[new_id()]).post("/operations/reconcile")).json()
    assert (elsewhere["restarted"], elsewhere["elsewhere"]) == ([], 1) and lost not in str(elsewhere)
    for reader in (as_role("supervisor"), as_role("admin", teams=[])):
        await temporal_client.get_workflow_handle(lost).terminate()
        own = (await reader.post("/operations/reconcile")).json()
        assert (own["restarted"], own["elsewhere"]) == ([lost], 0)
