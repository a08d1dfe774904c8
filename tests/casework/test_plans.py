"""Plans: starting, steps, contacts, holds, closing; through the activities on a real database, without an engine."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.casework.needs_assessment.rules import DOMAINS
from shared import clock
from shared.decisions import CLOSE, HOLD, REASSIGN, RESUME, REVIEW
from shared.events import intake
from shared.metrics.gathering import Gatherer
from shared.practice.cadence import contact_due
from shared.practice.calendar import spread_seconds
from tests.casework.world import Referral, World
from tests.scrape import series, value
from workflows.contracts import RUN_DUE_PLAN_STEPS, RunDueSteps, Sweep

Jump = Callable[[timedelta], None]


async def stands(world: World, plan: dict[str, Any]) -> dict[str, list[str]]:
    """Actions of a plan's steps by outcome."""
    rows = await world.rows("SELECT outcome, action FROM plan_steps WHERE plan_id = :id", id=plan["id"])
    found: dict[str, list[str]] = {}
    for outcome, action in rows:
        found.setdefault(outcome, []).append(action)
    return {outcome: sorted(actions) for outcome, actions in found.items()}


async def test_starting_writes_every_instant_and_drives_a_workflow(world: World) -> None:
    case = await world.case()
    plan = await world.plan(
        case, goals=["somewhere to sleep", "see my son"], actions=[{"what": "ring the hostel", "goal": 0}]
    )
    assert plan["case_stage"] == "planned" and plan["version"] == 1 and plan["cadence_days"] == 7
    assert [goal["words"] for goal in plan["goals"]] == ["somewhere to sleep", "see my son"]
    assert plan["actions"][0]["goal_id"] == plan["goals"][0]["id"]
    assert {step["clock"] for step in plan["steps"]} == {"contact", "review", "outcome", "phase"}
    [row] = await world.rows("SELECT workflow, workflow_id, fact FROM outbox WHERE workflow IS NOT NULL")
    assert row[:2] == ("CasePlanWorkflow", f"plan-{plan['id']}") and row[2]["version"] == 1
    view = await world.look(plan["id"])
    assert not view.ended and view.revision == 1 and view.row.stage == "planned"
    first = min(step["at"] for step in plan["steps"])
    assert view.wake_at is not None
    spread = timedelta(seconds=spread_seconds(UUID(plan["id"])))
    assert (view.wake_at - spread).isoformat() == first.replace("Z", "+00:00")
    assert view.row.waiting_for == "the next contact with the person"
    assert view.row.rule == "contact every 7 days"
    # One plan a case.
    await world.refused(409, "POST", f"/cases/{case['id']}/plan", {"goals": ["x"]})


async def steps_counted() -> float:
    found = series((await Gatherer([]).text()).decode())
    return value(found, "alongside_step_lateness_seconds_count", kind="plan") or 0


async def test_silence_climbs_once_and_lower_steps_are_overtaken(world: World) -> None:
    plan = await world.plan()
    now, counted = clock.now(), await steps_counted()
    await world.step(plan["id"], now + timedelta(days=15))
    assert await world.tasks() == ["not_seen", "outcome_form"]
    view = await world.step(plan["id"], now + timedelta(days=15))
    assert view.row.level == 1
    # Asleep for six weeks: only the highest fires.
    view = await world.step(plan["id"], now + timedelta(days=60))
    steps = await stands(world, plan)
    assert steps["fired"].count("lost_contact") == 1 and "another_way" in steps["overtaken"]
    assert steps["fired"].count("ask_worker") == 1
    assert await steps_counted() - counted == len(steps["fired"]), "each counts once at /metrics"
    assert view.row.stage == "lost_contact"
    assert {"check_custody", "check_hospital", "check_coroner", "check_shelter"} <= set(await world.tasks())
    taken = await world.events("casework.plan.step_taken")
    assert len({(step["step"], step["occurrence"]) for step in taken}) == len(taken)
    lines = await world.rows(
        "SELECT detail FROM board_timeline WHERE row_id = :id AND what = 'step_overtaken'", id=plan["id"]
    )
    assert {(line.detail["action"], line.detail["overtaken_by"]) for line in lines} >= {("another_way", "lost_contact")}


async def test_lost_contact_asks_about_every_open_referral(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    open_one, ended = (Referral(world, person, case["id"], plan["id"]) for _ in range(2))
    await open_one.move("send", "sent")
    await ended.move("complete", "completed")
    await world.step(plan["id"], clock.now() + timedelta(days=40))
    assert (await world.tasks()).count("keep_postpone_withdraw") == 1
    assert await world.tasks(referral_id=open_one.id) == ["keep_postpone_withdraw"]
    # Met again: the search and what it asked are moot, and the case goes on where it was.
    await world.contact(person, "met", at=clock.now() + timedelta(days=41))
    assert not {"check_custody", "keep_postpone_withdraw", "not_seen"} & set(await world.tasks())
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "planned"


async def test_a_contact_resets_the_cadence_and_drives_the_workflow(world: World, jump: Jump) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    jump(timedelta(days=15))
    view = await world.step(plan["id"], clock.now())
    assert "not_seen" in await world.tasks()
    await world.contact(person, "met")
    after = await world.look(plan["id"])
    assert after.revision > view.revision and after.stage_entry > view.stage_entry
    assert after.row.level == 0 and "not_seen" not in await world.tasks()
    [(driven,)] = await world.rows(
        "SELECT count(*) FROM outbox WHERE workflow IS NOT NULL AND fact->>'kind' = 'contact_met'"
    )
    assert driven == 1
    # The same instant again fires nothing: the steps counted from before are void.
    await world.step(plan["id"], clock.now())
    assert (await stands(world, plan))["fired"] == ["ask_worker", "outcome_form"]


async def test_a_contact_delivered_twice_or_late_or_out_of_order(world: World, jump: Jump) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    start = clock.now()
    jump(timedelta(days=20))
    await world.contact(person, "met", at=start + timedelta(days=15))
    version = (await world.look(plan["id"])).revision
    heard = await world.contact(person, "spoke", at=start + timedelta(days=10))
    late = await world.look(plan["id"])
    contact = [item for item in late.row.ahead if item.action == "contact"]
    assert contact[0].at > start + timedelta(days=20)  # counted from the later one
    assert late.revision == version + 1
    event = intake.ContactLogged(
        version=9, occurred_at=start, contact_id=heard, person_id=person, team_id=world.team, kind="met", by="x"
    )
    event_id = await world.hear(event)
    await world.hear(event, event_id=event_id)
    assert (await world.look(plan["id"])).revision == version + 2


async def test_a_late_entry_never_unfires(world: World, jump: Jump) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    start = clock.now()
    jump(timedelta(days=15))
    await world.step(plan["id"], clock.now())
    await world.contact(person, "met", at=start + timedelta(days=3))
    assert "ask_worker" in (await stands(world, plan))["fired"]


async def test_a_reply_and_a_step_in_the_same_moment(world: World, jump: Jump) -> None:
    """Whoever locks the plan first wins: a step is never recorded after the contact that made it moot."""
    for _ in range(5):
        person = await world.person()
        plan = await world.plan(await world.case(person=person, worker=f"w-{person}"))
        view = await world.look(plan["id"])
        jump(timedelta(days=15))
        climb = RunDueSteps(plan["id"], view.stage_entry, clock.now())
        answers = await asyncio.gather(world.contact(person, "met"), world.act(RUN_DUE_PLAN_STEPS, climb))
        assert not answers[1].ended
        told = await world.rows(
            "SELECT what FROM board_timeline WHERE row_id = :id AND what IN ('contact_met', 'step_fired')"
            " AND (what = 'contact_met' OR detail->>'clock' = 'contact') ORDER BY version",
            id=plan["id"],
        )
        assert [row[0] for row in told] in (["contact_met"], ["step_fired", "contact_met"])


async def test_a_sighting_ends_a_search_not_the_cadence(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    jump(timedelta(days=34))
    await world.step(plan["id"], clock.now())
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "lost_contact"
    await world.contact(person, "sighted")
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "planned"
    steps = await stands(world, plan)
    assert "lost_contact" in steps["planned"] and "ask_worker" not in steps["planned"]
    await world.step(plan["id"], clock.now())
    assert (await stands(world, plan))["fired"].count("ask_worker") == 0  # overtaken before, never again
    await world.contact(person, "missed")
    assert (await stands(world, plan)) == steps


async def test_the_contact_that_is_due_counts_from_a_meeting_and_from_the_end_of_a_pause(
    world: World, jump: Jump
) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))

    async def due() -> datetime | None:
        """As the plan says it; the board says the same."""
        said = (await world.ok("GET", f"/plans/{plan['id']}"))["contact_due_at"]
        found = datetime.fromisoformat(said) if said else None
        ahead = (await world.look(plan["id"])).row.ahead
        assert [item.at for item in ahead if item.action == "contact"] == ([found] if found else [])
        return found

    first = await due()
    jump(timedelta(days=6))
    await world.contact(person, "sighted")
    assert await due() == first
    await world.contact(person, "spoke")
    assert first is not None and await due() == contact_due(7, clock.now()) > first
    await world.decide(plan["id"], HOLD, reason="away")
    assert await due() is None
    jump(timedelta(days=30))
    await world.decide(plan["id"], RESUME)
    assert await due() == contact_due(7, clock.now())
    await world.decide(plan["id"], CLOSE, reason="goals_met")
    assert await due() is None


async def test_custody_pauses_contact_and_tells_nobody_why(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    booked = Referral(world, person, case["id"], plan["id"])
    await booked.move("book", "booked", appointment_at=clock.now() + timedelta(days=9))
    answer = await world.decide(plan["id"], HOLD, reason="custody")
    assert answer.done and answer.view.row.stage == "on_hold"
    assert answer.view.row.waiting_for == "release from prison"
    assert "move_or_cancel_appointment" in await world.tasks()
    [held] = await world.events("casework.plan.held")
    assert held["rungs_to_worker_only"] is True and "custody" not in str(held)
    steps = await stands(world, plan)
    assert steps["planned"] == ["ask_weekly", "hold_contact", "look_again", "phase_ends", "review"]
    [load] = await world.ok("GET", "/caseloads")
    assert load["weight"] == 0.5
    # Weeks later no task reports the person as not seen; the pause asks again and again, once a week each. Five weeks,
    # since a contact that would fall due at Christmas is due after it.
    jump(timedelta(days=35))
    await world.step(plan["id"], clock.now())
    assert {"look_again", "ask_release_date", "prison_contact"} <= set(await world.tasks())
    assert not {"not_seen", "check_custody"} & set(await world.tasks())
    # A visit in prison is a contact, not a release.
    await world.contact(person, "met")
    assert "prison_contact" not in await world.tasks()
    assert (await world.look(plan["id"])).row.stage == "on_hold"
    assert not (await world.decide(plan["id"], HOLD, reason="away")).done
    out = await world.decide(plan["id"], RESUME)
    assert out.done and out.view.row.stage == "planned"
    assert "see_after_release" in await world.tasks() and "look_again" not in await world.tasks()
    steps = await stands(world, plan)
    assert "watch" in steps["planned"] and "ask_worker" in steps["planned"]
    [load] = await world.ok("GET", "/caseloads")
    assert load["weight"] == 1.0


async def test_a_sighting_ends_being_away_and_the_worker_is_asked(world: World) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    await world.decide(plan["id"], HOLD, reason="away")
    await world.contact(person, "sighted", at=clock.now() - timedelta(days=2))
    assert (await world.look(plan["id"])).row.stage == "on_hold"  # seen before it began
    await world.contact(person, "sighted")
    view = await world.look(plan["id"])
    assert view.row.stage == "planned" and view.row.paused_until is None
    assert "check_return" in await world.tasks()
    assert [row[0] for row in await world.rows("SELECT ended_how FROM holds")] == ["sighted"]
    assert len(await world.events("casework.plan.resumed")) == 1


async def test_a_decision_is_carried_out_once(world: World) -> None:
    plan = await world.plan()
    first = await world.decide(plan["id"], HOLD, key="k", reason="away")
    again = await world.decide(plan["id"], HOLD, key="k", reason="away")
    assert first == again and len(await world.events("casework.plan.held")) == 1
    no = await world.decide(plan["id"], RESUME, key="r")
    assert no.done
    no = await world.decide(plan["id"], RESUME, key="r2")
    assert (no.done, no.why) == (False, "It is not paused.") and no.view.revision == again.view.revision + 1


async def test_a_review_counts_from_today(world: World, jump: Jump) -> None:
    plan = await world.plan()
    jump(timedelta(days=35))
    await world.step(plan["id"], clock.now())
    assert "review" in await world.tasks()
    answer = await world.decide(plan["id"], REVIEW)
    assert answer.done and "review" not in await world.tasks()
    [review] = (await world.ok("GET", "/reviews?signed=false"))["items"]
    await world.refused(403, "POST", "/reviews/sign", {"ids": [review["id"]]})
    [signed] = await world.ok("POST", "/reviews/sign", {"ids": [review["id"]]}, role="supervisor")
    assert signed["signed_by"] == "supervisor-1"
    coming = [item.at for item in answer.view.row.ahead if item.action == "review"]
    assert coming[0] > clock.now() + timedelta(days=27)


async def test_contacts_stay_with_the_worker_of_their_day(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    before = clock.now()
    jump(timedelta(days=2))
    assert (await world.decide(plan["id"], REASSIGN, worker_id="worker-2")).done
    await world.contact(person, "met", at=before + timedelta(hours=1))
    await world.contact(person, "met")
    credited = await world.rows("SELECT credited_to FROM heard_contacts ORDER BY occurred_at")
    assert [row[0] for row in credited] == ["worker-1", "worker-2"]
    assert (await world.ok("GET", f"/plans/{plan['id']}"))["worker_id"] == "worker-2"


async def test_tasks_go_along_with_the_case(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    other = await world.case()
    mine = Referral(world, person, case["id"], plan["id"])
    await mine.move("send", "sent")
    theirs = Referral(world, UUID(other["person_id"]), other["id"], agency=mine.agency)
    await theirs.move("send", "sent")
    await mine.escalate("ask_worker")
    await theirs.escalate("ask_worker")
    await world.step(plan["id"], clock.now() + timedelta(days=15))
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-2"})
    assert await world.tasks(worker_id="worker-2") == ["ask_worker", "case_given", "not_seen", "outcome_form"]
    [left] = (await world.ok("GET", "/tasks?mine=true&kind=ask_worker"))["items"]
    assert [line["referral_id"] for line in left["lines"]] == [str(theirs.id)]


async def test_closing_is_silence(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    await referral.move("decline", "declined", reason="wrong_service")
    jump(timedelta(days=40))
    await world.step(plan["id"], clock.now())
    assert len(await world.tasks()) > 3
    assert not (await world.decide(plan["id"], CLOSE, reason="bored")).done
    answer = await world.decide(plan["id"], CLOSE, reason="goals_met")
    assert answer.done and answer.view.ended and answer.view.wake_at is None
    assert await world.tasks() == []
    assert (await world.ok("GET", "/next-steps"))["items"] == []
    assert (await world.ok("GET", f"/cases/{case['id']}"))["closing_reason"] == "goals_met"
    assert "planned" not in await stands(world, plan)
    await world.step(plan["id"], clock.now() + timedelta(days=90))
    assert await world.tasks() == []
    # Work can go on later, with a plan of its own.
    await world.ok("POST", f"/cases/{case['id']}/reopen", {"note": "back in town"})
    assert (await world.plan(case))["id"] != plan["id"]


async def test_a_no_stops_everything_until_the_person_comes_back(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    await world.step(plan["id"], clock.now() + timedelta(days=15))
    no = intake.PersonSaidNo(
        version=5, occurred_at=clock.now(), person_id=person, team_id=world.team, until=clock.now() + timedelta(days=3)
    )
    await world.hear(no)
    assert await world.tasks() == []
    view = await world.look(plan["id"])
    assert (view.row.stage, view.wake_at, view.ended) == ("said_no", None, False)
    assert view.row.who == "person"
    await referral.escalate("ask_worker")
    assert await world.tasks() == []
    # The no was until a date: the worker is asked, once; nothing opens by itself.
    jump(timedelta(days=4))
    assert await world.act("casework.sweep_tasks", Sweep()) == 1
    assert await world.act("casework.sweep_tasks", Sweep()) == 0
    assert await world.tasks() == ["review_after_said_no"]
    back = intake.PersonCameBack(version=6, occurred_at=clock.now(), person_id=person, team_id=world.team)
    await world.hear(back)
    await world.hear(no)  # late, again: older than what we know
    view = await world.look(plan["id"])
    assert view.row.stage == "planned" and view.wake_at is not None and view.wake_at > clock.now()


async def test_a_death_asks_two_people_to_speak(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    await world.decide(plan["id"], HOLD, reason="hospital")
    died = intake.PersonDied(version=7, occurred_at=clock.now(), person_id=person, team_id=world.team)
    await world.hear(died)
    await world.hear(died)
    assert await world.tasks() == ["speak_together", "speak_together_supervisor"]
    view = await world.look(plan["id"])
    assert view.wake_at is None and view.row.waiting_for == "a supervisor to close it"
    back = intake.PersonCameBack(version=9, occurred_at=clock.now(), person_id=person, team_id=world.team)
    await world.hear(back)
    assert (await world.look(plan["id"])).wake_at is None
    assert (await world.decide(plan["id"], CLOSE, reason="died")).done
    await world.refused(409, "POST", f"/cases/{case['id']}/reopen", {"note": "x"})


@pytest.mark.parametrize("reason", ["died", "said_no"])
async def test_what_only_the_persons_file_can_stop_is_recorded_there_first(world: World, reason: str) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    answer = await world.decide(plan["id"], CLOSE, reason=reason)
    assert not answer.done and "Record it in the file first" in answer.why
    empty = await world.case()
    refused = await world.refused(409, "POST", f"/cases/{empty['id']}/close", {"reason": reason}, role="supervisor")
    assert "Record it in the file first" in refused["detail"]
    event = {"version": 7, "occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonDied(**event) if reason == "died" else intake.PersonSaidNo(**event))
    assert (await world.decide(plan["id"], CLOSE, reason=reason)).done


async def test_editing_needs_the_version_last_seen(world: World) -> None:
    plan = await world.plan()
    path = f"/plans/{plan['id']}"
    await world.refused(428, "PATCH", path, {"cadence_days": 14})
    await world.refused(412, "PATCH", path, {"cadence_days": 14}, etag='"99"')
    read = await world.send("GET", path)
    edited = await world.ok("PATCH", path, {"cadence_days": 14}, etag=read.headers["ETag"])
    assert edited["cadence_days"] == 14 and edited["version"] == 2
    await world.refused(412, "PATCH", path, {"cadence_days": 7}, etag=read.headers["ETag"])
    moved = await world.ok("PATCH", path, {"phase": "transfer_of_care", "cadence_days": None}, etag='"2"')
    assert (moved["cadence_days"], moved["case_stage"]) == (28, "stepping_down")
    goal = await world.ok("POST", f"{path}/goals", {"words": "a job"})
    action = await world.ok("POST", f"{path}/actions", {"what": "write a letter", "goal_id": goal["id"]})
    assert action["goal_id"] == goal["id"]
    [(words,)] = await world.rows("SELECT words_sealed FROM goals WHERE id = :id", id=goal["id"])
    assert b"a job" not in bytes(words)


@pytest.mark.parametrize("interrupted", ["held", "no"])
async def test_a_phase_changed_in_an_interruption_holds_after_it(world: World, *, interrupted: str) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    word = {"occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    if interrupted == "held":
        await world.decide(plan["id"], HOLD, reason="hospital")
    else:
        await world.hear(intake.PersonSaidNo(version=2, **word))
    seen = await world.send("GET", f"/plans/{plan['id']}")
    body = {"phase": "transfer_of_care"}
    edited = await world.ok("PATCH", f"/plans/{plan['id']}", body, etag=seen.headers["ETag"])
    assert edited["case_stage"] in ("on_hold", "said_no")
    if interrupted == "held":
        await world.decide(plan["id"], RESUME)
    else:
        await world.hear(intake.PersonCameBack(version=3, **word))
    assert (await world.ok("GET", f"/cases/{plan['case_id']}"))["stage"] == "stepping_down"


async def test_the_phase_of_somebody_who_died_moves_nothing(world: World) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    died = {"version": 2, "occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonDied(**died))
    seen = await world.send("GET", f"/plans/{plan['id']}")
    body = {"phase": "transfer_of_care"}
    edited = await world.ok("PATCH", f"/plans/{plan['id']}", body, etag=seen.headers["ETag"])
    assert edited["case_stage"] == "planned"


async def test_an_action_is_ticked_and_a_slip_is_taken_back(world: World) -> None:
    plan = await world.plan(actions=[{"what": "ring the hostel"}])
    [action], other = plan["actions"], await world.plan()
    path = f"/plans/{plan['id']}/actions/{action['id']}/done"
    assert (await world.ok("POST", path, {"done": True}))["done_at"] is not None
    ticked = await world.ok("GET", f"/plans/{plan['id']}")
    again = await world.ok("POST", path, {"done": True})
    assert again["done_at"] == ticked["actions"][0]["done_at"]
    assert (await world.ok("GET", f"/plans/{plan['id']}"))["version"] == ticked["version"]
    assert (await world.ok("POST", path, {"done": False}))["done_at"] is None
    await world.refused(404, "POST", f"/plans/{other['id']}/actions/{action['id']}/done", {"done": True})
    await world.decide(plan["id"], CLOSE, reason="goals_met")
    await world.refused(409, "POST", path, {"done": True})


async def test_only_a_look_at_every_need_is_the_outcome_form(world: World) -> None:
    plan = await world.plan()
    await world.step(plan["id"], clock.now() + timedelta(days=15))
    assert "outcome_form" in await world.tasks()
    path, look = f"/cases/{plan['case_id']}/needs-assessments", {"score": 2}
    await world.ok("POST", path, {"domains": {"alcohol": look}})
    assert "outcome_form" in await world.tasks()
    await world.ok("POST", path, {"domains": dict.fromkeys(DOMAINS, look)})
    assert "outcome_form" not in await world.tasks()


async def test_a_preview_says_the_dates(world: World) -> None:
    found = await world.ok("GET", "/plans/preview?phase=try_out")
    assert found["cadence_days"] == 14 and {item["what"] for item in found["items"]} >= {"contact", "review"}
    await world.refused(422, "GET", "/plans/preview?cadence_days=0")
    await world.refused(422, "GET", "/plans/preview?phase=limbo")


async def test_a_closed_plan_goes_on_with_its_case(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case, phase="transfer_of_care")
    path, note = f"/plans/{plan['id']}/reopen", {"note": "back in town"}
    problem = await world.refused(409, "POST", path, note, role="supervisor")
    assert problem["rule"] == "open"
    await world.decide(plan["id"], CLOSE, reason="moved_away")
    jump(timedelta(days=50))
    await world.refused(403, "POST", path, note)
    await world.refused(422, "POST", path, {"note": ""}, role="supervisor")
    again = await world.ok("POST", path, note, role="supervisor", key="once")
    assert again == await world.ok("POST", path, note, role="supervisor", key="once")
    assert (again["stage"], again["case_stage"], again["worker_id"]) == ("open", "stepping_down", "worker-1")
    assert again["closed_at"] is None and again["closing_reason"] is None
    assert {step["clock"] for step in again["steps"] if step["outcome"] == "planned"} >= {
        "contact",
        "review",
        "outcome",
    }
    view = await world.look(plan["id"])
    assert not view.ended and view.wake_at is not None and view.wake_at > clock.now(), "nothing is owed for the gap"
    [(driven,)] = await world.rows(
        "SELECT count(*) FROM outbox WHERE workflow IS NOT NULL AND fact->>'kind' = 'reopened'"
    )
    assert driven == 1
    await world.contact(person, "met")
    assert (await world.look(plan["id"])).revision > view.revision


async def test_a_plan_is_not_reopened_beside_another_or_after_a_death_or_a_no(world: World) -> None:
    async def closed() -> tuple[UUID, dict[str, Any], dict[str, Any]]:
        person = await world.person()
        case = await world.case(person=person)
        plan = await world.plan(case)
        await world.decide(plan["id"], CLOSE, reason="moved_away")
        return person, case, plan

    async def refused(plan: dict[str, Any]) -> str:
        body = {"note": "x"}
        return str((await world.refused(409, "POST", f"/plans/{plan['id']}/reopen", body, role="supervisor"))["rule"])

    person, case, plan = await closed()
    await world.ok("POST", f"/cases/{case['id']}/reopen", {"note": "back"})
    shown = await world.ok("GET", f"/cases/{case['id']}")
    assert (shown["plan_id"], shown["plan_open"]) == (plan["id"], False)
    second = await world.plan(case)
    shown = await world.ok("GET", f"/cases/{case['id']}")
    assert (shown["plan_id"], shown["plan_open"]) == (second["id"], True)
    assert await refused(plan) == "plan_open"

    person, case, plan = await closed()
    await world.plan(await world.case(person=person))
    assert await refused(plan) == "already_open"

    person, case, plan = await closed()
    facts: dict[str, Any] = {"occurred_at": clock.now(), "person_id": person, "team_id": world.team}
    await world.hear(intake.PersonSaidNo(version=5, until=None, **facts))
    assert await refused(plan) == "said_no"
    await world.hear(intake.PersonDied(version=6, **facts))
    assert await refused(plan) == "died"
