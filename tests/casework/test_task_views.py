"""What a task says of itself: whose person it is about, whose day has passed, and what a call or a press ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.events import referrals
from shared.ids import new_id
from tests.casework.world import Referral, World
from workflows.contracts import SWEEP_TASKS, Sweep

Jump = Callable[[timedelta], None]


async def sent(world: World, worker: str = "worker-1", **more: Any) -> Referral:
    person = await world.person()
    case = await world.case(person=person, worker=worker)
    referral = Referral(world, person, case["id"], **more)
    await referral.move("send", "sent")
    return referral


async def rang(world: World, referral: Referral, outcome: str, by: str = "worker-1") -> None:
    await world.hear(referrals.ReferralDecided(**referral.facts(), decision=f"call_{outcome}", by=by))


async def test_a_supervisors_task_names_who_works_with_each_person(world: World) -> None:
    agency = new_id()
    one, two = await sent(world, agency=agency), await sent(world, "worker-2", agency=agency)
    unopened = Referral(world, await world.person(), agency=agency)
    await world.hear(referrals.ReferralDrafted(**unopened.facts(), by="worker-3"))
    await unopened.move("send", "sent")
    for each in (one, two, unopened):
        await each.escalate("tell_supervisor")
    [task] = (await world.ok("GET", "/tasks?mine=true", role="supervisor"))["items"]
    assert [(line["referral_id"], line["worker_id"]) for line in task["lines"]] == [
        (str(one.id), "worker-1"),
        (str(two.id), "worker-2"),
        (str(unopened.id), "worker-3"),
    ]
    await one.move("book", "booked", appointment_at=clock.now() + timedelta(days=9))
    [told] = (await world.ok("GET", "/tasks?kind=inform_person"))["items"]
    assert told["case_worker_id"] == "worker-1"


async def test_an_overdue_task_says_which_and_whose_it_is(world: World, jump: Jump) -> None:
    referral = await sent(world)
    await referral.move("decline", "declined")
    [owed] = (await world.ok("GET", "/tasks"))["items"]
    jump(timedelta(days=9))
    await world.act(SWEEP_TASKS, Sweep())
    [task] = (await world.ok("GET", "/tasks?kind=overdue", role="supervisor"))["items"]
    late = task["late"]
    assert (late["id"], late["kind"], late["worker_id"], late["due_at"], late["late"]) == (
        owed["id"],
        "next_step",
        "worker-1",
        owed["due_at"],
        None,
    )


@pytest.mark.parametrize(("outcome", "left"), [("spoke", []), ("left_message", []), ("nobody", ["ask_worker"])])
async def test_a_call_ends_what_asked_for_it_unless_nobody_picked_up(
    world: World, outcome: str, left: list[str]
) -> None:
    referral = await sent(world)
    await referral.escalate("ask_worker")
    await rang(world, referral, outcome)
    assert await world.tasks() == left
    # The next step asks again.
    await referral.escalate("tell_supervisor")
    assert await world.tasks() == sorted([*left, "tell_supervisor"])


async def test_a_call_is_about_its_own_referral_and_the_time_before_it(world: World, jump: Jump) -> None:
    agency = new_id()
    one, two = await sent(world, agency=agency), await sent(world, agency=agency)
    early = referrals.ReferralDecided(**one.facts(), decision="call_spoke", by="worker-1")
    jump(timedelta(minutes=5))
    for each in (one, two):
        await each.escalate("ask_worker")
    # Told of only now, or once more: it was before the step.
    await world.hear(early)
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert [line["open"] for line in task["lines"]] == [True, True]
    jump(timedelta(minutes=5))
    await rang(world, one, "spoke")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert [line["open"] for line in task["lines"]] == [False, True]


async def test_their_manager_is_rung_by_a_supervisor(world: World) -> None:
    referral = await sent(world)
    await world.hire("supervisor-1", role="supervisor")
    await referral.escalate("ask_supervisor_to_ring")
    await rang(world, referral, "spoke")
    assert await world.tasks() == ["ask_supervisor_to_ring"]
    await rang(world, referral, "spoke", by="supervisor-1")
    assert await world.tasks() == []


@pytest.mark.parametrize("why", ["done", "otherwise", "not_needed", None])
async def test_done_says_how_and_is_undone_at_once_without_a_reason(world: World, jump: Jump, why: str | None) -> None:
    referral = await sent(world)
    await referral.escalate("offer_alternative")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    path, body = f"/tasks/{task['id']}", {"why": why} if why else None
    done = await world.ok("POST", f"{path}/done", body)
    assert (done["status"], done["closed_why"], done["closed_by"]) == ("done", why, "worker-1")
    again = await world.ok("POST", f"{path}/undone", {})
    assert (again["status"], again["closed_why"], again["due_at"]) == ("open", None, task["due_at"])
    await world.ok("POST", f"{path}/done", body)
    jump(timedelta(minutes=11))
    assert (await world.refused(422, "POST", f"{path}/undone", {}))["errors"][0]["field"] == "why"
    await world.refused(422, "POST", f"{path}/done", {"why": "because"})
    await world.ok("POST", f"{path}/undone", {"why": "It was somebody else’s (synthetic)."})
    assert await world.tasks() == ["offer_alternative"]


async def test_one_referral_comes_off_a_gathered_task_and_goes_back_on(world: World, jump: Jump) -> None:
    agency = new_id()
    one, two = await sent(world, agency=agency), await sent(world, agency=agency)
    for each in (one, two):
        await each.escalate("offer_alternative")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    path = f"/tasks/{task['id']}"

    async def open_lines() -> list[bool]:
        [found] = [each for each in (await world.ok("GET", "/tasks"))["items"] if each["id"] == task["id"]] or [None]
        return [line["open"] for line in found["lines"]] if found else []

    done = {"referral_id": str(one.id), "why": "otherwise"}
    assert (await world.ok("POST", f"{path}/done", done))["status"] == "open"
    assert await open_lines() == [False, True], "the other is still owed"
    await world.ok("POST", f"{path}/undone", {"referral_id": str(one.id)})
    assert await open_lines() == [True, True]
    await world.ok("POST", f"{path}/done", done)
    assert (await world.ok("POST", f"{path}/done", {"referral_id": str(two.id)}))["status"] == "done"
    await world.ok("POST", f"{path}/undone", {"referral_id": str(two.id)})
    assert await open_lines() == [False, True]
    jump(timedelta(minutes=11))
    late = {"referral_id": str(one.id), "why": "It was the other one (synthetic)."}
    assert (await world.refused(409, "POST", f"{path}/undone", late, sub="worker-2"))["rule"] == "not_yours"
    await world.ok("POST", f"{path}/undone", late, role="supervisor")
    assert await open_lines() == [True, True]
    await world.refused(404, "POST", f"{path}/done", {"referral_id": str(new_id())})
    await world.ok("POST", f"{path}/done", done)
    await one.move("withdraw", "withdrawn")
    back = {"referral_id": str(one.id)}
    assert (await world.refused(409, "POST", f"{path}/undone", back))["rule"] == "no_longer_owed"


async def test_one_press_for_several_is_put_back_later_by_whose_task_it_is(world: World, jump: Jump) -> None:
    agency = new_id()
    both = [await sent(world, agency=agency), await sent(world, agency=agency)]
    for each in both:
        await each.escalate("offer_alternative")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    path, parts = f"/tasks/{task['id']}", [{"referral_id": str(each.id)} for each in both]
    for part in parts:
        await world.ok("POST", f"{path}/done", part)
    jump(timedelta(minutes=11))
    # The first opens the task again, which is then nobody's to have done.
    for part in parts:
        await world.ok("POST", f"{path}/undone", {**part, "why": "It was another service (synthetic)."})
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert [line["open"] for line in task["lines"]] == [True, True]


async def test_a_referral_that_is_twice_on_a_task_comes_off_twice_and_goes_back_on(world: World) -> None:
    referral = await sent(world)
    for _ in range(2):
        await referral.escalate("offer_alternative")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert [line["open"] for line in task["lines"]] == [True, True]
    path, part = f"/tasks/{task['id']}", {"referral_id": str(referral.id)}
    assert (await world.ok("POST", f"{path}/done", part))["status"] == "open"
    assert (await world.ok("POST", f"{path}/undone", part))["status"] == "open"
    for status in ("open", "done"):
        assert (await world.ok("POST", f"{path}/done", part))["status"] == status
