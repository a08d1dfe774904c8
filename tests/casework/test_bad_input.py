"""Bad input on every write: refused with the right status, named, never echoed, nothing written."""

from typing import Any
from uuid import uuid4

import pytest

from services.casework.needs_assessment.rules import DOMAINS
from shared import clock
from tests import bad_input
from tests.bad_input import Write
from tests.casework.test_board import report, row
from tests.casework.world import Referral, World, until

Json = dict[str, Any]


async def test_cases(world: World) -> None:
    client = world.bad_input()
    person, foreign = await world.person(), await world.person(team=world.other_team)
    body = {"person_id": str(person), "worker_id": "w-1", "team_id": str(world.team)}
    opening = Write(
        "POST",
        "/cases",
        "/cases",
        body,
        foreign=("/cases", {**body, "person_id": str(foreign)}),
        unknown=("/cases", {**body, "person_id": str(uuid4())}),
    )
    case = (await bad_input.check(client, opening)).json()
    await world.refused(404, "POST", "/cases", {**body, "team_id": str(world.other_team)})
    foreign_case = await world.ok("POST", "/cases", {"person_id": str(foreign)}, teams=[world.other_team])

    async def check(what: str, given: Json, **more: Any) -> Json:
        template, of = f"/cases/{{case_id}}{what}", "/cases/{}" + what
        write = Write(
            "POST",
            template,
            of.format(case["id"]),
            given,
            foreign=(of.format(foreign_case["id"]), given),
            unknown=(of.format(uuid4()), given),
            **more,
        )
        return dict((await bad_input.check(client, write)).json())

    await check("/reassign", {"worker_id": "w-2"})
    grid = {domain: {"score": 2, "sentence": "so"} for domain in DOMAINS}
    await check("/needs-assessments", {"domains": grid}, other={"at": clock.now().isoformat()})
    await check("/close", {"reason": "moved_away"}, role="supervisor", refused_role="worker")
    await check("/reopen", {"note": "he rang"})
    plan = await check("/plan", {"goals": ["a bed"], "actions": [{"what": "ring"}], "phase": "try_out"})
    assert plan["goals"][0]["words"] == "a bed"
    move = {"from_worker": "w-2", "to_worker": "w-3"}
    transfer = Write(
        "POST", "/caseloads/transfer", "/caseloads/transfer", move, role="supervisor", refused_role="worker"
    )
    await bad_input.check(client, transfer)


async def test_plans(world: World) -> None:
    client = world.bad_input()
    plan = await world.plan()
    foreign = await world.person(team=world.other_team)
    theirs = await world.ok("POST", "/cases", {"person_id": str(foreign)}, teams=[world.other_team])
    other = await world.ok("POST", f"/cases/{theirs['id']}/plan", {"goals": ["x"]}, teams=[world.other_team])
    for what, given, more in (
        ("/goals", {"words": "a job"}, {}),
        ("/actions", {"what": "write", "whose": "his", "by_when": "2030-01-01"}, {}),
        ("", {"cadence_days": 10}, {"method": "PATCH", "etag": '"3"'}),
    ):
        of = "/plans/{}" + what
        write = Write(
            **{"method": "POST", **more},
            template=f"/plans/{{plan_id}}{what}",
            path=of.format(plan["id"]),
            body=given,
            foreign=(of.format(other["id"]), given),
            unknown=(of.format(uuid4()), given),
        )
        await bad_input.check(client, write)


async def test_decisions(running: World) -> None:
    client = running.bad_input()

    async def decided() -> object:
        # Board rows and marks in the outbox are written by others meanwhile; what was decided is not.
        return [
            await running.rows(f"SELECT md5(coalesce(string_agg(x::text, '' ORDER BY id), '')) FROM {table} x")
            for table in ("cases", "plans", "plan_steps", "plan_decisions", "decision_notes", "holds", "tasks")
        ]

    client.snapshot = decided
    plan = await running.plan()

    async def there() -> Any:
        return (await running.ok("GET", "/board"))["items"]

    await until(there)
    elsewhere = await report(running, row(running, team_id=str(running.other_team), kind="plan"))
    held = {"kind": "away", "until": "2200-01-01T09:00:00Z", "note": "left"}
    for what, given, more in (
        ("/reassign", {"worker_id": "w-9", "note": "leave"}, {}),
        ("/close", {"reason": "goals_met", "note": "done"}, {"role": "supervisor", "refused_role": "worker"}),
    ):
        of = "/plans/{}" + what
        write = Write(
            "POST",
            f"/plans/{{plan_id}}{what}",
            of.format(plan["id"]),
            given,
            foreign=(of.format(elsewhere.id), given),
            unknown=(of.format(uuid4()), given),
            **more,
        )
        if what == "/close":
            command = {"command": "hold", "reason": "away", "note": "left"}
            of_row = "/board/{}/commands"
            stepping_in = Write(
                "POST",
                "/board/{row_id}/commands",
                of_row.format(plan["id"]),
                command,
                foreign=(of_row.format(elsewhere.id), command),
                unknown=(of_row.format(uuid4()), command),
            )
            await bad_input.check(client, stepping_in)
            problem = await running.refused(422, "POST", f"/plans/{plan['id']}/hold", held)
            assert problem["errors"][0]["field"] == "until"
        await bad_input.check(client, write)


async def test_tasks_and_next_steps(world: World) -> None:
    client = world.bad_input()
    person = await world.person()
    referral = Referral(world, person, (await world.case(person=person))["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    of, given = "/tasks/{}/reassign", {"worker_id": "w-9"}
    unknown = (of.format(uuid4()), given)
    path, other = of.format(task["id"]), {"worker_id": "w-8"}
    await bad_input.check(client, Write("POST", "/tasks/{task_id}/reassign", path, given, unknown=unknown, other=other))
    await referral.move("decline", "declined")
    [step] = (await world.ok("GET", "/next-steps"))["items"]
    of, given = "/next-steps/{}/record", {"what": "ring"}
    unknown = (of.format(uuid4()), given)
    await bad_input.check(
        client, Write("POST", "/next-steps/{step_id}/record", of.format(step["id"]), given, unknown=unknown)
    )


@pytest.mark.parametrize("what", ["review", "resume"])
async def test_a_note_beside_a_decision_is_optional(running: World, what: str) -> None:
    plan = await running.plan()

    async def there() -> Any:
        return (await running.ok("GET", "/board"))["items"]

    await until(there)
    path = f"/plans/{plan['id']}/{what}"
    if what == "resume":
        await running.ok("POST", f"/plans/{plan['id']}/hold", {"kind": "away"})
    await running.refused(422, "POST", path, {"note": "x" * 4001})
    await running.refused(422, "POST", path, {"note": "a\u0000b"})
    await running.refused(404, "POST", path, teams=[running.other_team])
    await running.ok("POST", path)


async def test_whole_days_ahead_only(world: World) -> None:
    plan = await world.plan()
    world.services.temporal = object()  # type: ignore[assignment]  # never reached
    for until_at in ("2001-01-01T00:00:00Z", "tomorrow", "2030-01-01T00:00:00", 5):
        await world.refused(422, "POST", f"/plans/{plan['id']}/hold", {"kind": "away", "until": until_at})
