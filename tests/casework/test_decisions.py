"""Decisions about a plan are its own transactions: no engine runs here, and whoever comes second sees the first."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.decisions import CLOSE, HOLD, RESUME, REVIEW
from tests.casework.world import World
from workflows.contracts import plan_workflow_id

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hold", {"kind": "away"}),
    ("resume", {}),
    ("review", {}),
    ("reassign", {"worker_id": "worker-2"}),
    ("close", {"reason": "goals_met"}),
)


async def driven(world: World, plan_id: str) -> list[int]:
    """Versions of the facts that wait for the plan's workflow."""
    found = await world.rows(
        "SELECT fact FROM outbox WHERE workflow_id = :id AND dispatched_at IS NULL ORDER BY id",
        id=plan_workflow_id(plan_id),
    )
    return [fact["version"] for (fact,) in found]


async def test_each_is_made_at_once_without_an_engine_and_leaves_a_fact_for_the_workflow(world: World) -> None:
    assert world.services.temporal is None
    plan = await world.plan()
    for what, body in ASKED:
        answer = await world.ok("POST", f"/plans/{plan['id']}/{what}", body, role="supervisor")
        assert answer["done"], what
        assert (await driven(world, plan["id"]))[-1] == answer["plan"]["version"], what


async def test_the_boards_commands_are_made_at_once_too(world: World) -> None:
    plan = await world.plan()
    path = f"/board/{plan['id']}/commands"
    held = await world.ok("POST", path, {"command": "hold", "reason": "hospital", "note": "ward 7"}, key="h")
    assert (held["done"], held["stage"]) == (True, "on_hold") and held["paused_until"] is not None
    assert held == await world.ok("POST", path, {"command": "hold", "reason": "hospital", "note": "ward 7"}, key="h")
    assert len(await world.events("casework.plan.held")) == 1
    [(command,)] = await world.rows("SELECT command FROM decision_notes")
    assert command == "hold"
    refused = await world.refused(409, "POST", path, {"command": "hold", "reason": "away"})
    assert (refused["detail"], refused["rule"]) == ("It is paused already.", "not_done")
    refused = await world.refused(503, "POST", path, {"command": "retry"})
    assert "Nothing was done" in refused["detail"], "the one message that a workflow takes"


async def test_what_was_refused_is_judged_afresh_under_the_same_key(world: World) -> None:
    plan = await world.plan()
    path = f"/plans/{plan['id']}/resume"
    await world.refused(409, "POST", path, key="r")
    await world.decide(plan["id"], HOLD, reason="away")
    assert (await world.ok("POST", path, key="r"))["done"]


async def test_a_refused_decision_leaves_no_trace(world: World) -> None:
    plan = await world.plan()
    before = await world.rows("SELECT version, last_human_what FROM plans")
    assert not (await world.decide(plan["id"], RESUME, note="we thought so")).done
    assert await world.rows("SELECT version, last_human_what FROM plans") == before
    for table in ("plan_decisions", "decision_notes"):
        assert await world.rows(f"SELECT 1 FROM {table}") == []


@pytest.mark.parametrize("ahead", [0.0, 0.01])
async def test_a_step_in_the_same_moment_fires_before_the_pause_or_never(world: World, ahead: float) -> None:
    for _ in range(4):
        plan = await world.plan()
        view = await world.look(plan["id"])
        due = clock.now() + timedelta(days=12)
        assert view.wake_at is not None and view.wake_at < due

        async def later(plan: str = plan["id"]) -> Any:
            await asyncio.sleep(ahead)
            return await world.decide(plan, HOLD, reason="away")

        _, decided = await asyncio.gather(world.step(plan["id"], due), later())
        assert decided.done
        fired = await world.rows(
            "SELECT count(*) FROM plan_steps WHERE plan_id = :id AND clock = 'contact' AND outcome = 'fired'",
            id=plan["id"],
        )
        story = [
            what
            for (what,) in await world.rows(
                "SELECT what FROM board_timeline WHERE row_id = :id AND (what = 'held' OR"
                " (what = 'step_fired' AND detail->>'clock' = 'contact')) ORDER BY version, at",
                id=plan["id"],
            )
        ]
        assert story == (["step_fired", "held"] if fired[0][0] else ["held"])
        await world.step(plan["id"], due + timedelta(days=30))
        assert "lost_contact" not in await world.tasks(plan_id=plan["id"])
        planned = await world.rows(
            "SELECT 1 FROM plan_steps WHERE plan_id = :id AND clock = 'contact' AND outcome = 'planned'", id=plan["id"]
        )
        assert planned == []


async def test_of_two_people_who_pause_it_at_once_one_is_told_so(world: World) -> None:
    for _ in range(4):
        plan = await world.plan()
        both = await asyncio.gather(*(world.decide(plan["id"], HOLD, reason=each) for each in ("away", "hospital")))
        assert sorted(each.done for each in both) == [False, True]
        assert [each.why for each in both if not each.done] == ["It is paused already."]
        assert len(await world.rows("SELECT 1 FROM holds WHERE plan_id = :id", id=plan["id"])) == 1


async def test_the_same_request_twice_at_once_is_one_decision(world: World) -> None:
    plan = await world.plan()
    path = f"/plans/{plan['id']}/review"
    first, second = await asyncio.gather(*(world.ok("POST", path, key="r") for _ in range(2)))
    assert first == second
    assert len(await world.rows("SELECT 1 FROM reviews WHERE plan_id = :id", id=plan["id"])) == 1


async def test_a_review_and_a_closing_at_once_leave_a_closed_plan(world: World) -> None:
    for _ in range(4):
        plan = await world.plan()
        reviewed, closed = await asyncio.gather(
            world.decide(plan["id"], REVIEW), world.decide(plan["id"], CLOSE, reason="goals_met")
        )
        assert closed.done
        assert reviewed.done or reviewed.why == "The plan is closed."
        reviews = await world.rows("SELECT 1 FROM reviews WHERE plan_id = :id", id=plan["id"])
        assert len(reviews) == reviewed.done


async def test_a_contact_in_the_same_moment_and_a_pause_agree(world: World) -> None:
    """Met before the pause or in it: whoever comes second sees the first, and nothing stands of what was silenced."""
    for _ in range(4):
        person = await world.person()
        plan = await world.plan(await world.case(person=person))
        decided, _ = await asyncio.gather(
            world.decide(plan["id"], HOLD, reason="custody"), world.contact(person, "met")
        )
        assert decided.done
        clocks = await world.rows(
            "SELECT DISTINCT clock FROM plan_steps WHERE plan_id = :id AND outcome = 'planned'", id=plan["id"]
        )
        assert "contact" not in {name for (name,) in clocks}
