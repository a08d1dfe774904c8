"""Casework under attack: the rows that its routes name, and one request that each of its write routes accepts."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from services.casework.needs_assessment.rules import DOMAINS
from services.casework.note import service as decision_notes
from services.casework.plan.models import DecisionNote
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.decisions import REVIEW
from shared.practice.calendar import local_day
from tests.attacks.letters import catching_up, dead_letter, programs
from tests.bad_input import Write
from tests.casework.test_board import report, row
from tests.casework.world import Referral, World

NOBODY = str(uuid4())
Body = dict[str, Any]
Build = Callable[[World], Awaitable[Write]]
WANTED: Body = {"goals": ["a bed"], "actions": [{"what": "ring"}]}
SIGNS: Body = {"role": "supervisor", "refused_role": "worker"}


async def rows(world: World, team: UUID) -> dict[str, str]:
    """One row of each kind in a team, by the names that routes, queries and bodies use for its id."""
    of: dict[str, Any] = {"teams": [team]}
    person = await world.person(team=team)
    await world.hire(f"w-{person}", team=team)
    case = await world.ok("POST", "/cases", {"person_id": str(person), "worker_id": f"w-{person}"}, **of)
    plan = await world.ok("POST", f"/cases/{case['id']}/plan", WANTED, **of)
    goal, action = plan["goals"][0]["id"], plan["actions"][0]["id"]
    grid = {domain: {"score": 2, "sentence": "so"} for domain in DOMAINS}
    await world.ok("POST", f"/cases/{case['id']}/needs-assessments", {"domains": grid}, **of)
    await world.decide(plan["id"], REVIEW)
    review = (await world.ok("GET", f"/reviews?plan_id={plan['id']}", **of))["items"][0]
    referral = Referral(world, person, case["id"], plan["id"], team=team)
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    owed = (await world.ok("GET", "/tasks?kind=ask_worker&limit=100", **of))["items"]
    [task] = [each for each in owed if each["lines"] and each["lines"][0]["referral_id"] == str(referral.id)]
    declined = Referral(world, person, case["id"], plan["id"], team=team)
    await declined.move("send", "sent")
    await declined.move("decline", "declined")
    step = (await world.ok("GET", f"/next-steps?case_id={case['id']}", **of))["items"][0]
    shown = {"team_id": str(team), "case_id": case["id"], "plan_id": plan["id"], "person_id": str(person)}
    await report(world, row(world, row_id=referral.id, agency_id=referral.agency, **shown))
    return {
        **shown,
        "note_id": await note_of(world, plan["id"], team),
        "case_ids": case["id"],
        "day": local_day(clock.now()).isoformat(),
        "goal_id": goal,
        "action_id": action,
        "ids": review["id"],
        "task_id": task["id"],
        "step_id": step["id"],
        "referral_id": str(referral.id),
        "row_id": plan["id"],
        "agency": str(referral.agency),
        "person": str(person),
        "case": case["id"],
    }


async def note_of(world: World, plan: str, team: UUID) -> str:
    """What somebody wrote beside a decision about a plan."""
    async with world.services.work.transaction(Actor("worker-1", Role.WORKER, (team,))) as session:
        await decision_notes.write(session, UUID(plan), team, str(uuid4()), "review", "goes well (synthetic)")
    notes = select(DecisionNote.id).where(DecisionNote.row_id == UUID(plan)).order_by(DecisionNote.id.desc())
    async with world.services.work.transaction(Actor.service("test")) as session:
        return str((await session.scalars(notes)).first())


async def struck_note(world: World) -> Write:
    ours, theirs = await case_of(world, planned=True), await case_of(world, planned=True, theirs=True)
    mine = await note_of(world, ours["plan"]["id"], world.team)
    other = await note_of(world, theirs["plan"]["id"], world.other_team)
    return at("/notes/{note_id}/strike", "note_id", mine, other, {"why": "About somebody else."}, role="supervisor")


async def case_of(world: World, *, closed: bool = False, planned: bool = False, theirs: bool = False) -> Body:
    """A case of one team or the other, with a worker of its own."""
    team = world.other_team if theirs else world.team
    person = await world.person(team=team)
    body = {"person_id": str(person), "worker_id": f"w-{person}"}
    await world.hire(f"w-{person}", team=team)
    case = await world.ok("POST", "/cases", body, teams=[team])
    if planned:
        case["plan"] = await world.ok("POST", f"/cases/{case['id']}/plan", WANTED, teams=[team])
    if closed:
        await world.ok("POST", f"/cases/{case['id']}/close", {"reason": "moved_away"}, role="supervisor", teams=[team])
    return dict(case)


def at(template: str, name: str, ours: str, theirs: str, body: Body | None, **more: Any) -> Write:
    """A request about one thing, and the same about theirs and nobody's."""
    method = more.pop("method", "POST")
    place = template.replace(f"{{{name}}}", "{}")
    return Write(
        method,
        template,
        place.format(ours),
        body,
        foreign=(place.format(theirs), body),
        unknown=(place.format(NOBODY), body),
        **more,
    )


async def opening(world: World) -> Write:
    person, foreign = await world.person(), await world.person(team=world.other_team)
    body = {"person_id": str(person), "worker_id": "w-1", "team_id": str(world.team)}
    await world.hire("w-1")
    return Write(
        "POST",
        "/cases",
        "/cases",
        body,
        makes="case_id",
        foreign=("/cases", {**body, "person_id": str(foreign)}),
        unknown=("/cases", {**body, "person_id": NOBODY}),
    )


def on_a_case(below: str, body: Body, *, closed: bool = False, **more: Any) -> Build:
    async def build(world: World) -> Write:
        ours, theirs = await case_of(world, closed=closed), await case_of(world, theirs=True)
        await world.hire("w-2")
        return at(f"/cases/{{case_id}}{below}", "case_id", ours["id"], theirs["id"], body, **more)

    return build


async def transfer(world: World) -> Write:
    case = await case_of(world)
    await world.hire("w-3")
    body = {"from_worker": case["worker_id"], "to_worker": "w-3", "case_ids": [case["id"]]}
    return Write("POST", "/caseloads/transfer", "/caseloads/transfer", body, **SIGNS)


def on_a_plan(below: str, body: Body | None, **more: Any) -> Build:
    """Plans of their own: what one request did to its plan is not in another's way."""

    async def build(world: World) -> Write:
        ours, theirs = await case_of(world, planned=True), await case_of(world, planned=True, theirs=True)
        plan = ours["plan"]["id"]
        given = dict(more)
        if given.get("method") == "PATCH":
            given["etag"] = (await world.send("GET", f"/plans/{plan}")).headers["ETag"]
        if below == "/reassign":
            await world.hire("w-9")
        if below in ("/resume", "/pause"):
            await world.decide(plan, "hold", reason="away")
        if below == "/reopen":
            await world.decide(plan, "close", reason="moved_away")
        return at(f"/plans/{{plan_id}}{below}", "plan_id", plan, theirs["plan"]["id"], body, **given)

    return build


async def tick(world: World) -> Write:
    ours, theirs = await case_of(world, planned=True), await case_of(world, planned=True, theirs=True)
    path, body = "/plans/{}/actions/{}/done", {"done": True}
    plan, action = ours["plan"]["id"], ours["plan"]["actions"][0]["id"]
    return Write(
        "POST",
        "/plans/{plan_id}/actions/{action_id}/done",
        path.format(plan, action),
        body,
        foreign=(path.format(plan, theirs["plan"]["actions"][0]["id"]), body),
        unknown=(path.format(plan, NOBODY), body),
    )


async def command(world: World) -> Write:
    case = await case_of(world, planned=True)
    mine = case["plan"]["id"]
    theirs = await report(world, row(world, team_id=world.other_team, kind="plan", agency_id=None))
    body = {"command": "hold", "reason": "away", "note": "left"}
    return at("/board/{row_id}/commands", "row_id", mine, str(theirs.row_id), body)


async def sign(world: World) -> Write:
    case, other = await case_of(world, planned=True), await case_of(world, planned=True)
    for each in (case, other):
        await world.decide(each["plan"]["id"], REVIEW)
    ids = [
        (await world.ok("GET", f"/reviews?plan_id={each['plan']['id']}"))["items"][0]["id"] for each in (case, other)
    ]
    return Write("POST", "/reviews/sign", "/reviews/sign", {"ids": ids[:1]}, other={"ids": ids[1:]}, **SIGNS)


def on_a_task(below: str, body: Body | None, **more: Any) -> Build:
    async def build(world: World) -> Write:
        ours, theirs = await rows(world, world.team), await rows(world, world.other_team)
        await world.hire("w-8", "w-9")
        return at(f"/tasks/{{task_id}}{below}", "task_id", ours["task_id"], theirs["task_id"], body, **more)

    return build


async def undone(world: World) -> Write:
    write = await on_a_task("/undone", {"why": "Pressed by mistake."})(world)
    await world.ok("POST", write.path.replace("/undone", "/done"))
    return write


async def next_step(world: World) -> Write:
    ours, theirs = await rows(world, world.team), await rows(world, world.other_team)
    return at("/next-steps/{step_id}/record", "step_id", ours["step_id"], theirs["step_id"], {"what": "ring"})


async def members(world: World) -> Write:
    one, two = ([{"account_id": each, "role": "worker", "teams": [str(world.team)]}] for each in ("w-4", "w-5"))
    path, body = "/members", {"members": one}
    return Write(
        "POST", path, path, body, other={"members": two}, role="system", refused_role="worker", takes_key=False
    )


async def replay(world: World) -> Write:
    return await dead_letter(world)


async def reconcile(world: World) -> Write:
    path = "/operations/reconcile"
    return Write("POST", path, path, None, role="supervisor", refused_role="worker", takes_key=False)


GRID: Body = {domain: {"score": 2, "sentence": "so"} for domain in DOMAINS}
PLAN: Body = {"goals": ["a bed"], "actions": [{"what": "ring"}], "phase": "try_out"}

BUILDS: dict[tuple[str, str], Build] = {
    ("POST", "/cases"): opening,
    ("POST", "/cases/{case_id}/reassign"): on_a_case("/reassign", {"worker_id": "w-2"}),
    ("POST", "/cases/{case_id}/needs-assessments"): on_a_case(
        "/needs-assessments", {"domains": GRID}, other={"at": clock.now().isoformat()}
    ),
    ("POST", "/cases/{case_id}/close"): on_a_case("/close", {"reason": "moved_away"}, **SIGNS),
    ("POST", "/cases/{case_id}/reopen"): on_a_case("/reopen", {"note": "he rang"}, closed=True),
    ("POST", "/cases/{case_id}/plan"): on_a_case("/plan", PLAN, makes="plan_id"),
    ("POST", "/caseloads/transfer"): transfer,
    ("POST", "/members"): members,
    ("PATCH", "/plans/{plan_id}"): on_a_plan("", {"cadence_days": 10}, method="PATCH"),
    ("POST", "/plans/{plan_id}/goals"): on_a_plan("/goals", {"words": "a job"}),
    ("POST", "/plans/{plan_id}/actions"): on_a_plan(
        "/actions", {"what": "write", "whose": "person", "by_when": "2099-01-01"}
    ),
    ("POST", "/plans/{plan_id}/actions/{action_id}/done"): tick,
    ("POST", "/plans/{plan_id}/hold"): on_a_plan("/hold", {"kind": "away", "note": "left"}),
    ("POST", "/plans/{plan_id}/resume"): on_a_plan("/resume", {"note": "he is back"}),
    ("POST", "/plans/{plan_id}/pause"): on_a_plan("/pause", {"until": None, "note": "no date yet"}),
    ("POST", "/plans/{plan_id}/review"): on_a_plan("/review", {"note": "going well"}),
    ("POST", "/plans/{plan_id}/reassign"): on_a_plan("/reassign", {"worker_id": "w-9", "note": "leave"}),
    ("POST", "/plans/{plan_id}/reopen"): on_a_plan("/reopen", {"note": "back in town"}, **SIGNS),
    ("POST", "/plans/{plan_id}/close"): on_a_plan("/close", {"reason": "goals_met", "note": "done"}, **SIGNS),
    ("POST", "/reviews/sign"): sign,
    ("POST", "/tasks/{task_id}/done"): on_a_task("/done", {}),
    ("POST", "/tasks/{task_id}/undone"): undone,
    ("POST", "/tasks/{task_id}/reassign"): on_a_task("/reassign", {"worker_id": "w-9"}, other={"worker_id": "w-8"}),
    ("POST", "/next-steps/{step_id}/record"): next_step,
    ("POST", "/notes/{note_id}/strike"): struck_note,
    ("POST", "/board/{row_id}/commands"): command,
    ("POST", "/operations/reconcile"): reconcile,
    ("POST", "/operations/catch-up"): catching_up,
    ("POST", "/operations/dead-letters/{dead_letter_id}/replay"): replay,
    ("POST", "/programs"): programs,
}
