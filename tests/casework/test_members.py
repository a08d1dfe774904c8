"""Only colleagues are given something, and who has left keeps nothing."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.events.referrals import ReferralDrafted
from tests.casework.world import Json, Referral, World


async def leaves(world: World, account: str, **now: Any) -> Json:
    """The account is closed, or stands as `now` says."""
    state = {"account_id": account, "role": "worker", "teams": [str(world.team)], "closed": not now, **now}
    return dict(await world.ok("POST", "/members", {"members": [state]}, role="system"))


async def asked_about(world: World, referral: Referral) -> Json:
    """The task to ring about a referral."""
    found = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    [task] = [each for each in found if each["agency_id"] == str(referral.agency)]
    return dict(task)


async def ways(world: World, to: str) -> list[tuple[str, Json]]:
    """Every request that gives something to a name."""
    person, case = await world.person(), await world.case()
    referral = Referral(world, UUID(case["person_id"]), case["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    task = await asked_about(world, referral)
    return [
        ("/cases", {"person_id": str(person), "worker_id": to}),
        (f"/cases/{case['id']}/reassign", {"worker_id": to}),
        ("/caseloads/transfer", {"from_worker": "worker-1", "to_worker": to}),
        (f"/tasks/{task['id']}/reassign", {"worker_id": to}),
    ]


async def test_nothing_is_given_to_a_name_that_is_no_colleague(world: World) -> None:
    """Somebody of another team, and somebody who never was, are refused alike; nothing of it is kept."""
    await world.hire("worker-of-theirs", team=world.other_team)
    await world.hire("counts-only", role="commissioner")
    await leaves(world, "worker-3")
    refused = {
        "worker-of-theirs": "not_a_colleague",
        "nobody-at-all": "not_a_colleague",
        "counts-only": "role",
        "worker-3": "has_left",
    }
    for to, rule in refused.items():
        for path, body in await ways(world, to):
            problem = await world.refused(422, "POST", path, body, role="supervisor")
            field = "to_worker" if "transfer" in path else "worker_id"
            assert [(each["field"], each["rule"]) for each in problem["errors"]] == [(field, rule)], path
            assert to not in str(problem)
    assert await world.rows("SELECT 1 FROM cases WHERE worker_id <> 'worker-1'") == []
    assert await world.tasks(worker_id="worker-1") == ["ask_worker"] * len(refused)
    for path, body in reversed(await ways(world, "worker-2")):
        await world.ok("POST", path, body, role="supervisor")


async def test_a_plan_is_not_given_to_somebody_who_has_left(world: World) -> None:
    plan = await world.plan()
    await leaves(world, "worker-2")
    problem = await world.refused(422, "POST", f"/plans/{plan['id']}/reassign", {"worker_id": "worker-2"})
    assert problem["errors"][0]["field"] == "worker_id"
    assert "has left the team" in problem["errors"][0]["message"]
    assert (await world.ok("GET", f"/plans/{plan['id']}"))["worker_id"] == "worker-1"


async def test_a_token_proves_membership(world: World) -> None:
    """Without anybody who states accounts, whoever calls is known from then on, in the teams of their token alone."""
    person, other = await world.person(), await world.person(team=world.other_team)
    body = {"person_id": str(person), "worker_id": "fresh"}
    await world.refused(422, "POST", "/cases", body, role="system")
    await world.ok("GET", "/tasks", sub="fresh")
    await world.ok("POST", "/cases", body, role="system")
    theirs = {"person_id": str(other), "worker_id": "fresh"}
    await world.refused(422, "POST", "/cases", theirs, role="system", teams=[world.other_team])
    assert (await world.ok("POST", "/cases", {"person_id": str(await world.person())}, sub="newer"))["worker_id"]


async def test_a_token_older_than_a_leaving_brings_nobody_back(world: World) -> None:
    await leaves(world, "worker-2")
    await world.ok("GET", "/tasks", sub="worker-2")
    person = str(await world.person())
    await world.refused(422, "POST", "/cases", {"person_id": person, "worker_id": "worker-2"}, role="system")
    await world.refused(422, "POST", "/cases", {"person_id": person}, sub="worker-2")
    await world.hire("worker-2")
    await world.ok("POST", "/cases", {"person_id": person, "worker_id": "worker-2"}, role="system")


@pytest.mark.parametrize(
    "now",
    [{"closed": True}, {"teams": []}, {"role": "commissioner"}, {"role": "clinician"}],
    ids=["closed", "another team", "decides nothing", "has no cases"],
)
async def test_who_leaves_keeps_no_case(world: World, now: Json) -> None:
    """Each open case waits for a worker, with its tasks on the supervisors' list; a new worker gets all of it."""
    case = await world.case()
    plan = await world.plan(case)
    referral = Referral(world, UUID(case["person_id"]), case["id"], plan["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    stays = await world.case(worker="worker-2")
    assert (await leaves(world, "worker-1", **now))["cases_released"] == 1
    assert (await leaves(world, "worker-1", **now))["cases_released"] == 0, "stated again, it changes nothing"
    found = await world.ok("GET", f"/cases/{case['id']}")
    assert (found["stage"], found["worker_id"], found["plan_open"]) == ("waiting", None, True)
    assert [each["id"] for each in (await world.ok("GET", "/cases?without_worker=true"))["items"]] == [case["id"]]
    assert await world.tasks(worker_id="worker-1") == []
    assert await world.tasks(for_role="supervisor") == ["ask_worker", "waiting_for_worker"]
    assert (await world.ok("GET", f"/cases/{stays['id']}"))["worker_id"] == "worker-2"
    assert (await world.events("casework.case.reassigned"))[-1]["worker_id"] is None
    # What comes up meanwhile goes to the supervisors as well.
    await referral.escalate("offer_alternative")
    assert await world.tasks(kind="offer_alternative", for_role="supervisor") == ["offer_alternative"]
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-3"})
    assert await world.tasks(worker_id="worker-3") == ["ask_worker", "case_given", "offer_alternative"]
    assert await world.tasks(kind="waiting_for_worker") == []
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "planned"


async def test_a_paused_case_of_who_leaves_is_seen_too(world: World) -> None:
    """Nobody would see its release day otherwise: the pause goes on, and a worker is asked for at once."""
    plan = await world.plan()
    await world.decide(plan["id"], "hold", reason="custody")
    await leaves(world, "worker-1")
    case = await world.ok("GET", f"/cases/{plan['case_id']}")
    assert (case["stage"], case["worker_id"]) == ("on_hold", None)
    assert "waiting_for_worker" in await world.tasks(for_role="supervisor")
    assert [each["id"] for each in (await world.ok("GET", "/cases?without_worker=true"))["items"]] == [case["id"]]
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(kind="waiting_for_worker") == []
    await world.decide(plan["id"], "resume")
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "planned"


async def test_nothing_new_waits_for_who_has_left(world: World) -> None:
    """What was written, given or done by them: an answer to their referral, a task of theirs opened again."""
    alone = Referral(world, await world.person())
    await world.hear(ReferralDrafted(**alone.facts(), author="worker-1"))
    case = await world.case(worker="worker-2")
    referral = Referral(world, UUID(case["person_id"]), case["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    task = await asked_about(world, referral)
    await world.ok("POST", f"/tasks/{task['id']}/reassign", {"worker_id": "worker-1"})
    assert (await leaves(world, "worker-1"))["tasks_released"] == 1
    assert await world.tasks(for_role="supervisor") == ["ask_worker"]
    await world.ok("POST", f"/tasks/{task['id']}/reassign", {"worker_id": "worker-3"})
    await world.ok("POST", f"/tasks/{task['id']}/done", {}, sub="worker-3")
    await leaves(world, "worker-3")
    await world.ok("POST", f"/tasks/{task['id']}/undone", {"why": "by mistake"}, role="supervisor")
    await alone.move("send", "sent")
    await alone.escalate("ask_worker")
    assert await world.tasks(worker_id="worker-1") == await world.tasks(worker_id="worker-3") == []
    assert await world.tasks(for_role="supervisor") == ["ask_worker", "ask_worker"]


async def test_a_closed_case_is_not_reopened_with_who_has_left(world: World) -> None:
    case = await world.case()
    await world.ok("POST", f"/cases/{case['id']}/close", {"reason": "moved_away"}, role="supervisor")
    await leaves(world, "worker-1")
    again = await world.ok("POST", f"/cases/{case['id']}/reopen", {"note": "back in town"})
    assert (again["stage"], again["worker_id"]) == ("waiting", None)
    assert await world.tasks(for_role="supervisor") == ["waiting_for_worker"]


async def test_a_leaving_touches_no_other_team(world: World) -> None:
    """The same account in another team keeps what it has there, and nobody states anything of a team not theirs."""
    await world.hire("worker-1", team=world.other_team)
    person = await world.person(team=world.other_team)
    theirs = await world.case(person=person, teams=[world.other_team])
    await world.case()
    await leaves(world, "worker-1")
    kept = await world.ok("GET", f"/cases/{theirs['id']}", teams=[world.other_team])
    assert kept["worker_id"] == "worker-1"
    await world.hire("worker-1")
    foreign = {"account_id": "worker-1", "role": "worker", "teams": [str(world.other_team)]}
    await world.refused(404, "POST", "/members", {"members": [foreign]}, role="system")


async def test_given_and_leaving_at_once_leave_nobody_in_the_dark(world: World) -> None:
    """Whichever comes first: the case is refused, or it waits for a worker."""
    people = [await world.person() for _ in range(8)]
    bodies = [{"person_id": str(person), "worker_id": "worker-2"} for person in people]
    # Each a caller of its own: one alone may wait for five people at once.
    given = [
        world.send("POST", "/cases", body, role="system", sub=f"program-{place}") for place, body in enumerate(bodies)
    ]
    given.insert(4, world.send("POST", "/members", {"members": [
        {"account_id": "worker-2", "role": "worker", "teams": [], "closed": True}]}, role="system"))  # fmt: skip
    answers = await asyncio.gather(*given)
    assert {answer.status_code for answer in answers} <= {200, 201, 422}
    assert await world.rows("SELECT 1 FROM cases WHERE worker_id = 'worker-2'") == []
    waiting = await world.rows("SELECT 1 FROM cases WHERE worker_id IS NULL")
    assert len(waiting) == sum(answer.status_code == 201 for answer in answers)
