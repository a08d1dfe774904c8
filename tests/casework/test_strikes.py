"""What was recorded by mistake elsewhere: what it did to a case and its plan is counted again, or put back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import clock
from shared.decisions import CLOSE, HOLD
from shared.events import intake, referrals
from shared.ids import new_id
from tests.casework.world import Referral, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def shown(world: World, plan: dict[str, Any]) -> dict[str, Any]:
    return dict(await world.ok("GET", f"/plans/{plan['id']}"))


def struck(world: World, person: UUID, contact: UUID, kind: str, at: datetime) -> intake.ContactStruck:
    return intake.ContactStruck(
        version=world.version(person), occurred_at=at, contact_id=contact, person_id=person, team_id=world.team,
        kind=kind, by="worker-1", struck_by="supervisor-1",
    )  # fmt: skip


async def planned(world: World) -> tuple[UUID, dict[str, Any], dict[str, Any]]:
    person = await world.person()
    case = await world.case(person=person)
    return person, case, await world.plan(case)


async def test_a_struck_contact_is_counted_out_again(world: World) -> None:
    person, case, plan = await planned(world)
    real, wrong = clock.now(), clock.now() + timedelta(milliseconds=5)
    await world.contact(person, "spoke", at=real, contact_id=new_id())
    before = await shown(world, plan)
    # Out of touch for weeks, then "met": written into the wrong file.
    await world.step(plan["id"], real + timedelta(days=60))
    searching = await world.tasks()
    assert "check_coroner" in searching and (await shown(world, plan))["case_stage"] == "lost_contact"
    contact = new_id()
    await world.contact(person, "met", at=wrong, contact_id=contact)
    met = await shown(world, plan)
    assert met["last_contact_kind"] == "met" and met["case_stage"] == "planned"
    assert "check_coroner" not in await world.tasks()
    await world.hear(struck(world, person, contact, "met", wrong))
    after = await shown(world, plan)
    assert [after[name] for name in ("last_contact_kind", "last_contact_at", "contact_due_at")] == [
        before[name] for name in ("last_contact_kind", "last_contact_at", "contact_due_at")
    ]
    # What it had closed is owed again, and the steps stand where the contacts that are real put them.
    assert await world.tasks() == searching
    assert {step["at"] for step in after["steps"] if step["clock"] == "contact" and step["outcome"] == "planned"} == {
        step["at"] for step in before["steps"] if step["clock"] == "contact" and step["outcome"] == "planned"
    }
    weeks = await world.ok("GET", f"/board/{plan['id']}/contacts")
    assert sum(week["met"] for week in weeks) == 0 and sum(week["spoke"] for week in weeks) == 1
    view = await world.step(plan["id"], real + timedelta(days=60))
    assert view.row.stage == "lost_contact"


async def test_struck_before_it_was_heard_it_never_counts(world: World) -> None:
    person, _, plan = await planned(world)
    at, contact = clock.now(), new_id()
    gone = struck(world, person, contact, "met", at)
    await world.hear(gone)
    await world.contact(person, "met", at=at, contact_id=contact)
    await world.hear(gone)
    assert (await shown(world, plan))["last_contact_at"] is None


@pytest.mark.parametrize(("hold", "kind"), [("away", "met"), ("away", "sighted")])
async def test_a_pause_that_a_struck_contact_ended_goes_on(world: World, hold: str, kind: str) -> None:
    person, case, plan = await planned(world)
    await world.decide(plan["id"], HOLD, reason=hold)
    paused = await shown(world, plan)
    at, contact = clock.now(), new_id()
    await world.contact(person, kind, at=at, contact_id=contact)
    assert (await shown(world, plan))["stage"] == "open"
    await world.hear(struck(world, person, contact, kind, at))
    after = await shown(world, plan)
    assert after["stage"] == "held" and after["hold"] == paused["hold"] and after["case_stage"] == "on_hold"
    assert await world.tasks() == []
    assert {step["clock"] for step in after["steps"] if step["outcome"] == "planned"} == {
        step["clock"] for step in paused["steps"] if step["outcome"] == "planned"
    }
    # Referrals hears of the pause again: it says where steps go.
    told = [event["rungs_to_worker_only"] for event in await world.events("casework.plan.held")]
    assert len(told) == 2 and told[0] == told[1]


async def test_a_struck_sighting_in_prison_asks_nothing_more(world: World) -> None:
    person, _, plan = await planned(world)
    await world.decide(plan["id"], HOLD, reason="custody")
    paused = await shown(world, plan)
    at, contact = clock.now(), new_id()
    await world.contact(person, "sighted", at=at, contact_id=contact)
    assert await world.tasks() == ["check_return"]
    await world.hear(struck(world, person, contact, "sighted", at))
    assert await world.tasks() == [] and (await shown(world, plan))["hold"] == paused["hold"]


async def test_a_struck_attempt_no_longer_counts_while_engaging(world: World) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person), phase="engaging", template="engaging")
    before = await shown(world, plan)
    at, contact = clock.now(), new_id()
    await world.contact(person, "met", at=at, contact_id=contact)
    await world.hear(struck(world, person, contact, "met", at))
    after = await shown(world, plan)
    assert planned_of(after) == planned_of(before) and after["contact_due_at"] == before["contact_due_at"]


def planned_of(plan: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Which steps stand, and when."""
    return {(step["clock"], step["action"], step["at"]) for step in plan["steps"] if step["outcome"] == "planned"}


@pytest.mark.parametrize("hold", [None, "hospital"])
@pytest.mark.parametrize("what", ["died", "said_no"])
async def test_what_a_mistaken_end_stopped_goes_on(world: World, what: str, hold: str | None) -> None:
    person, case, plan = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    await referral.move("decline", "declined", reason="no_capacity")
    if hold:
        await world.decide(plan["id"], HOLD, reason=hold)
    before, owed = await shown(world, plan), await world.tasks()
    facts = {"person_id": person, "team_id": world.team}
    at = clock.now()
    ended = intake.PersonDied if what == "died" else intake.PersonSaidNo
    await world.hear(ended(version=world.version(person), occurred_at=at, **facts))
    assert (await shown(world, plan))["stage"] == "stopped" and "next_step" not in await world.tasks()
    now = {"version": world.version(person), "occurred_at": clock.now(), "since": at, **facts}
    gone = intake.PersonDeathStruck(state="known", **now) if what == "died" else intake.PersonNoStruck(**now)
    await world.hear(gone)
    await world.hear(gone)
    after = await shown(world, plan)
    kept = ("stage", "case_stage", "contact_due_at", "hold")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    clocks = [{s["clock"] for s in each["steps"] if s["outcome"] == "planned"} for each in (before, after)]
    assert clocks[0] == clocks[1]
    assert await world.tasks() == sorted([*owed, "ended_by_mistake"])
    assert (await world.look(plan["id"])).wake_at is not None
    [step] = (await world.ok("GET", "/next-steps"))["items"]
    assert step["referral_id"] == str(referral.id)


async def test_a_no_that_was_said_before_a_mistaken_death_still_holds(world: World) -> None:
    person, _, plan = await planned(world)
    facts = {"occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonSaidNo(version=world.version(person), **facts))
    await world.hear(intake.PersonDied(version=world.version(person), **facts))
    lives = intake.PersonDeathStruck(version=world.version(person), state="said_no", since=clock.now(), **facts)
    await world.hear(lives)
    after = await shown(world, plan)
    assert after["case_stage"] == "said_no" and after["stage"] == "stopped"
    await world.hear(intake.PersonCameBack(version=world.version(person), **facts))
    assert (await shown(world, plan))["stage"] == "open"


async def test_a_death_heard_after_it_was_struck_ends_nothing(world: World) -> None:
    person, _, plan = await planned(world)
    facts = {"occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    died = intake.PersonDied(version=world.version(person), **facts)
    await world.hear(intake.PersonDeathStruck(version=world.version(person), state="known", since=clock.now(), **facts))
    await world.hear(died)
    assert (await shown(world, plan))["stage"] == "open" and await world.tasks() == []


async def test_a_case_that_was_closed_for_a_mistaken_death_is_the_supervisors_to_open_again(world: World) -> None:
    person, case, plan = await planned(world)
    facts = {"person_id": person, "team_id": world.team}
    at = clock.now()
    await world.hear(intake.PersonDied(version=world.version(person), occurred_at=at, **facts))
    assert (await world.decide(plan["id"], CLOSE, reason="died")).done
    again = {"note": "The death was somebody else's."}
    await world.refused(409, "POST", f"/cases/{case['id']}/reopen", again)
    lives = intake.PersonDeathStruck(
        version=world.version(person), occurred_at=clock.now(), state="known", since=at, **facts
    )
    await world.hear(lives)
    assert await world.tasks() == ["closed_by_mistake"]
    assert (await world.ok("POST", f"/cases/{case['id']}/reopen", again))["stage"] == "engaging"


async def test_a_referral_that_was_ended_by_mistake_is_to_be_opened_again_by_somebody(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    await referral.move("withdraw", "withdrawn", reason="died")
    listed = referrals.ReferralDecided(decision="ended_by_mistake", by="system", **referral.facts())
    await world.hear(listed)
    await world.hear(listed)
    assert "refer_again" in await world.tasks(referral_id=referral.id)
    await referral.move("reopen", "draft")
    assert "refer_again" not in await world.tasks(referral_id=referral.id)


async def test_an_outcome_that_was_a_mistake_is_owed_no_more_and_does_not_count(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    ahead = clock.now() + 5 * DAY
    await referral.move("send", "sent")
    await referral.move("book", "booked", appointment_at=ahead)
    first = await referral.move("miss", "accepted", reason="did_not_come")
    assert "ring_after_miss" in await world.tasks()
    back = {"corrects": "miss", "corrects_version": first.version, "reason": "did_not_come"}
    await referral.move("correct", "booked", appointment_at=ahead, **back)
    # Asked again to tell the person, who did not know; and nobody is rung for a miss that never was.
    assert await world.tasks() == ["inform_person"]
    await referral.move("miss", "accepted", reason="did_not_come")
    assert await world.tasks() == ["ring_after_miss"], "it is the first"


async def test_an_answer_that_was_a_mistake_takes_what_it_asked_for_along(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    ahead = clock.now() + 5 * DAY
    await referral.move("send", "sent")
    await referral.move("book", "booked", appointment_at=ahead)
    await world.hear(referrals.AppointmentTold(appointment_id=new_id(), **referral.facts()))
    gone = await referral.move("decline", "declined", reason="no_capacity", after_acceptance=True)
    assert await world.tasks() == [
        "declined_after_acceptance",
        "declined_after_acceptance_supervisor",
        "next_step",
    ]
    back = {"corrects": "decline", "corrects_version": gone.version, "appointment_told": True}
    await referral.move("correct", "booked", appointment_at=ahead, **back)
    assert await world.tasks() == []
    reached = (await world.ok("GET", "/board/figures"))["reached"]
    assert {one["state"]: one["count"] for one in reached}["booked"] == 1


async def test_what_was_reached_by_mistake_is_not_counted_as_reached(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    wrong = await referral.move("attend", "attended")
    await referral.move("correct", "sent", corrects="attend", corrects_version=wrong.version)
    reached = {one["state"]: one["count"] for one in (await world.ok("GET", "/board/figures"))["reached"]}
    assert (reached["sent"], reached["attended"]) == (1, 0)
    [answered] = await world.rows("SELECT answered_at FROM known_referrals WHERE id = :id", id=referral.id)
    assert answered[0] is None


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with another"])
async def test_what_a_mistaken_end_took_off_a_days_calls_stands_on_them_again(world: World, shared: bool) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    if shared:
        second = await world.person()
        other = Referral(world, second, case_id=(await world.case(person=second))["id"], agency=referral.agency)
        await other.move("send", "sent")
        await other.escalate("ask_worker")
    facts = {"person_id": person, "team_id": world.team}
    at = clock.now()
    await world.hear(intake.PersonSaidNo(version=world.version(person), occurred_at=at, **facts))
    assert await lines(world, referral) == []
    if shared:
        [calls] = (await world.ok("GET", "/tasks?kind=ask_worker"))["items"]
        await world.ok("POST", f"/tasks/{calls['id']}/done")
    await world.hear(intake.PersonNoStruck(version=world.version(person), occurred_at=clock.now(), since=at, **facts))
    assert await lines(world, referral) == ["ask_worker"]


async def test_a_days_calls_with_nobody_left_on_them_do_not_come_back(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    facts = {"person_id": person, "team_id": world.team}
    at = clock.now()
    await world.hear(intake.PersonSaidNo(version=world.version(person), occurred_at=at, **facts))
    await referral.move("withdraw", "withdrawn", reason="person_declined")
    await world.hear(intake.PersonNoStruck(version=world.version(person), occurred_at=clock.now(), since=at, **facts))
    assert "ask_worker" not in await world.tasks()


async def lines(world: World, referral: Referral) -> list[str]:
    """Kinds of the open tasks that this referral stands on."""
    found = (await world.ok("GET", "/tasks"))["items"]
    return [
        task["kind"]
        for task in found
        if any(line["open"] and line["referral_id"] == str(referral.id) for line in task["lines"])
    ]


@pytest.mark.parametrize("hour", ["missed", "passed"])
async def test_what_a_mistaken_answer_had_closed_is_owed_again(world: World, hour: str) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    if hour == "missed":
        await referral.move("book", "booked", appointment_at=clock.now() + DAY)
        await referral.move("miss", "accepted", reason="did_not_come")
        wrong, back = await referral.move("attend", "attended"), {"to": "accepted"}
    else:
        # Heard of after its hour: what is asked is what became of it.
        gone = {"appointment_at": clock.now() - HOUR}
        await referral.move("book", "booked", **gone)
        wrong, back = await referral.move("decline", "declined", reason="no_capacity"), {"to": "booked", **gone}
        back["appointment_told"] = True
    asked = {"missed": "ring_after_miss", "passed": "what_became"}[hour]
    assert asked not in await world.tasks()
    await referral.move("correct", corrects=wrong.move, corrects_version=wrong.version, **back)
    assert await world.tasks() == [asked]


async def test_whoever_did_something_else_instead_hears_that_the_no_was_taken_back(world: World) -> None:
    person, case, _ = await planned(world)
    referral = Referral(world, person, case_id=case["id"])
    await referral.move("send", "sent")
    wrong = await referral.move("decline", "declined", reason="no_capacity")
    [step] = (await world.ok("GET", "/next-steps"))["items"]
    await world.ok("POST", f"/next-steps/{step['id']}/record", {"what": "asked another service"})
    await referral.move("correct", "sent", corrects="decline", corrects_version=wrong.version)
    [task] = (await world.ok("GET", "/tasks"))["items"]
    assert (task["kind"], task["worker_id"], task["referral_id"]) == ("answer_changed", "worker-1", str(referral.id))
    await world.ok("POST", f"/tasks/{task['id']}/done")


async def test_a_contact_struck_after_the_case_was_closed_is_no_last_contact(world: World) -> None:
    person, _, plan = await planned(world)
    real, wrong, contact = clock.now() - HOUR, clock.now(), new_id()
    await world.contact(person, "spoke", at=real)
    await world.contact(person, "met", at=wrong, contact_id=contact)
    assert (await world.decide(plan["id"], CLOSE, reason="goals_met")).done
    await world.hear(struck(world, person, contact, "met", wrong))
    assert (await shown(world, plan))["last_contact_kind"] == "spoke"
    again = await world.ok("POST", f"/plans/{plan['id']}/reopen", {"note": "Came again."}, role="supervisor")
    assert again["last_contact_kind"] == "spoke"
