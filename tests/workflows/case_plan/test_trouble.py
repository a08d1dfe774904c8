"""Machines off, services away, rows that are not there, and two things at the same moment."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from temporalio.client import Client

from deploy.stack import Stack
from services.casework.operations.reconciliation import reconcile
from shared import clock
from shared.db.client_ids import own
from shared.ids import new_id
from shared.temporal.drive import Drive, dispatch
from tests.casework.world import World
from tests.workflows.case_plan.conftest import Begin
from tests.workflows.case_plan.story import SPREAD, Story
from tests.workflows.harness import end, until
from workflows.contracts import CASE_PLAN, STANDING, Standing, plan_workflow_id

Jump = Callable[[timedelta], None]
DAY = timedelta(days=1)


async def test_two_weeks_off_only_the_highest_fires(begin: Begin, jump: Jump) -> None:
    story = await begin(cadence_days=3)
    steps = dict(await story.steps())
    await story.handle.terminate("the machine is off")
    jump(timedelta(days=14))
    assert steps["another_way"] < clock.now() < steps["lost_contact"]
    mended = await reconcile(story.world.services.work, story.client)
    assert mended.restarted == [story.handle.id]
    await story.told()
    assert await story.taken() == ["another_way"] and await story.taken(outcome="overtaken") == ["ask_worker"]
    assert {"another_way", "tell_supervisor_not_seen"} <= set(await story.tasks())
    assert "not_seen" not in await story.tasks()
    # It goes on where it is, from rows alone.
    assert (await reconcile(story.world.services.work, story.client)).restarted == []
    await story.go_to(steps["lost_contact"])
    assert await story.taken() == ["another_way", "lost_contact"]


async def test_a_pause_that_ended_while_the_machine_was_off_asks_once(begin: Begin, jump: Jump) -> None:
    story = await begin()
    await story.decide("hold", {"kind": "custody"})
    await story.handle.terminate("the machine is off")
    jump(timedelta(days=24))
    await reconcile(story.world.services.work, story.client)
    await story.told()
    assert await story.taken("look_again") == ["look_again"], "the latest of three"
    assert len(await story.taken("look_again", "overtaken")) == 2
    assert (await story.tasks()).count("look_again") == 1
    assert await story.planned("look_again", "look_again") > clock.now()


async def test_casework_away_for_a_while_and_back(story: Story) -> None:
    """Nobody is on its queue when a step is due: it is taken once, later. A decision meanwhile is made at once."""
    steps = dict(await story.steps())
    view = await story.world.look(story.id)
    assert view.wake_at is not None
    await story.go_to(await story.planned("outcome_form", "outcome"))
    wakes = steps["ask_worker"] + (view.wake_at - min(at for _, at in await story.steps("fired", "outcome")))
    await story.wait_until(wakes - timedelta(seconds=2))
    await story.casework.goes()
    await asyncio.sleep(3)
    assert await story.taken() == []
    path = f"/plans/{story.id}/review"
    answer = await story.world.ok("POST", path, role="supervisor", key="while-away")
    assert answer["done"]
    await story.casework.comes()
    await until(lambda: story.taken())
    assert await story.world.ok("POST", path, role="supervisor", key="while-away") == answer
    assert await story.taken() == ["ask_worker"]
    reviews = await story.world.rows("SELECT count(*) FROM reviews WHERE plan_id = :id", id=story.id)
    assert reviews[0][0] == 1


async def test_a_decision_races_a_step(begin: Begin) -> None:
    """Whoever comes first: no step of his silence is ever recorded after the pause that silenced it."""
    chance = random.Random(7)
    for _ in range(4):
        story = await begin()
        steps = dict(await story.steps())
        await story.go_to(await story.planned("outcome_form", "outcome"))
        view = await story.world.look(story.id)
        assert view.wake_at is not None
        await story.wait_until(view.wake_at - timedelta(milliseconds=400))
        await asyncio.sleep(0.3 + chance.random() / 5)
        await story.decide("hold", {"kind": "away"})
        before = await story.taken()
        assert before in ([], ["ask_worker"])
        await story.go_to(steps["another_way"])
        assert await story.taken() == before
        assert "not_seen" not in await story.tasks()
        told = await _timeline(story)
        assert told in (["held"], ["step_fired", "held"])


async def test_a_contact_in_the_second_of_a_step(begin: Begin) -> None:
    chance = random.Random(11)
    for _ in range(4):
        story = await begin()
        await story.go_to(await story.planned("outcome_form", "outcome"))
        view = await story.world.look(story.id)
        assert view.wake_at is not None
        await story.wait_until(view.wake_at - timedelta(milliseconds=300))
        await asyncio.sleep(0.2 + chance.random() / 5)
        await story.contact("met")
        await asyncio.sleep(0.5)
        assert await _timeline(story) in (["contact_met"], ["step_fired", "contact_met"])
        assert "not_seen" not in await story.tasks()


async def _timeline(story: Story) -> list[str]:
    """What happened to contact, in the order of the plan's versions."""
    found = await story.world.rows(
        "SELECT what FROM board_timeline WHERE row_id = :id AND (what IN ('held', 'contact_met')"
        " OR (what = 'step_fired' AND detail->>'clock' = 'contact')) ORDER BY version",
        id=story.id,
    )
    return [row[0] for row in found]


async def test_a_row_that_is_not_there_needs_help_until_it_is_back(story: Story, engines: Stack) -> None:
    """As after a restore that went wrong: the step is refused, shown, tried again on demand, and then taken."""
    at = await story.planned("outcome_form", "outcome")
    await _superuser(engines, f"CREATE TABLE kept AS SELECT * FROM plans WHERE id = '{story.id}'")
    await _superuser(engines, f"DELETE FROM plans WHERE id = '{story.id}'")
    await story.wait_until(at + SPREAD)
    row = await until(lambda: _needs_help(story))
    assert row["needs_help"] == "there is no such plan" and row["stage"] == "planned"
    assert await story.taken("outcome") == []
    retry = {"command": "retry"}
    answer = await story.world.ok("POST", f"/board/{story.id}/commands", retry, role="supervisor")
    assert answer["done"]
    await until(lambda: _needs_help(story))
    assert await story.taken("outcome") == []
    await _superuser(engines, "INSERT INTO plans SELECT * FROM kept")
    await story.world.ok("POST", f"/board/{story.id}/commands", retry, role="supervisor")
    await until(lambda: story.taken("outcome"))
    await story.told()
    assert await story.taken("outcome") == ["outcome_form"]
    mended = await story.board()
    assert mended is not None and mended["needs_help"] is None
    await story.world.refused(409, "POST", f"/board/{story.id}/commands", retry, role="supervisor")


async def _needs_help(story: Story) -> Any:
    row = await story.board()
    return row if row and row["needs_help"] else None


async def _superuser(engines: Stack, statement: str) -> None:
    """As somebody who works on the database itself, past its constraints."""
    async with await psycopg.AsyncConnection.connect(**engines.superuser("casework"), autocommit=True) as server:  # type: ignore[arg-type]
        await server.execute("SET session_replication_role = replica")
        await server.execute(statement.encode())


async def test_a_fact_that_came_before_its_row(begin: Begin, world: World, temporal_client: Client) -> None:
    """Told of a plan that is not there yet (a replica behind, a restored engine): it waits for the plan's own fact."""
    await begin()  # the relay is at work
    case = await world.case(worker="worker-9")
    given = new_id()
    plan_id = str(own("plan", world.team, given))
    await dispatch(temporal_client, Drive(CASE_PLAN, plan_workflow_id(plan_id), {"version": 1, "kind": "started"}))
    handle = temporal_client.get_workflow_handle(plan_workflow_id(plan_id))
    await asyncio.sleep(0.5)
    assert await handle.query(STANDING, result_type=Standing) is None
    await world.plan(case, id=str(given))
    await world.ok("POST", f"/plans/{plan_id}/goals", {"words": "see my son"})
    await until(lambda: handle.query(STANDING, result_type=Standing))
    await end(temporal_client, handle.id)
