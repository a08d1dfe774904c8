"""Saves the histories that `test_replay.py` replays: `make histories`, on the real engines, with synthetic ids only.

They are saved without the payload codec, so that anybody can read them. Save them anew only when running workflows need
not go on under the new code, or after `workflow.patched` guards the change; otherwise the old ones have to replay.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from services.referrals.codes import Move
from services.referrals.referral import questions
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.decisions import ACKNOWLEDGE, ESCALATE_NOW, EXTEND
from shared.settings import Settings
from tests.workflows.case_plan.conftest import begin, world
from tests.workflows.case_plan.story import Story
from tests.workflows.conftest import sitting
from tests.workflows.harness import short_history, until
from tests.workflows.referral.conftest import MakeWorld, activities, db, make_place, make_world, place, worker
from tests.workflows.referral.test_referral import steps
from workflows.contracts import RETRY, RUN_DUE_PLAN_STEPS

__all__ = ["activities", "begin", "db", "make_place", "make_world", "place", "worker", "world"]

FOLDER = Path(__file__).parent / "histories"
DAY = timedelta(days=1)


async def plain(settings: Settings) -> Client:
    """A connection that seals nothing and names no machine."""
    return await Client.connect(settings.temporal_address, identity="history")


@pytest.fixture
async def temporal_client(settings: Settings) -> AsyncIterator[Client]:
    yield await plain(settings)


async def save(client: Client, workflow_id: str, name: str, run_id: str | None = None) -> None:
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    events = without_traces(json.loads(history.to_json()))
    (FOLDER / f"{name}.json").write_text(json.dumps(events, indent=1) + "\n", encoding="utf-8")


def without_traces(found: Any) -> Any:
    """Stack traces tell where the code lay on the machine that saved it."""
    if isinstance(found, dict):
        return {name: without_traces(value) for name, value in found.items() if name != "stackTrace"}
    return [without_traces(each) for each in found] if isinstance(found, list) else found


async def test_save_a_plan(story: Story, temporal_client: Client) -> None:
    """Silence, a contact, a pause over a step, a review, the end."""
    await story.go_to(await story.planned("ask_worker"))
    await story.contact("met")
    await story.decide("hold", {"kind": "custody"})
    await story.go_to(await story.planned("look_again", "look_again"))
    await story.decide("resume")
    await story.go_to(await story.planned("watch", "watch"))
    await story.decide("review")
    await story.decide("close", {"reason": "goals_met"})
    await story.handle.result()
    await save(temporal_client, story.handle.id, "plan")


@pytest.fixture
async def story(begin: object) -> Story:
    return await begin()  # type: ignore[operator]


async def test_save_a_referral(make_world: MakeWorld, temporal_client: Client) -> None:
    """Sent, too slow, acknowledged, a question, more time, accepted, booked, missed, attended, completed."""
    async with make_world(temporal_client).running() as world:
        await world.started()
        at = await steps(world)
        await world.go_to(at["remind_agency"])
        await world.fired("remind_agency")
        await world.decide(ESCALATE_NOW)
        await world.decide(ACKNOWLEDGE, until=at["ask_supervisor_to_ring"])
        await world.heard()
        await world.go_to(at["ask_supervisor_to_ring"])
        await until(lambda: world.story.actions())
        await world.story.do(questions.ask, Attribution("agency", clock.now()))
        await world.story.do(questions.answered, Attribution("worker-1", clock.now()))
        await world.decide(EXTEND, working_days=3)
        await world.heard()
        await world.story.move(Move.ACCEPT)
        await world.settled()
        await world.story.move(Move.BOOK, appointment=clock.now() + 5 * DAY)
        await world.settled()
        await world.story.move(Move.TOLD)
        await world.go_to(clock.now() + 6 * DAY)
        for move in (Move.ATTEND, Move.TREAT, Move.COMPLETE):
            await world.story.move(move)
            await world.settled()
        await world.ended()
        await save(temporal_client, world.handle.id, "referral")


async def test_save_one_that_needed_help(settings: Settings, temporal_client: Client) -> None:
    """A step that was refused and tried again, a fact meanwhile."""
    async with sitting(temporal_client, settings) as desk:
        desk.steps = [clock.now(), clock.now() + DAY]
        desk.refusing[RUN_DUE_PLAN_STEPS] = "there is no such plan"
        await desk.start()
        await until(desk.needs_help)
        await desk.fact()
        await until(lambda: len(desk.step_runs) == 2)
        await asyncio.sleep(0.3)
        desk.refusing.clear()
        await desk.handle.execute_update(RETRY, "supervisor-1", result_type=str)
        await desk.told()
        for version in (desk.revision, 1):
            await desk.fact(version)
        await desk.go_to(desk.steps[0] + timedelta(minutes=1))
        await until(lambda: not desk.steps)
        await desk.told()
        await save(temporal_client, desk.handle.id, "needed_help")


async def test_save_one_that_continued_as_new(settings: Settings) -> None:
    """Both runs: the one that ends as new and the one that goes on with what was carried."""
    async with short_history(settings) as short:
        client = await plain(short)
        async with sitting(client, short) as desk:
            desk.steps = [clock.now() + DAY]
            await desk.begun()
            first = (await desk.handle.describe()).run_id
            while (await desk.handle.describe()).run_id == first:
                await desk.fact()
                await desk.told()
            await desk.fact()
            await desk.told()
            await desk.go_to(desk.steps[0] + timedelta(minutes=1))
            await until(lambda: desk.step_runs)
            await desk.told()
            await save(client, desk.handle.id, "continued_before", first)
            await save(client, desk.handle.id, "continued_after")
