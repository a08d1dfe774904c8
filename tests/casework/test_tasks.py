"""What the events of referrals make us do: gathered tasks, next steps, things to tell; once, in any order."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.event_handlers import escalations, mail_tasks
from services.casework.task import handover as task_handover
from services.casework.task.rules import due_at
from shared import clock
from shared.context import Actor
from shared.events import intake, referrals
from shared.ids import new_id
from shared.practice.cadence import CASELOAD_MAXIMUM
from tests.casework.world import Referral, World, until
from workflows.contracts import Sweep

Jump = Callable[[timedelta], None]
Half = Callable[[AsyncSession], Awaitable[object]]


async def sent(world: World, agency: UUID | None = None, worker: str = "worker-1") -> Referral:
    person = await world.person()
    case = await world.case(person=person, worker=worker)
    referral = Referral(world, person, case["id"], None)
    if agency is not None:
        referral.agency = agency
    await referral.move("send", "sent")
    return referral


async def test_one_task_an_agency_a_worker_and_a_day(world: World) -> None:
    agency = new_id()
    mine = [await sent(world, agency) for _ in range(3)]
    theirs = await sent(world, agency, "worker-2")
    elsewhere = await sent(world)
    await asyncio.gather(*(each.escalate("ask_worker") for each in (*mine, theirs, elsewhere)))
    found = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    sizes = {(task["agency_id"], task["worker_id"]): len(task["lines"]) for task in found}
    assert sizes == {
        (str(agency), "worker-1"): 3,
        (str(agency), "worker-2"): 1,
        (str(elsewhere.agency), "worker-1"): 1,
    }
    # One line for the supervisors, whoever works with whom.
    for each in (*mine, theirs):
        await each.escalate("tell_supervisor")
    [line] = (await world.ok("GET", "/tasks?mine=true&kind=tell_supervisor", role="supervisor"))["items"]
    assert len(line["lines"]) == 4 and line["for_role"] == "supervisor"


async def test_an_answer_takes_its_line_off_and_the_last_one_closes_the_task(world: World) -> None:
    agency = new_id()
    one, two = [await sent(world, agency) for _ in range(2)]
    for each in (one, two):
        await each.escalate("ask_worker")
    await one.resolve()
    [task] = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    assert [line["open"] for line in task["lines"]] == [False, True]
    await two.resolve()
    [task] = (await world.ok("GET", "/tasks?kind=ask_worker&status=closed"))["items"]
    assert task["closed_why"] == "answered"


async def test_events_twice_overtaken_or_late_open_nothing(world: World) -> None:
    referral = await sent(world)
    event = referral.rung("ask_worker")
    event_id = await world.hear(event)
    await world.hear(event, event_id=event_id)
    await world.hear(event)  # the same step under another delivery
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert len(task["lines"]) == 1
    await referral.resolve()
    await world.hear(referral.rung("tell_supervisor", version=event.version))  # heard after the answer
    await referral.escalate("ask_supervisor_to_ring", outcome="overtaken")
    await referral.escalate("remind_agency")
    assert await world.tasks() == []


async def test_a_step_is_owed_although_the_next_stage_was_heard_of_first(world: World) -> None:
    referral = await sent(world)
    question = referral.rung("ask_worker")
    # The board's own consumer was quicker.
    await referral.move("accept", "accepted")
    await world.hear(question)
    assert await world.tasks() == ["ask_worker"]
    await referral.resolve()
    assert await world.tasks() == []


async def test_in_custody_everything_goes_to_the_worker(world: World) -> None:
    referral = await sent(world)
    await referral.escalate("ask_supervisor_to_ring", worker_only=True)
    assert await world.tasks(worker_id="worker-1") == ["ask_worker"]


async def test_every_bad_ending_owes_one_next_step(world: World) -> None:
    referral = await sent(world)
    event = await referral.move("decline", "declined", reason="wrong_service")
    await world.hear(event)
    [step] = (await world.ok("GET", "/next-steps"))["items"]
    assert (step["why"], step["reason"], step["what"]) == ("declined", "wrong_service", None)
    assert await world.tasks() == ["next_step"]
    task = (await world.ok("GET", "/tasks"))["items"][0]
    assert (await world.refused(409, "POST", f"/tasks/{task['id']}/done"))["rule"] == "closed_by_fact"
    path = f"/next-steps/{step['id']}/record"
    await world.refused(404, "POST", path, {"what": "x"}, teams=[world.other_team])
    recorded = await world.ok("POST", path, {"what": "ring the other clinic"})
    assert (recorded["status"], recorded["what"], recorded["closed_by"]) == (
        "recorded",
        "ring the other clinic",
        "worker-1",
    )
    assert await world.tasks() == []
    await world.refused(409, "POST", path, {"what": "again"})
    for move, state, owed in (("bounce", "undeliverable", 1), ("resend", "sent", 0), ("complete", "completed", 0)):
        await referral.move(move, state)
        assert len((await world.ok("GET", "/next-steps"))["items"]) == owed, state
    [(sealed,)] = await world.rows("SELECT what_sealed FROM next_steps WHERE status = 'recorded'")
    assert b"clinic" not in bytes(sealed)


async def test_declined_after_acceptance_tells_both_at_once(world: World) -> None:
    referral = await sent(world)
    await referral.move("accept", "accepted")
    await referral.move("decline", "declined", after_acceptance=True)
    assert await world.tasks() == ["declined_after_acceptance", "declined_after_acceptance_supervisor", "next_step"]
    urgent = await world.rows("SELECT count(*) FROM tasks WHERE urgent AND due_at > :now", now=clock.now())
    assert urgent[0][0] == 2


async def test_an_appointment_is_the_persons_once_they_are_informed(world: World) -> None:
    referral = await sent(world)
    when = clock.now() + timedelta(days=10)
    await referral.move("book", "booked", appointment_at=when)
    [task] = (await world.ok("GET", "/tasks?kind=inform_person"))["items"]
    due = datetime.fromisoformat(task["due_at"])
    assert clock.now() + timedelta(days=4) < due < clock.now() + timedelta(days=6)
    assert (await world.refused(409, "POST", f"/tasks/{task['id']}/done"))["rule"] == "closed_by_fact"
    await referral.move("rebook", "booked", appointment_at=clock.now() + timedelta(days=2))
    [again] = (await world.ok("GET", "/tasks?kind=inform_person"))["items"]
    assert again["id"] != task["id"]
    told = referrals.AppointmentTold(**referral.facts(), appointment_id=new_id())
    await world.hear(told)
    assert await world.tasks() == []
    # Told, but heard of before the booking.
    late = await sent(world)
    booked = late.moved("book", "booked", appointment_at=when)
    await world.hear(referrals.AppointmentTold(**late.facts(), appointment_id=new_id()))
    await world.hear(booked)
    assert await world.tasks() == []


async def test_a_mail_waits_a_working_day(world: World, jump: Jump) -> None:
    referral = await sent(world)
    mail = referrals.MailArrived(
        version=1,
        occurred_at=clock.now(),
        mail_id=new_id(),
        agency_id=referral.agency,
        team_id=world.team,
        referral_ids=[referral.id],
    )
    await world.hear(mail)
    await world.hear(mail)
    [task] = (await world.ok("GET", "/tasks?mine=true"))["items"]
    assert (task["kind"], len(task["lines"])) == ("read_mail", 1) and task["mail_id"] == str(mail.mail_id)
    assert await world.act("casework.sweep_tasks", Sweep()) == 0
    jump(timedelta(days=6))
    assert [await world.act("casework.sweep_tasks", Sweep()) for _ in range(2)] == [1, 0]
    assert await world.tasks(for_role="supervisor") == ["overdue"]
    assert (await world.ok("GET", "/tasks?overdue=true&mine=true"))["items"][0]["id"] == task["id"]
    # The ladder stands still until it is read: nobody ticks it off without reading.
    assert (await world.refused(409, "POST", f"/tasks/{task['id']}/done"))["rule"] == "closed_by_fact"
    await world.hear(referrals.MailRead(version=2, occurred_at=clock.now(), mail_id=mail.mail_id, by="worker-1"))
    assert await world.tasks() == []  # and the supervisors' line with it


def raised(referral: Referral, version: int | None = None) -> referrals.QuestionRaised:
    return referrals.QuestionRaised(**referral.facts(version))


def answered(referral: Referral, version: int | None = None) -> referrals.QuestionAnswered:
    return referrals.QuestionAnswered(**referral.facts(version))


async def test_a_question_of_an_agency_is_the_workers_until_it_is_answered(world: World) -> None:
    referral = await sent(world)
    first = raised(referral)
    for _ in range(2):
        await world.hear(first)
    [task] = (await world.ok("GET", "/tasks?mine=true"))["items"]
    assert (task["kind"], task["referral_id"]) == ("answer_question", str(referral.id))
    assert task["due_at"] == due_at("answer_question", clock.now()).isoformat().replace("+00:00", "Z")
    assert (await world.refused(409, "POST", f"/tasks/{task['id']}/done"))["rule"] == "closed_by_fact"
    # The same worker hears the step of its clock: it is one thing to do. The supervisor hears that it is ours to do.
    await referral.escalate("ask_worker", waits_on="our_answer")
    await referral.escalate("tell_supervisor", waits_on="our_answer")
    assert await world.tasks(for_role="worker") == ["answer_question"]
    assert await world.tasks(for_role="supervisor") == ["answer_question_supervisor"]
    await world.hear(answered(referral))
    await referral.resolve()
    assert await world.tasks() == []
    await world.hear(first)
    assert await world.tasks() == []
    await world.hear(raised(referral))
    assert await world.tasks() == ["answer_question"]
    await referral.move("complete", "completed")
    assert await world.tasks() == []


async def test_a_question_heard_late_is_not_asked_again(world: World) -> None:
    referral, over = await sent(world), await sent(world)
    await world.hear(answered(referral, 9))
    await world.hear(raised(referral, 8))
    await world.hear(referral.rung("ask_worker", waits_on="our_answer", version=8))
    await over.move("complete", "completed", version=9)
    await world.hear(raised(over, 8))
    assert await world.tasks() == []


async def test_a_question_of_before_is_asked_by_its_step_and_in_custody_of_the_worker_alone(world: World) -> None:
    referral = await sent(world)
    await referral.escalate("tell_supervisor", waits_on="our_answer", worker_only=True)
    assert await world.tasks(worker_id="worker-1") == ["answer_question"]
    assert await world.tasks(for_role="supervisor") == []


async def test_what_waits_on_us_has_nobody_ring_an_agency_that_may_not_know_of_the_person(world: World) -> None:
    referral = await sent(world)
    await referral.escalate("ask_worker", waits_on="us")
    await referral.escalate("tell_supervisor", waits_on="us")
    assert await world.tasks(for_role="worker") == ["our_turn"]
    assert await world.tasks(for_role="supervisor") == ["our_turn_supervisor"]
    await referral.resolve()
    assert await world.tasks() == []


async def test_a_question_about_somebody_who_said_no_asks_nothing(world: World) -> None:
    referral = await sent(world)
    no = {"version": 2, "occurred_at": clock.now(), "person_id": referral.person, "team_id": world.team}
    await world.hear(intake.PersonSaidNo(**no))
    await world.hear(raised(referral))
    assert await world.tasks() == []


async def test_an_answer_by_the_link_reads_no_mail(world: World) -> None:
    referral = await sent(world)
    await referral.escalate("ask_worker")
    mail, now = new_id(), clock.now()
    about = {"mail_id": mail, "agency_id": referral.agency, "team_id": world.team, "referral_ids": [referral.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=now, **about))
    await referral.resolve()
    await referral.move("see", "acknowledged")
    assert await world.tasks() == ["read_mail"]
    await referral.move("decline", "declined", reason="no_capacity")
    assert sorted(await world.tasks()) == ["next_step", "read_mail"]
    await world.ok("POST", f"/cases/{referral.case_id}/close", {"reason": "moved_away"}, role="supervisor")
    assert await world.tasks() == ["read_mail"]


async def test_what_outlives_the_stage_stays_owed_also_when_heard_late(world: World) -> None:
    referral = await sent(world)
    answered = await referral.escalate("ask_worker")
    question = await referral.escalate("ask_worker")
    late = referral.rung("tell_supervisor")
    over = {"stage_entry": referral.entry, "still_owed": [question.escalation_id, late.escalation_id]}
    await world.hear(referrals.EscalationsResolved(**referral.facts(), **over))
    await referral.move("accept", "accepted")
    assert answered.escalation_id != question.escalation_id
    still = await world.rows("SELECT source FROM task_lines WHERE closed_at IS NULL")
    assert [source for (source,) in still] == [f"escalation:{question.escalation_id}"]
    await world.hear(late)
    assert await world.tasks(for_role="supervisor") == ["tell_supervisor"]
    await world.hear(referrals.EscalationsResolved(**referral.facts(), stage_entry=referral.entry))
    assert await world.tasks() == []


async def test_a_mail_that_was_read_waits_for_nobody(world: World) -> None:
    referral = await sent(world)
    mail, now = new_id(), clock.now()
    about = {"mail_id": mail, "agency_id": referral.agency, "team_id": world.team, "referral_ids": [referral.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=now, **about))
    await world.hear(referrals.MailRead(version=2, occurred_at=now, mail_id=new_id(), by="worker-1"))
    assert await world.tasks() == ["read_mail"]
    await world.hear(referrals.MailRead(version=2, occurred_at=now, mail_id=mail, by="worker-1"))
    assert await world.tasks() == []


def came_and_read(world: World) -> tuple[referrals.MailArrived, referrals.MailRead]:
    mail = {"occurred_at": clock.now(), "mail_id": new_id(), "team_id": world.team}
    came = referrals.MailArrived(version=1, referral_ids=[], **mail)
    return came, referrals.MailRead(version=2, by="worker-1", **mail)


async def test_a_mail_read_before_it_is_heard_of_waits_for_nobody(world: World) -> None:
    came, read = came_and_read(world)
    for event in (read, came, came, read):
        await world.hear(event)
        assert await world.tasks() == []
    assert await world.tasks("closed") == [], "nobody was asked to"


@pytest.mark.parametrize("read_first", [True, False])
async def test_a_mail_read_while_it_is_heard_of_waits_for_nobody(world: World, *, read_first: bool) -> None:
    came, read = came_and_read(world)
    halves = [partial(mail_tasks.mail_arrived, event=came), partial(mail_tasks.mail_read, event=read)]
    one, two = reversed(halves) if read_first else halves
    await race(world, one, two)
    assert await world.tasks() == []


async def race(world: World, one: Half, two: Half) -> None:
    """Two at once: the second does all it can before the first one commits."""
    handled, commit = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with world.services.work.transaction(Actor.service("casework")) as session:
            await one(session)
            await session.flush()
            handled.set()
            await commit.wait()

    async def second() -> None:
        async with world.services.work.transaction(Actor.service("casework")) as session:
            await two(session)

    async def met() -> bool:
        return other.done() or (await world.rows("SELECT count(*) FROM pg_locks WHERE NOT granted"))[0][0] > 0

    slow = asyncio.create_task(first())
    await handled.wait()
    other = asyncio.create_task(second())
    await until(met)
    commit.set()
    await asyncio.gather(slow, other)


def over(referral: Referral) -> Half:
    """What was escalated is answered."""
    event = referrals.EscalationsResolved(**referral.facts(), stage_entry=referral.entry)
    return partial(escalations.resolved, event=event)


@pytest.mark.parametrize("answered_first", [True, False])
async def test_a_step_that_fires_while_another_is_answered_stays_owed(world: World, *, answered_first: bool) -> None:
    agency = new_id()
    one, two = [await sent(world, agency) for _ in range(2)]
    await one.escalate("ask_worker")
    halves = [over(one), partial(escalations.escalated, event=two.rung("ask_worker"))]
    await race(world, *(halves if answered_first else reversed(halves)))
    [task] = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    assert [line["referral_id"] for line in task["lines"] if line["open"]] == [str(two.id)]


@pytest.mark.parametrize("lower_first", [True, False])
async def test_two_answered_at_once_leave_no_call_to_make(world: World, *, lower_first: bool) -> None:
    agency = new_id()
    both = [await sent(world, agency) for _ in range(2)]
    for each in both:
        await each.escalate("ask_worker")
    one, two = both if lower_first else reversed(both)
    await race(world, over(one), over(two))
    assert await world.tasks() == []


@pytest.mark.parametrize("moved_first", [True, False])
async def test_a_step_that_fires_while_a_case_moves_on_stays_owed(world: World, *, moved_first: bool) -> None:
    agency = new_id()
    going, staying = [await sent(world, agency) for _ in range(2)]
    await going.escalate("ask_worker")

    async def moves(session: AsyncSession) -> None:
        assert going.case_id is not None
        await task_handover.hand_over(session, UUID(going.case_id), world.team, "worker-2")

    halves = [moves, partial(escalations.escalated, event=staying.rung("ask_worker"))]
    await race(world, *(halves if moved_first else reversed(halves)))
    found = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    whose = {task["worker_id"]: [line["referral_id"] for line in task["lines"] if line["open"]] for task in found}
    assert whose == {"worker-1": [str(staying.id)], "worker-2": [str(going.id)]}


async def test_a_strangers_mail_about_a_referral_is_its_workers(world: World) -> None:
    referral = await sent(world)
    mail, now = new_id(), clock.now()
    about = {"mail_id": mail, "team_id": world.team, "referral_ids": [referral.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=now, **about))
    [task] = (await world.ok("GET", "/tasks?mine=true"))["items"]
    assert (task["kind"], len(task["lines"]), task["agency_id"]) == ("read_mail", 1, None)
    await world.hear(referrals.MailRead(version=2, occurred_at=now, mail_id=mail, by="worker-1"))
    assert await world.tasks() == []


async def test_a_mail_about_a_referral_older_than_the_case_goes_along_with_it(world: World) -> None:
    referral = Referral(world, await world.person())
    await referral.move("send", "sent")
    case = await world.case(person=referral.person)
    about = {"mail_id": new_id(), "team_id": world.team, "referral_ids": [referral.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=clock.now(), **about))
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(worker_id="worker-2") == ["case_given", "read_mail"]


async def test_what_came_up_while_a_case_had_no_worker_is_its_workers(world: World) -> None:
    for _ in range(CASELOAD_MAXIMUM):
        await world.case()
    agency = new_id()
    referral = await sent(world, agency)
    assert referral.case_id is not None
    await referral.escalate("ask_worker")
    await referral.escalate("tell_supervisor")
    await referral.move("book", "booked", appointment_at=clock.now() + timedelta(days=10))
    assert await world.tasks(worker_id="worker-1") == []
    theirs = await sent(world, agency, "worker-2")
    await theirs.escalate("ask_worker")
    await world.ok("POST", f"/cases/{referral.case_id}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(for_role="worker", worker_id="worker-2") == ["ask_worker", "case_given", "inform_person"]
    assert await world.tasks(for_role="supervisor") == ["tell_supervisor"]
    [call] = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
    assert len(call["lines"]) == 2


@pytest.mark.parametrize("reopened", [True, False])
async def test_what_is_owed_from_before_the_case_is_its_workers(world: World, *, reopened: bool) -> None:
    person = await world.person()
    before = await world.case(person=person) if reopened else {}
    if reopened:
        await world.ok("POST", f"/cases/{before['id']}/close", {"reason": "moved_away"}, role="supervisor")
    referral, failed = Referral(world, person), Referral(world, person)
    for each in (referral, failed):
        await each.move("send", "sent")
    await referral.escalate("ask_worker")
    await referral.escalate("case_conference")
    await referral.move("book", "booked", appointment_at=clock.now() + timedelta(days=10))
    await failed.move("decline", "declined", reason="wrong_service")
    assert await world.tasks(for_role="worker") == []
    if reopened:
        case = await world.ok("POST", f"/cases/{before['id']}/reopen", {"note": "he rang"})
    else:
        case = await world.case(person=person)
    owed = ["ask_worker", "inform_person", "next_step"]
    assert await world.tasks(for_role="worker", worker_id="worker-1") == owed
    assert await world.tasks(for_role="supervisor") == ["case_conference"]
    assert len((await world.ok("GET", f"/next-steps?case_id={case['id']}"))["items"]) == 1
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(worker_id="worker-2") == sorted([*owed, "case_given"])
    for each, end in ((referral, "complete"), (failed, "reopen")):
        await each.move(end, {"complete": "completed", "reopen": "draft"}[end])
    assert await world.tasks() == ["case_given"], "which its worker ends"


async def test_a_mail_about_a_referral_of_a_case_that_is_over_goes_along_with_the_new_one(world: World) -> None:
    referral = await sent(world)
    await referral.move("withdraw", "withdrawn", reason="ours")
    await world.ok("POST", f"/cases/{referral.case_id}/close", {"reason": "moved_away"}, role="supervisor")
    case = await world.case(person=referral.person, worker="worker-2")
    await referral.move("reopen", "draft")
    about = {"mail_id": new_id(), "team_id": world.team, "referral_ids": [referral.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=clock.now(), **about))
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-3"})
    assert await world.tasks(worker_id="worker-3") == ["case_given", "read_mail"]


async def test_a_mail_stays_with_whoever_works_with_the_first_it_is_about(world: World) -> None:
    first, other = await sent(world), Referral(world, await world.person())
    await other.move("send", "sent")
    about = {"mail_id": new_id(), "team_id": world.team, "referral_ids": [first.id, other.id]}
    await world.hear(referrals.MailArrived(version=1, occurred_at=clock.now(), **about))
    case = await world.case(person=other.person, worker="worker-2")
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-3"})
    assert await world.tasks(worker_id="worker-1") == ["read_mail"]
    await world.ok("POST", f"/cases/{first.case_id}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(worker_id="worker-2") == ["case_given", "read_mail"]


async def test_a_task_can_be_given_to_somebody_else(world: World) -> None:
    referral = await sent(world)
    await referral.escalate("ask_worker")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    path = f"/tasks/{task['id']}/reassign"
    await world.refused(404, "POST", path, {"worker_id": "worker-2"}, teams=[world.other_team])
    given = await world.ok("POST", path, {"worker_id": "worker-2"})
    assert (given["worker_id"], given["version"]) == ("worker-2", task["version"] + 1)
    assert (await world.ok("GET", "/tasks?mine=true"))["items"] == []
    [theirs] = (await world.ok("GET", "/tasks?mine=true", sub="worker-2"))["items"]
    assert theirs["given_by"] == "worker-1" and theirs["given_at"], "they see that it is new to them"
    await world.ok("POST", path, {"worker_id": "worker-1"})
    [back] = (await world.ok("GET", "/tasks?mine=true"))["items"]
    assert back["given_by"] is back["given_at"] is None, "taken back by oneself"
    await referral.resolve()
    assert await world.tasks() == []


async def test_what_closes_by_a_fact_closes_whoever_does_it(world: World) -> None:
    referral = await sent(world)
    await referral.move("book", "booked", appointment_at=clock.now() + timedelta(days=10))
    await world.hear(raised(referral))
    came, read = came_and_read(world)
    await world.hear(came)
    tasks = (await world.ok("GET", "/tasks", role="supervisor"))["items"]
    assert len(tasks) == 3
    for task in tasks:
        await world.ok("POST", f"/tasks/{task['id']}/reassign", {"worker_id": "worker-2"}, role="supervisor")
    [mail] = (await world.ok("GET", "/tasks?kind=read_mail"))["items"]
    assert mail["mail_id"] == str(came.mail_id)
    for event in (answered(referral), read, referrals.AppointmentTold(**referral.facts(), appointment_id=new_id())):
        await world.hear(event)
    assert await world.tasks() == []


async def test_a_gathered_call_given_away_gathers_no_more(world: World) -> None:
    agency = new_id()
    await (await sent(world, agency)).escalate("ask_worker")
    [task] = (await world.ok("GET", "/tasks"))["items"]
    await world.ok("POST", f"/tasks/{task['id']}/reassign", {"worker_id": "worker-2"})
    await (await sent(world, agency)).escalate("ask_worker")
    assert await world.tasks(worker_id="worker-1") == await world.tasks(worker_id="worker-2") == ["ask_worker"]


async def test_a_referral_without_a_case_is_the_supervisors(world: World) -> None:
    referral = Referral(world, await world.person())
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    await referral.move("withdraw", "withdrawn", reason="ours")
    assert await world.tasks(for_role="supervisor") == ["next_step"]
    assert len((await world.ok("GET", "/next-steps"))["items"]) == 1


async def test_events_of_another_team_change_nothing_here(world: World) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    await world.contact(person, "met", team=world.other_team)
    assert (await world.look(plan["id"])).revision == 1


async def test_the_silence_of_an_agency_asks_nothing_once_the_case_is_closed(world: World) -> None:
    referral = await sent(world)
    no = {"version": 2, "occurred_at": clock.now(), "person_id": referral.person, "team_id": world.team}
    await world.hear(intake.PersonSaidNo(**no))
    await world.ok("POST", f"/cases/{referral.case_id}/close", {"reason": "said_no"}, role="supervisor")
    for action in ("ask_worker", "tell_supervisor", "case_conference"):
        await referral.escalate(action)
    assert await world.tasks() == []
    # A case nobody has heard of is no reason for silence.
    referral.case_id = str(new_id())
    await referral.escalate("ask_worker")
    assert await world.tasks() == ["ask_worker"]


async def test_only_misses_of_the_person_change_the_channel_and_three_ask_for_a_conference(world: World) -> None:
    referral = await sent(world)
    await referral.move("accept", "accepted")
    asked = []
    for reason in ("not_told", "did_not_come", "agency_cancelled", "did_not_come", "did_not_come"):
        await referral.move("book", "booked", appointment_at=clock.now() + timedelta(days=9))
        await referral.move("miss", "accepted", reason=reason)
        asked.append(await world.tasks())
    assert asked == [[], ["ring_after_miss"], ["ring_after_miss"], ["go_along"], ["case_conference"]]
    await referral.move("attend", "attended")
    assert await world.tasks() == []


async def test_three_misses_are_counted_for_the_person_wherever_they_were(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    asked = []
    for reason in ("did_not_come", "agency_cancelled", "did_not_come", "did_not_come", "did_not_come"):
        referral = Referral(world, person, case["id"])
        await referral.move("book", "booked", appointment_at=clock.now() + timedelta(days=9))
        await referral.move("miss", "accepted", reason=reason)
        asked.append(await world.tasks())
        # That this one ends does not settle what is asked about the person.
        if asked[-1] == ["case_conference"]:
            await referral.move("complete", "completed")
    assert asked == [["ring_after_miss"]] * 2 + [["go_along"]] + [["case_conference"]] * 2
    assert await world.tasks() == ["case_conference"]
    somebody = await sent(world)
    await somebody.move("book", "booked")
    await somebody.move("miss", "accepted", reason="did_not_come")
    assert await world.tasks() == ["case_conference", "ring_after_miss"], "each person's own"


async def test_the_day_of_release_has_its_list(world: World) -> None:
    plan = await world.plan()
    await world.decide(plan["id"], "hold", reason="custody")
    await world.decide(plan["id"], "resume")
    day = ["see_after_release", "check_naloxone", "check_prescription", "check_bed"]
    assert {*day} <= set(await world.tasks()), "each for itself"
    for kind in day:
        [task] = (await world.ok("GET", f"/tasks?kind={kind}"))["items"]
        await world.ok("POST", f"/tasks/{task['id']}/done")
    assert not {*day} & set(await world.tasks())


async def test_a_referral_of_somebody_without_a_case_is_its_authors_until_there_is_one(world: World) -> None:
    person = await world.person()
    referral = Referral(world, person)
    await world.hear(referrals.ReferralDrafted(by="worker-7", **referral.facts(1)))
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    await world.hear(referrals.QuestionRaised(**referral.facts()))
    assert await world.tasks(worker_id="worker-7") == ["answer_question", "ask_worker"]
    mine = (await world.ok("GET", "/tasks?mine=true", sub="worker-7"))["items"]
    assert len(mine) == 2
    await world.case(person=person, worker="worker-1")
    assert await world.tasks(worker_id="worker-7") == []
    assert await world.tasks(worker_id="worker-1") == ["answer_question", "ask_worker"]


@pytest.mark.parametrize("confirmed_first", [False, True])
async def test_nobody_is_told_of_a_proposed_appointment_before_it_is_confirmed(
    world: World, *, confirmed_first: bool
) -> None:
    referral = await sent(world)
    when = clock.now() + timedelta(days=9)
    booked = referral.moved("book", "booked", appointment_at=when, proposed=True)
    confirmed = referrals.AppointmentConfirmed(appointment_id=new_id(), appointment_at=when, **referral.facts())
    if confirmed_first:
        await world.hear(confirmed)
        await world.hear(booked)
    else:
        await world.hear(booked)
        assert await world.tasks() == ["confirm_appointment"]
        await world.hear(confirmed)
    assert await world.tasks() == ["inform_person"]
