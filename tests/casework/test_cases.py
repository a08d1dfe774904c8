"""Cases: opening, the ceiling, who has which, closing and opening again."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from shared import clock
from shared.decisions import CLOSE, HOLD
from shared.events import intake
from shared.practice.cadence import CASELOAD_MAXIMUM
from tests.casework.world import Referral, World


async def test_a_case_opens_with_the_worker_who_asks(world: World) -> None:
    person = await world.person()
    case = await world.ok("POST", "/cases", {"person_id": str(person)})
    assert (case["stage"], case["worker_id"]) == ("engaging", "worker-1")
    again = await world.ok("GET", f"/cases/{case['id']}")
    assert again == case
    [opened] = await world.events("casework.case.opened")
    assert opened["worker_id"] == "worker-1" and opened["version"] == 1


async def test_one_open_case_a_person(world: World) -> None:
    person = await world.person()
    answers = await asyncio.gather(*(world.send("POST", "/cases", {"person_id": str(person)}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (await world.refused(409, "POST", "/cases", {"person_id": str(person)}))["rule"] == "already_open"


async def test_somebody_elses_person_and_nobody_look_alike(world: World) -> None:
    foreign = await world.person(team=world.other_team)
    one, two = await asyncio.gather(
        world.send("POST", "/cases", {"person_id": str(foreign)}),
        world.send("POST", "/cases", {"person_id": str(uuid4())}),
    )
    assert one.status_code == two.status_code == 404
    assert {**one.json(), "correlation_id": ""} == {**two.json(), "correlation_id": ""}


async def test_above_the_ceiling_a_person_waits_for_a_worker(world: World) -> None:
    for _ in range(CASELOAD_MAXIMUM):
        assert (await world.case())["stage"] == "engaging"
    waiting = await world.case()
    assert (waiting["stage"], waiting["worker_id"], waiting["wanted_worker_id"]) == ("waiting", None, "worker-1")
    assert waiting["waiting_until"] is not None
    assert await world.tasks(for_role="supervisor") == ["waiting_for_worker"]
    # A plan needs a worker.
    await world.refused(409, "POST", f"/cases/{waiting['id']}/plan", {"goals": ["a bed"]})
    # Nobody but a supervisor may agree to go above it.
    exceed = {"worker_id": "worker-1", "over_ceiling": True}
    path = f"/cases/{waiting['id']}/reassign"
    assert (await world.refused(409, "POST", path, {"worker_id": "worker-1"}))["rule"] == "ceiling"
    await world.refused(403, "POST", path, exceed)
    agreed = await world.ok("POST", path, exceed, role="supervisor")
    assert (agreed["stage"], agreed["worker_id"], agreed["over_ceiling_by"]) == ("engaging", "worker-1", "supervisor-1")
    assert await world.tasks(for_role="supervisor") == []
    [load] = await world.ok("GET", "/caseloads")
    assert load["weight"] == CASELOAD_MAXIMUM + 1 and load["over_ceiling"]


async def test_the_last_place_is_given_once(world: World) -> None:
    for _ in range(CASELOAD_MAXIMUM - 1):
        await world.case()
    people = [await world.person() for _ in range(4)]
    bodies = [{"person_id": str(person), "worker_id": "worker-1"} for person in people]
    answers = await asyncio.gather(*(world.ok("POST", "/cases", body) for body in bodies))
    assert sorted(answer["stage"] for answer in answers) == ["engaging", "waiting", "waiting", "waiting"]


async def test_another_teams_case_is_not_there(world: World) -> None:
    case = await world.case()
    for method, path, body in (
        ("GET", f"/cases/{case['id']}", None),
        ("POST", f"/cases/{case['id']}/reassign", {"worker_id": "x"}),
        ("POST", f"/cases/{case['id']}/reopen", {"note": "x"}),
        ("POST", f"/cases/{case['id']}/plan", {"goals": ["x"]}),
        ("GET", f"/cases/{case['id']}/needs-assessments", None),
    ):
        await world.refused(404, method, path, body, teams=[world.other_team])
    assert (await world.ok("GET", "/cases", teams=[world.other_team]))["items"] == []
    assert await world.ok("GET", "/caseloads", teams=[world.other_team]) == []


async def test_a_person_in_prison_counts_half_also_when_another_worker_takes_the_case(world: World) -> None:
    held = [await world.plan(await world.case(worker="worker-2")) for _ in range(2)]
    for plan in held:
        await world.decide(plan["id"], HOLD, reason="custody")
    free = await world.case(worker="worker-2")
    for _ in range(CASELOAD_MAXIMUM - 1):
        await world.case()
    for plan in held:
        await world.ok("POST", f"/cases/{plan['case_id']}/reassign", {"worker_id": "worker-1"})
    path = f"/cases/{free['id']}/reassign"
    assert (await world.refused(409, "POST", path, {"worker_id": "worker-1"}))["rule"] == "ceiling"


async def test_a_caseload_moves_as_a_whole_and_says_what_could_not(world: World) -> None:
    mine = [await world.case(worker="leaving") for _ in range(3)]
    for _ in range(CASELOAD_MAXIMUM - 2):
        await world.case(worker="staying")
    body = {"from_worker": "leaving", "to_worker": "staying"}
    await world.refused(403, "POST", "/caseloads/transfer", body)
    report = await world.ok("POST", "/caseloads/transfer", body, role="supervisor")
    assert (report["result"], report["moved"], report["not_moved"]) == ("some_moved", 2, 1)
    [left] = [move for move in report["moves"] if not move["moved"]]
    assert "no room" in left["why"]
    assert {move["case_id"] for move in report["moves"]} == {case["id"] for case in mine}
    body = {**body, "over_ceiling": True, "case_ids": [left["case_id"], str(uuid4())]}
    report = await world.ok("POST", "/caseloads/transfer", body, role="supervisor")
    assert (report["result"], report["moved"], report["not_moved"]) == ("some_moved", 1, 1)


async def test_reopening_needs_a_closed_case_and_a_note(world: World) -> None:
    case = await world.case()
    path = f"/cases/{case['id']}"
    await world.refused(409, "POST", f"{path}/reopen", {"note": "he rang"})
    await world.refused(403, "POST", f"{path}/close", {"reason": "moved_away"})
    closed = await world.ok("POST", f"{path}/close", {"reason": "moved_away"}, role="supervisor")
    assert (closed["stage"], closed["closing_reason"]) == ("closed", "moved_away")
    reopened = await world.ok("POST", f"{path}/reopen", {"note": "he rang"})
    assert (reopened["stage"], reopened["worker_id"]) == ("engaging", "worker-1")
    [(note,)] = await world.rows("SELECT note_sealed FROM case_notes")
    assert b"he rang" not in bytes(note)


async def test_a_repeated_request_has_one_effect(world: World) -> None:
    person = await world.person()
    first = await world.send("POST", "/cases", {"person_id": str(person)}, key="k")
    again = await world.send("POST", "/cases", {"person_id": str(person)}, key="k")
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert UUID(first.json()["id"]) and len(await world.events("casework.case.opened")) == 1


async def test_needs_are_sealed_and_may_be_left_out(world: World) -> None:
    from services.casework.needs_assessment.rules import DOMAINS

    case = await world.case()
    path = f"/cases/{case['id']}/needs-assessments"
    grid = {domain: {"score": 3, "sentence": f"about {domain}"} for domain in DOMAINS}
    made = await world.ok("POST", path, {"domains": grid})
    assert made["domains"]["alcohol"] == {"score": 3, "sentence": "about alcohol"}
    assert (await world.ok("GET", path))["items"] == [made]
    partly = await world.ok("POST", path, {"domains": {"alcohol": {"score": 4}}})
    assert partly["domains"] == {"alcohol": {"score": 4, "sentence": None}}
    problem = await world.refused(422, "POST", path, {"domains": {}})
    assert problem["errors"][0]["field"] == "domains"
    await world.refused(422, "POST", path, {"domains": {**grid, "alcohol": {"score": 6}}})
    kept = await world.rows("SELECT domains_sealed FROM needs_assessments")
    assert len(kept) == 2 and not any(b"alcohol" in bytes(sealed) for (sealed,) in kept)


async def test_a_case_is_not_closed_over_open_referrals(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    answer = await world.decide(plan["id"], CLOSE, reason="goals_met")
    assert not answer.done and "still open" in answer.why
    await referral.move("withdraw", "withdrawn", reason="ours")
    assert (await world.decide(plan["id"], CLOSE, reason="goals_met")).done


async def test_who_comes_back_to_no_worker_waits_anew(world: World, jump: Callable[[timedelta], None]) -> None:
    person = await world.person()
    for _ in range(CASELOAD_MAXIMUM):
        await world.case()
    case = await world.case(person=person)
    no = {"version": 2, "occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonSaidNo(**no))
    assert await world.tasks() == []
    jump(timedelta(days=30))
    back = {"version": 3, "occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonCameBack(**back))
    again = await world.ok("GET", f"/cases/{case['id']}")
    assert (again["stage"], await world.tasks(for_role="supervisor")) == ("waiting", ["waiting_for_worker"])
    [(due,)] = await world.rows("SELECT due_at FROM tasks WHERE status = 'open'")
    assert datetime.fromisoformat(again["waiting_until"]) == due > clock.now()
