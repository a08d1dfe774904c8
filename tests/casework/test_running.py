"""Plans with their workflows on the real engine: decisions over HTTP, time going by, mending, the schedule."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client as Temporal
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from services.casework.operations import schedule
from shared import asking, clock
from shared.decisions import DECIDE_REFERRAL, DecisionAnswer, DecisionRequest
from shared.http.problems import NOTHING_DONE, OUTCOME_UNKNOWN
from shared.supervise import restarting
from tests.casework.test_board import report, row
from tests.casework.world import Referral, World, until
from workflows.contracts import plan_workflow_id

Jump = Callable[[timedelta], None]


async def shown(world: World, plan: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """The plan's board row, as soon as it shows this."""

    async def look() -> Any:
        items = (await world.ok("GET", f"/board?case={plan['case_id']}"))["items"]
        return next((item for item in items if all(item[name] == value for name, value in wanted.items())), None)

    return dict(await until(look))


async def started(running: World, plan: dict[str, Any]) -> WorkflowHandle[Any, Any]:
    """Its workflow, once it runs: the plan is on the board before."""
    assert running.services.temporal is not None
    handle = running.services.temporal.get_workflow_handle(plan_workflow_id(plan["id"]))

    async def look() -> bool:
        try:
            return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError as error:
            assert error.status is RPCStatusCode.NOT_FOUND
            return False

    await until(look)
    return handle


async def travel(running: World, jump: Jump, plan: dict[str, Any], days: int) -> None:
    """Time goes by for everybody: the workflow first, then the clock of care."""
    handle = await started(running, plan)
    async with asyncio.timeout(30):
        await TimeSkipper(running.services.temporal).fast_forward(handle, timedelta(days=days))  # type: ignore[arg-type]
    jump(timedelta(days=days))


async def test_a_plan_runs_and_climbs_by_itself(running: World, jump: Jump) -> None:
    person = await running.person()
    plan = await running.plan(await running.case(person=person))
    row = await shown(running, plan, stage="planned")
    assert row["worker_id"] == "worker-1" and row["next_at"] is not None and row["kind"] == "plan"
    await travel(running, jump, plan, 15)
    await shown(running, plan, level=1)
    assert "not_seen" in await running.tasks()
    await running.contact(person, "met")
    row = await shown(running, plan, level=0)
    assert datetime.fromisoformat(row["next_at"]) > clock.now()
    assert (row["last_human"]["what"], row["last_human"]["by"]) == ("met", "worker-1")


async def test_decisions_answer_at_once(running: World) -> None:
    plan = await running.plan()
    await shown(running, plan, stage="planned")
    path = f"/plans/{plan['id']}"
    until_day = (clock.now() + timedelta(days=10)).isoformat()
    body = {"kind": "hospital", "until": until_day, "note": "ward 7"}
    held = await running.ok("POST", f"{path}/hold", body, key="h")
    assert held["done"] and held["plan"]["stage"] == "held" and held["plan"]["hold"]["kind"] == "hospital"
    assert held == await running.ok("POST", f"{path}/hold", body, key="h")
    row = await shown(running, plan, stage="on_hold")
    assert row["paused_until"] is not None
    refused = await running.refused(409, "POST", f"{path}/hold", {"kind": "away"})
    assert refused["detail"] == "It is paused already."
    [(note,)] = await running.rows("SELECT note_sealed FROM decision_notes")
    assert b"ward" not in bytes(note)
    resumed = await running.ok("POST", f"/board/{plan['id']}/commands", {"command": "resume"})
    assert resumed["done"] and resumed["stage"] == "planned"
    reviewed = await running.ok("POST", f"{path}/review", {"note": "going well"}, role="supervisor")
    assert reviewed["done"]
    [review] = (await running.ok("GET", f"/reviews?plan_id={plan['id']}"))["items"]
    assert review["signed_by"] == "supervisor-1"
    moved = await running.ok("POST", f"{path}/reassign", {"worker_id": "worker-2"})
    assert moved["plan"]["worker_id"] == "worker-2"
    await running.refused(403, "POST", f"{path}/close", {"reason": "goals_met"})
    await running.refused(403, "POST", f"/board/{plan['id']}/commands", {"command": "close", "reason": "goals_met"})
    closed = await running.ok("POST", f"{path}/close", {"reason": "goals_met"}, role="supervisor", key="c")
    assert closed["plan"]["stage"] == "closed" and closed["plan"]["case_stage"] == "closed"
    assert closed == await running.ok("POST", f"{path}/close", {"reason": "goals_met"}, role="supervisor", key="c")

    async def gone() -> bool:
        return not (await running.ok("GET", f"/board?case={plan['case_id']}"))["items"]

    await until(gone)
    await running.refused(409, "POST", f"{path}/hold", {"kind": "away"})
    await running.refused(409, "POST", f"/board/{plan['id']}/commands", {"command": "review"})


async def test_commands_that_do_not_fit(running: World) -> None:
    plan = await running.plan()
    await shown(running, plan, stage="planned")
    path = f"/board/{plan['id']}/commands"
    refused = await running.refused(409, "POST", path, {"command": "extend", "working_days": 3})
    assert refused["legal"] == ["hold", "resume", "review", "close", "retry"]
    for body, field in (
        ({"command": "hold"}, "reason"),
        ({"command": "hold", "reason": "goals_met"}, "reason"),
        ({"command": "hold", "reason": "away", "until": "2001-01-01T00:00:00Z"}, "until"),
        ({"command": "review", "working_days": 3}, "working_days"),
    ):
        problem = await running.refused(422, "POST", path, body)
        assert problem["errors"][0]["field"] == field
    refused = await running.refused(409, "POST", path, {"command": "retry"})
    assert "nothing to try again" in refused["detail"]


async def test_a_plan_without_a_workflow_gets_one(running: World) -> None:
    plan = await running.plan()
    await (await started(running, plan)).terminate()
    await running.refused(403, "POST", "/operations/reconcile")
    mended = await running.ok("POST", "/operations/reconcile", role="supervisor")
    assert mended["restarted"] == [plan_workflow_id(plan["id"])] and mended["checked"] == 1
    assert (await running.ok("POST", "/operations/reconcile", role="admin", teams=[]))["restarted"] == []
    held = await running.ok("POST", f"/plans/{plan['id']}/hold", {"kind": "away"})
    assert held["done"]
    await shown(running, plan, stage="on_hold")


async def test_withdrawn_while_the_answer_was_lost_is_told_and_its_note_kept(running: World) -> None:
    referral = Referral(running, await running.person())
    await report(running, row(running, row_id=referral.id, person_id=referral.person))
    asked, go_on, decided = asyncio.Event(), asyncio.Event(), list[DecisionRequest]()

    async def withdraw(request: DecisionRequest) -> DecisionAnswer:
        """What the service of referrals answers: the same to the same, once it is done."""
        decided.append(request)
        asked.set()
        await go_on.wait()
        if request.decision_id != decided[0].decision_id:
            return DecisionAnswer(False, "it ended meanwhile: it is withdrawn")
        return DecisionAnswer(True, "withdrawn", "withdrawn")

    path = f"/board/{referral.id}/commands"
    body = {"command": "withdraw", "reason": "ours", "note": "he has found something better"}
    nats = running.services.nats
    assert nats is not None
    async with asking.answering(nats, DECIDE_REFERRAL, "referrals", DecisionRequest, withdraw):
        lost = asyncio.create_task(running.send("POST", path, body, key="w"))
        await asked.wait()
        lost.cancel()
        await asyncio.wait([lost])
        assert await running.rows("SELECT 1 FROM decision_notes") == []
        go_on.set()
        told = await running.ok("POST", path, body, key="w")
        assert (told["done"], told["why"], told["stage"]) == (True, "withdrawn", "withdrawn")
        assert told == await running.ok("POST", path, body, key="w")
        assert [row[0] for row in await running.rows("SELECT decision_id FROM decision_notes")] == [
            decided[0].decision_id
        ]
        assert {each.decision_id for each in decided} == {decided[0].decision_id}
        assert (decided[0].by, decided[0].team_id) == ("worker-1", str(running.team))
        refused = await running.refused(409, "POST", path, body, key="another")
        assert (refused["rule"], refused["detail"]) == ("not_done", "it ended meanwhile: it is withdrawn")


async def test_a_referrals_command_without_its_owner_says_what_became_of_it(running: World) -> None:
    referral = await report(running, row(running))
    path, body = f"/board/{referral.row_id}/commands", {"command": "escalate_now"}
    # Nobody listens: it was not decided, and is not decided later.
    refused = await running.refused(503, "POST", path, body)
    assert refused["detail"] == OUTCOME_UNKNOWN
    running.services.nats = None
    assert (await running.refused(503, "POST", path, body))["detail"] == NOTHING_DONE


async def test_the_sweep_is_scheduled_once(running: World, temporal_client: Temporal) -> None:
    await schedule.ensure(temporal_client)
    await schedule.ensure(temporal_client)
    handle = temporal_client.get_schedule_handle(schedule.SCHEDULE_ID)
    await handle.trigger()

    async def ran() -> bool:
        actions = (await handle.describe()).info.recent_actions
        if not actions:
            return False
        started = actions[-1].action
        assert isinstance(started, ScheduleActionExecutionStartWorkflow)
        swept = temporal_client.get_workflow_handle(started.workflow_id, result_type=int)
        async with asyncio.timeout(10):
            return await swept.result() == 0

    await until(ran)
    await handle.delete()


async def test_the_sweep_follows_practice_time(running: World, jump: Jump, temporal_client: Temporal) -> None:
    """A next step whose day has passed is raised right after the leap, not real minutes later."""
    person = await running.person()
    referral = Referral(running, person, (await running.case(person=person))["id"])
    await referral.move("send", "sent")
    await referral.move("decline", "declined")

    async def swept() -> list[str]:
        return [each for each in await running.tasks() if each == "overdue"]

    async with restarting("sweeps", lambda: schedule.sweep_after_leaps(running.services)):
        for days in (40, 40):  # the second finds nothing left to raise
            jump(timedelta(days=days))
            await until(swept)
    assert await swept() == ["overdue"]
    await temporal_client.get_schedule_handle(schedule.SCHEDULE_ID).delete()
