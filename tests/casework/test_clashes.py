"""Two appointments of one person too near each other, and a task that was ticked off by mistake."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import clock
from shared.decisions import CLOSE
from shared.events import intake
from tests.casework.world import Referral, World

DAY = timedelta(days=1)
Jump = Callable[[timedelta], None]


@pytest.mark.parametrize(("apart", "asked"), [(15, 1), (-110, 1), (130, 0)])
@pytest.mark.parametrize("with_case", [True, False])
async def test_the_worker_is_told_of_both_before_the_person_is(
    world: World, apart: int, asked: int, with_case: bool
) -> None:
    person, other = await world.person(), await world.person()
    if with_case:
        await world.case(person=person)
    first, second, third = Referral(world, person), Referral(world, person), Referral(world, other)
    at = clock.now() + 3 * DAY
    for each, when in ((first, at), (third, at), (second, at + timedelta(minutes=apart))):
        await each.move("send", "sent")
        await each.move("book", "booked", appointment_at=when)
    found = (await world.ok("GET", "/tasks?kind=two_appointments"))["items"]
    assert len(found) == asked
    for task in found:
        assert {line["referral_id"] for line in task["lines"]} == {str(first.id), str(second.id)}
        assert task["for_role"] == ("worker" if with_case else "supervisor") and task["urgent"]
        telling = (await world.ok("GET", "/tasks?kind=inform_person"))["items"]
        assert task["due_at"] <= max(one["due_at"] for one in telling)
        # Moved to another day, it asks no more; moved back, it does.
        await second.move("rebook", "booked", appointment_at=at + DAY)
        assert "two_appointments" not in await world.tasks()
        await first.move("rebook", "booked", appointment_at=at + DAY)
        assert "two_appointments" in await world.tasks()
        await first.move("miss", "accepted", reason="agency_cancelled")
        assert "two_appointments" not in await world.tasks()


async def test_what_was_ticked_off_by_mistake_is_owed_again_by_its_day(world: World, jump: Jump) -> None:
    case = await world.case()
    referral = Referral(world, case_id=case["id"], person=case["person_id"])
    await referral.move("send", "sent")
    await referral.move("book", "booked", appointment_at=clock.now() + DAY)
    await referral.move("miss", "accepted", reason="did_not_come")
    [task] = (await world.ok("GET", "/tasks?kind=ring_after_miss"))["items"]
    path, why = f"/tasks/{task['id']}/undone", {"why": "Pressed for somebody else."}
    assert (await world.refused(409, "POST", path, why))["rule"] == "open"
    await world.ok("POST", f"/tasks/{task['id']}/done")
    assert (await world.refused(409, "POST", path, why, role="clinician"))["rule"] == "not_yours"
    jump(timedelta(minutes=11))
    await world.refused(422, "POST", path, {})
    again = await world.ok("POST", path, why)
    assert (again["status"], again["due_at"], again["closed_by"]) == ("open", task["due_at"], None)
    await world.ok("POST", f"/tasks/{task['id']}/done")
    assert (await world.ok("POST", path, why, role="supervisor"))["status"] == "open"
    [kept] = await world.rows("SELECT count(*) FROM decision_notes WHERE row_id = :id", id=task["id"])
    assert kept[0] == 2


@pytest.mark.parametrize("what", ["died", "said_no", "closed", "answered"])
async def test_what_is_owed_no_more_is_not_opened_again(world: World, what: str) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, case_id=case["id"], person=person)
    await referral.move("send", "sent")
    await referral.move("book", "booked", appointment_at=clock.now() + DAY)
    await referral.move("miss", "accepted", reason="did_not_come")
    kind = "ring_after_miss"
    if what == "answered":
        await referral.escalate(kind := "ask_worker")
    [task] = (await world.ok("GET", f"/tasks?kind={kind}"))["items"]
    await world.ok("POST", f"/tasks/{task['id']}/done")
    facts = {"occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    if what == "died":
        await world.hear(intake.PersonDied(version=world.version(person), **facts))
    elif what == "said_no":
        await world.hear(intake.PersonSaidNo(version=world.version(person), **facts))
    elif what == "closed":
        await referral.move("complete", "completed")
        assert (await world.decide(plan["id"], CLOSE, reason="goals_met")).done
    else:
        await referral.resolve()
    owed = await world.tasks()
    why = {"why": "Pressed for somebody else."}
    assert (await world.refused(409, "POST", f"/tasks/{task['id']}/undone", why))["rule"] == "no_longer_owed"
    assert await world.tasks() == owed


async def test_a_case_that_closes_while_done_is_taken_back_leaves_nothing_owed(world: World) -> None:
    plan = await world.plan(await world.case())
    await world.step(plan["id"], clock.now() + 20 * DAY)
    tasks = (await world.ok("GET", "/tasks"))["items"]
    for each in tasks:
        await world.ok("POST", f"/tasks/{each['id']}/done")
    back = [world.send("POST", f"/tasks/{each['id']}/undone", {"why": "Pressed for somebody else."}) for each in tasks]
    closed, *answers = await asyncio.gather(world.decide(plan["id"], CLOSE, reason="goals_met"), *back)
    assert closed.done and {answer.status_code for answer in answers} <= {200, 409}
    assert await world.tasks() == []
