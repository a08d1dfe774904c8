"""No task without a way out: each kind is done by hand, or ends with the fact that it waits for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.casework.task import service as tasks
from services.casework.task.rules import BEFORE_APPOINTMENT, CLOSED_BY_FACT, KINDS, OVERSIGHT
from shared import clock
from shared.context import Actor
from shared.events import referrals
from shared.ids import new_id
from tests.casework.test_oversight import told_to_the_guardian
from tests.casework.world import Referral, World
from workflows.contracts import SWEEP_TASKS, Sweep

Jump = Callable[[timedelta], None]
End = Callable[[World, Referral], Awaitable[object]]
SOON = timedelta(days=9)


async def _booked(world: World, referral: Referral, **more: Any) -> None:
    await referral.move("book", "booked", appointment_at=clock.now() + SOON, **more)


async def _told(world: World, referral: Referral) -> None:
    await world.hear(referrals.AppointmentTold(appointment_id=new_id(), **referral.facts()))


async def _confirmed(world: World, referral: Referral) -> None:
    facts = {"appointment_id": new_id(), "appointment_at": clock.now() + SOON}
    await world.hear(referrals.AppointmentConfirmed(**facts, **referral.facts()))
    await _told(world, referral)


async def _recorded(world: World, referral: Referral) -> None:
    [step] = (await world.ok("GET", f"/next-steps?referral_id={referral.id}"))["items"]
    await world.ok("POST", f"/next-steps/{step['id']}/record", {"what": "the day centre sees them"})


async def _given(world: World, referral: Referral) -> None:
    await world.ok("POST", f"/cases/{referral.case_id}/reassign", {"worker_id": "worker-2"}, role="supervisor")
    # What is owed instead is the new worker's: they read the file.
    [theirs] = (await world.ok("GET", "/tasks?kind=case_given"))["items"]
    await world.ok("POST", f"/tasks/{theirs['id']}/done", sub="worker-2")


# What makes each of them owed, and the fact that settles it; all of it as the owners tell it.
FACTS: dict[str, tuple[End, End]] = {
    "inform_person": (_booked, _told),
    "confirm_appointment": (lambda w, r: _booked(w, r, proposed=True), _confirmed),
    "answer_question": (
        lambda w, r: w.hear(referrals.QuestionRaised(**r.facts())),
        lambda w, r: w.hear(referrals.QuestionAnswered(**r.facts())),
    ),
    "next_step": (lambda w, r: r.move("decline", "declined"), _recorded),
    "ring_to_refer": (
        lambda w, r: w.hear(referrals.CallNeeded(**r.facts())),
        lambda w, r: r.move("see", "acknowledged"),
    ),
    "waiting_for_worker": (lambda w, r: w.ok("GET", "/caseloads"), _given),
}


# What an email asks for, by the kind of its task.
MAILS: dict[str, Any] = {"read_mail": "read", "correct_address": "address", "split_mail": "guardian"}


# What the guardian is told of, by the kind of the task.
_WHAT = {"read_override": "override", "read_disclosure": "disclosure", "read_no_opened": "no_opened"}


async def _mail(world: World, referral: Referral, asks: Any) -> tuple[referrals.MailArrived, referrals.MailRead]:
    of = {"version": 1, "occurred_at": clock.now(), "mail_id": new_id(), "team_id": world.team}
    return (
        referrals.MailArrived(**of, agency_id=referral.agency, referral_ids=[referral.id], asks=asks),
        referrals.MailRead(**of, by="worker-1"),
    )


async def _of(world: World, *, worker: str | None = "worker-1") -> Referral:
    person = await world.person()
    case = await world.case(person=person, worker=worker) if worker else await _waiting(world, person)
    referral = Referral(world, person, case["id"])
    await referral.move("send", "sent")
    return referral


async def _waiting(world: World, person: Any) -> dict[str, Any]:
    return dict(await world.ok("POST", "/cases", {"person_id": str(person)}, role="supervisor"))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(CLOSED_BY_FACT)))
async def test_it_is_done_by_hand(world: World, kind: str) -> None:
    referral = await _of(world)
    about = tasks.About(world.team, "worker-1", person_id=referral.person, referral_id=referral.id)
    async with world.services.work.transaction(Actor.service("test")) as session:
        task = await tasks.open_task(session, kind, f"{kind}:x", about, at=clock.now())
    role = "supervisor" if KINDS[kind].for_role == "supervisor" else "worker"
    mine = (await world.ok("GET", "/tasks?mine=true", role=role, sub=f"{role}-1"))["items"]
    assert [each["kind"] for each in mine] == [kind], "it is on somebody's list"
    await world.ok("POST", f"/tasks/{task.id}/done", role=role)
    assert await world.tasks() == []


@pytest.mark.parametrize("kind", sorted(CLOSED_BY_FACT))
async def test_it_ends_with_its_fact(world: World, kind: str) -> None:
    referral = await _of(world, worker=None if kind == "waiting_for_worker" else "worker-1")
    if kind in MAILS:
        arrived, read = await _mail(world, referral, MAILS[kind])
        owes: End = lambda w, r: w.hear(arrived)  # noqa: E731
        settles: End = lambda w, r: w.hear(read)  # noqa: E731
    elif kind in OVERSIGHT:
        needed, given = told_to_the_guardian(world, referral.person, _WHAT[kind.removesuffix("_supervisor")])
        if kind.endswith("_supervisor"):
            needed = needed.model_copy(update={"for_role": "supervisor"})
        owes = lambda w, r: w.hear(needed)  # noqa: E731
        settles = lambda w, r: w.hear(given)  # noqa: E731
    else:
        owes, settles = FACTS[kind]
    await owes(world, referral)
    reader = "guardian" if KINDS[kind].for_role == "guardian" else "worker"
    [task] = (await world.ok("GET", f"/tasks?kind={kind}", role=reader))["items"]
    answer = await world.send("POST", f"/tasks/{task['id']}/done", role=reader)
    if answer.status_code != 403:
        assert answer.status_code == 409 and answer.json()["rule"] == "closed_by_fact"
        assert CLOSED_BY_FACT[kind] in answer.json()["detail"]
    await settles(world, referral)
    assert await world.tasks() == []


@pytest.mark.parametrize("kind", sorted(BEFORE_APPOINTMENT))
async def test_what_comes_before_an_appointment_ends_with_its_hour(world: World, jump: Jump, kind: str) -> None:
    referral = await _of(world)
    await _booked(world, referral, proposed=kind == "confirm_appointment")
    if kind == "move_or_cancel_appointment":
        await _told(world, referral)
        about = tasks.About(world.team, "worker-1", person_id=referral.person, referral_id=referral.id)
        async with world.services.work.transaction(Actor.service("test")) as session:
            await tasks.open_task(session, kind, f"{kind}:{referral.id}", about, at=clock.now())
    assert await world.tasks() == [kind]
    await world.act(SWEEP_TASKS, Sweep())
    assert await world.tasks() == [kind], "its hour is still to come"
    jump(SOON + timedelta(minutes=1))
    for _ in range(2):
        await world.act(SWEEP_TASKS, Sweep())
    assert [each for each in await world.tasks() if each != "overdue"] == ["what_became"]
    await referral.move("attend", "attended")
    assert await world.tasks() == []


def not_taken(referral: Referral) -> referrals.ReferralDecided:
    return referrals.ReferralDecided(**referral.facts(), decision="answer_refused", by="agency")


async def test_an_answer_that_could_not_be_taken_is_one_task_until_somebody_has_read_it(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    # Said once more, and after its end: one task, and it stays.
    for _ in range(2):
        await world.hear(not_taken(referral))
    await referral.move("withdraw", "withdrawn")
    await world.hear(not_taken(referral))
    mine = [task for task in (await world.ok("GET", "/tasks"))["items"] if task["kind"] == "answer_refused"]
    assert [(one["worker_id"], one["referral_id"]) for one in mine] == [("worker-1", str(referral.id))]
    await world.ok("POST", f"/tasks/{mine[0]['id']}/done")
    assert "answer_refused" not in await world.tasks(referral_id=referral.id)
    # What is said after it was read is a new thing to read.
    await world.hear(not_taken(referral))
    assert "answer_refused" in await world.tasks(referral_id=referral.id)
