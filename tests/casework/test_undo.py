"""Undo of what was ticked off: only the same is asked again already, and what was settled meanwhile stays so."""

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.decisions import HOLD, RESUME
from shared.events import intake, referrals
from shared.ids import new_id
from tests.casework.world import Referral, World
from tests.world import Json

DAY = timedelta(days=1)


async def sent(world: World, **about: Any) -> Referral:
    case = await world.case()
    referral = Referral(world, case["person_id"], case["id"], **about)
    await referral.move("send", "sent")
    return referral


async def owed(world: World, kind: str = "offer_alternative") -> dict[str, set[str]]:
    """The referrals that are asked about, by the id of their open task."""
    found = (await world.ok("GET", f"/tasks?kind={kind}"))["items"]
    return {task["id"]: {line["referral_id"] for line in task["lines"] if line["open"]} for task in found}


async def undone(world: World, task: str, referral: Referral | None = None) -> Json:
    body = {"why": "Pressed for somebody else (synthetic).", **({"referral_id": str(referral.id)} if referral else {})}
    return dict(await world.ok("POST", f"/tasks/{task}/undone", body))


async def refused(world: World, task: str, referral: Referral | None = None) -> str:
    body = {"why": "Pressed for somebody else (synthetic).", **({"referral_id": str(referral.id)} if referral else {})}
    return str((await world.refused(409, "POST", f"/tasks/{task}/undone", body))["rule"])


@pytest.mark.parametrize("by_line", [True, False])
async def test_another_referral_that_is_asked_about_meanwhile_is_not_the_same(world: World, by_line: bool) -> None:
    agency = new_id()
    one, two = await sent(world, agency=agency), await sent(world, agency=agency)
    await one.escalate("offer_alternative")
    [first] = await owed(world)
    part = {"referral_id": str(one.id)} if by_line else None
    assert (await world.ok("POST", f"/tasks/{first}/done", part))["status"] == "done"
    await two.escalate("offer_alternative")
    [second] = await owed(world)
    answer = await undone(world, first, one if by_line else None)
    assert (answer["id"], answer["status"]) == (second, "open")
    assert await owed(world) == {second: {str(one.id), str(two.id)}}
    # Now it is asked already: a second press finds nothing to undo.
    if by_line:
        await world.refused(404, "POST", f"/tasks/{first}/undone", {"referral_id": str(one.id)})
    else:
        assert await refused(world, first) == "no_longer_owed", "nothing is left on it"
    assert await owed(world) == {second: {str(one.id), str(two.id)}}


async def test_the_same_referral_that_is_asked_about_again_is_the_same(world: World) -> None:
    one = await sent(world)
    await one.escalate("offer_alternative")
    [first] = await owed(world)
    await world.ok("POST", f"/tasks/{first}/done")
    await one.escalate("offer_alternative")
    before = await owed(world)
    assert await refused(world, first) == "asked_again"
    assert await owed(world) == before


async def test_a_miss_at_one_service_and_a_miss_at_another_are_two_things(world: World) -> None:
    case = await world.case()
    one, two = (Referral(world, case["person_id"], case["id"]) for _ in range(2))
    for each in (one, two):
        await each.move("send", "sent")
        await each.move("book", "booked", appointment_at=clock.now() + DAY)
    await one.move("miss", "accepted", reason="did_not_come")
    [task] = (await world.ok("GET", "/tasks?kind=ring_after_miss"))["items"]
    await world.ok("POST", f"/tasks/{task['id']}/done")
    await two.move("miss", "accepted", reason="did_not_come")
    after = await world.tasks()
    assert "ring_after_miss" not in after
    assert (await undone(world, task["id"]))["status"] == "open"
    assert await world.tasks() == sorted([*after, "ring_after_miss"])
    # Done and undone again it finds its place, and coming to that service ends it.
    await world.ok("POST", f"/tasks/{task['id']}/done")
    assert (await undone(world, task["id"]))["id"] == task["id"]
    await one.move("book", "booked", appointment_at=clock.now() + DAY)
    await one.move("attend", "attended")
    assert "ring_after_miss" not in await world.tasks()


@pytest.mark.parametrize("what", ["answered", "called", "withdrawn", "died", "said_no"])
@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_line_that_was_settled_meanwhile_is_not_put_back(world: World, what: str, goes_on: bool) -> None:
    """Whether the task goes on for another referral, or was done with this one."""
    agency = new_id()
    one = await sent(world, agency=agency)
    other = await sent(world, agency=agency) if goes_on else None
    for each in (one, other):
        if each is not None:
            await each.escalate("ask_worker")
    [task] = await owed(world, "ask_worker")
    await world.ok("POST", f"/tasks/{task}/done", {"referral_id": str(one.id)})
    facts = {"occurred_at": clock.now(), "person_id": one.person, "team_id": world.team}
    if what == "answered":
        await one.resolve()
    elif what == "called":
        await world.hear(referrals.ReferralDecided(**one.facts(), decision="call_spoke", by="worker-1"))
    elif what == "withdrawn":
        await one.move("withdraw", "withdrawn")
    elif what == "died":
        await world.hear(intake.PersonDied(version=world.version(one.person), **facts))
    else:
        await world.hear(intake.PersonSaidNo(version=world.version(one.person), **facts))
    before = await owed(world, "ask_worker")
    assert await refused(world, task, one) == "no_longer_owed"
    assert await owed(world, "ask_worker") == before == ({task: {str(other.id)}} if other else {})


async def test_a_no_by_mistake_leaves_what_was_ticked_off_ticked_off(world: World) -> None:
    agency = new_id()
    one, two = await sent(world, agency=agency), await sent(world, agency=agency)
    for each in (one, two):
        await world.plan(await world.ok("GET", f"/cases/{each.case_id}"))
        await each.escalate("offer_alternative")
    [task] = await owed(world)
    await world.ok("POST", f"/tasks/{task}/done", {"referral_id": str(one.id)})
    for each in (one, two):
        facts = {"occurred_at": clock.now(), "person_id": each.person, "team_id": world.team}
        await world.hear(intake.PersonSaidNo(version=world.version(each.person), **facts))
        assert str(each.id) not in {one for lines in (await owed(world)).values() for one in lines}
        struck = intake.PersonNoStruck(version=world.version(each.person), since=facts["occurred_at"], **facts)
        await world.hear(struck)
    assert await owed(world) == {task: {str(two.id)}}
    await undone(world, task, one)
    assert await owed(world) == {task: {str(one.id), str(two.id)}}


async def test_what_a_contact_or_the_end_of_a_pause_has_settled_is_not_undone(world: World, jump: Any) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    await world.step(plan["id"], clock.now() + 20 * DAY)
    [not_seen] = (await world.ok("GET", "/tasks?kind=not_seen"))["items"]
    await world.ok("POST", f"/tasks/{not_seen['id']}/done")
    jump(21 * DAY)
    await world.contact(person, "spoke")
    assert await refused(world, not_seen["id"]) == "no_longer_owed"
    await world.decide(plan["id"], HOLD, reason="away")
    jump(14 * DAY)
    await world.step(plan["id"], clock.now())
    [asked] = (await world.ok("GET", "/tasks?kind=look_again"))["items"]
    await world.ok("POST", f"/tasks/{asked['id']}/done")
    assert (await undone(world, asked["id"]))["status"] == "open"
    await world.ok("POST", f"/tasks/{asked['id']}/done")
    await world.decide(plan["id"], RESUME)
    assert await refused(world, asked["id"]) == "no_longer_owed"


async def test_two_appointments_that_are_apart_now_are_not_asked_about_again(world: World) -> None:
    case = await world.case()
    first, second = (Referral(world, case["person_id"], case["id"]) for _ in range(2))
    for each in (first, second):
        await each.move("send", "sent")
        await each.move("book", "booked", appointment_at=clock.now() + DAY)
    [task] = (await world.ok("GET", "/tasks?kind=two_appointments"))["items"]
    await world.ok("POST", f"/tasks/{task['id']}/done")
    assert (await undone(world, task["id"]))["status"] == "open"
    await world.ok("POST", f"/tasks/{task['id']}/done")
    await second.move("rebook", "booked", appointment_at=clock.now() + 5 * DAY)
    assert await refused(world, task["id"]) == "no_longer_owed"
