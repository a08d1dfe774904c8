"""The referral's workflow over months, on the real server."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from services.referrals.codes import Move
from services.referrals.handlers import consent_recorded, consent_withdrawn, plan_held
from services.referrals.operations import reconcile
from services.referrals.referral import questions
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.decisions import ACKNOWLEDGE, ESCALATE_NOW, EXTEND, OFFER_ALTERNATIVE, WITHDRAW
from shared.events.casework import PlanHeld
from shared.events.intake import ConsentRecorded, ConsentWithdrawn
from shared.ids import new_id
from shared.practice import ladder as practice
from shared.practice.calendar import local_day, working_days_after
from shared.practice.clock_table import DEFAULT_CLOCKS
from tests.referrals.conftest import MakePlace
from tests.workflows.referral.conftest import MakeWorld
from tests.workflows.referral.world import World

RULES = {each.key: each for each in DEFAULT_CLOCKS}
ORDER = ["remind_agency", "ask_worker", "tell_supervisor", "ask_supervisor_to_ring", "offer_alternative"]


async def steps(world: World, key: str = "any.sent") -> dict[str, datetime]:
    """When the steps of a clock stand, counted from when the stage was entered."""
    row = await world.story.row()
    return {each.action: each.at for each in practice.set_ladder(RULES[key], row.stage_since)}


async def consent(world: World, handler: Any, event: type) -> None:
    story = world.story
    async with world.db.transaction(Actor.service("referrals")) as session:
        await handler(
            session,
            event(
                version=1,
                occurred_at=clock.now(),
                consent_id=new_id(),
                person_id=story.person_id,
                team_id=story.worker.teams[0],
                agency_id=story.place.agency_id,
            ),
        )


async def test_silence_climbs_every_step_once_and_the_board_hears(world: World) -> None:
    await world.started()
    at = await steps(world)
    for place, action in enumerate([*ORDER, "case_conference"], start=1):
        await world.go_to(at[action])
        await world.fired(*[*ORDER, "case_conference"][:place])
    await world.until(lambda: _level(world, 6))
    assert (await world.board()).rule == "reply clock, 5 working days"
    repeat = practice.moved(at["case_conference"], 20)
    await world.go_to(repeat)
    await world.fired(*ORDER, "case_conference", "case_conference")


async def _level(world: World, least: int) -> bool:
    return (await world.board()).level >= least


async def test_an_answer_stops_the_ladder_and_the_next_stage_opens(world: World) -> None:
    await world.started()
    at = await steps(world)
    await world.go_to(at["ask_worker"])
    await world.until(lambda: _count(world, 1))
    before = len(await world.story.escalations())
    await world.story.move(Move.ACCEPT)
    await world.settled()
    await world.go_to(at["offer_alternative"])
    assert len([e for e in await world.story.escalations() if e.clock == "any.sent"]) == before


async def _count(world: World, least: int) -> bool:
    return len(await world.story.escalations()) >= least


async def test_a_ladder_that_is_off_never_wakes(world: World) -> None:
    await world.story.draft()
    await world.until(lambda: _reported(world, "draft"))
    await world.until(world.running_now)
    await world.go_to(clock.now() + timedelta(days=90))
    assert await world.story.escalations(None) == []
    assert await world.running_now()


async def _reported(world: World, stage: str) -> bool:
    return (await world.board()).stage == stage


async def test_acknowledged_is_silent_then_the_highest(world: World) -> None:
    await world.started()
    at = await steps(world)
    until = practice.silent_until(working_days_after(local_day(at["ask_supervisor_to_ring"]), 1))
    answer = await world.decide(ACKNOWLEDGE, until=until)
    assert answer.done
    await world.go_to(at["tell_supervisor"])
    assert await world.story.escalations(None) == []
    await world.go_to(until)
    await world.fired("ask_supervisor_to_ring")


async def test_extended_steps_come_later_and_the_key_is_asked_once(world: World) -> None:
    await world.started()
    at = await steps(world)
    first = await world.decide(EXTEND, working_days=4, key="the-key")
    again = await world.decide(EXTEND, working_days=4, key="the-key")
    assert first.done and again.why == first.why
    await world.go_to(at["ask_worker"])
    assert [e for e in await world.story.escalations(None) if e.clock == "any.sent"] == []
    await world.go_to(practice.moved(at["remind_agency"], 4))
    await world.fired("remind_agency")


async def test_escalate_now_and_offer_alternative(world: World) -> None:
    await world.started()
    assert (await world.decide(ESCALATE_NOW)).done
    await world.fired("remind_agency")
    assert (await world.decide(OFFER_ALTERNATIVE)).done
    await world.fired("remind_agency", "offer_alternative")


async def test_a_hold_over_a_step_sends_it_to_the_worker(world: World) -> None:
    await world.started()
    at = await steps(world)
    story = world.story
    async with world.db.transaction(Actor.service("referrals")) as session:
        await plan_held(
            session,
            PlanHeld(
                version=2,
                occurred_at=clock.now(),
                plan_id=story.plan_id,
                case_id=new_id(),
                person_id=story.person_id,
                team_id=story.worker.teams[0],
                rungs_to_worker_only=True,
            ),
        )
    await world.go_to(at["remind_agency"])
    await world.fired("ask_worker")
    [escalation] = await story.escalations()
    assert escalation.worker_only and escalation.rung == "remind_agency"


async def test_a_question_stops_their_clock(world: World) -> None:
    await world.started()
    at = await steps(world)
    await world.story.do(questions.ask, Attribution("agency", clock.now()))
    await world.until(lambda: _question(world))
    await world.go_to(at["tell_supervisor"])
    await world.until(lambda: _count(world, 1))
    assert {e.clock for e in await world.story.escalations()} <= {"any.question"}
    await world.story.do(questions.answered, Attribution("worker-1", clock.now()))
    await asyncio.sleep(0.3)
    position = await world.story.position()
    nearest = min(r.at for r in position.ladder.planned() if r.clock == "any.sent")
    await world.go_to(nearest)
    await world.fired("remind_agency")


async def _question(world: World) -> bool:
    return (await world.story.position()).ladder.opening("any.question") is not None


async def test_the_agency_answers_in_the_second_its_step_fires(world: World) -> None:
    await world.started()
    at = await steps(world)
    entry = (await world.story.row()).stage_entry

    async def reply() -> None:
        await asyncio.sleep(0.03)
        await world.story.move(Move.SEE)

    await asyncio.gather(world.go_to(at["remind_agency"]), reply())
    await asyncio.sleep(0.5)
    fired = [e for e in await world.story.escalations(None) if e.stage_entry == entry]
    assert len(fired) <= 1 and all(e.state == "resolved" for e in fired)
    await world.go_to(at["case_conference"])
    later = [e for e in await world.story.escalations(None) if e.clock == "any.sent"]
    assert len(later) == len(fired)


async def test_consent_taken_back_before_sending(world: World) -> None:
    story = await world.story.ordered()
    await consent(world, consent_withdrawn, ConsentWithdrawn)
    await world.ended()
    assert await story.permit() == "void" and not (await story.row()).ever_sent
    assert (await world.board()).closed


async def test_while_our_email_has_not_left_nothing_is_due_and_the_board_says_so(world: World) -> None:
    story = await world.story.ordered()
    await world.until(lambda: _says(world, "our email to leave"))
    await story.fails("relay_away")
    await world.until(lambda: _says(world, "our email has not been sent: the email relay cannot be reached"))
    await world.go_to(clock.now() + timedelta(days=40))
    assert await story.escalations(None) == [] and not (await world.board()).stalled
    await story.permit()
    await world.settled()
    assert (await world.board()).waiting_for == "a reply from the service"
    at = await steps(world)
    await world.go_to(at["remind_agency"])
    await world.fired("remind_agency")


async def _says(world: World, words: str) -> bool:
    return (await world.board()).waiting_for.startswith(words)


async def test_consent_taken_back_midway(world: World) -> None:
    await world.started()
    await consent(world, consent_withdrawn, ConsentWithdrawn)
    await world.ended()
    row = await world.story.row()
    assert (row.state, row.ended_reason) == ("withdrawn", "consent_withdrawn")


async def test_no_yes_yet_waits_and_goes_when_it_is_there(world: World) -> None:
    story = await world.story.ordered()
    await story.permit(granted=False)
    await world.state("awaiting_consent")
    await consent(world, consent_recorded, ConsentRecorded)
    await story.permit()
    await world.state("sent")


async def test_declined_after_acceptance_ends_it(world: World) -> None:
    await world.started()
    await world.story.move(Move.ACCEPT)
    await world.story.move(Move.DECLINE, reason="no_capacity")
    await world.ended()
    assert (await world.board()).closed and (await world.board()).stage == "declined"


async def test_withdraw_is_a_decision_too(world: World) -> None:
    await world.started()
    answer = await world.decide(WITHDRAW, reason="person_declined")
    assert answer.done and answer.view.ended
    await world.ended()
    assert (await world.board()).closed


async def test_two_weeks_away_fires_only_the_highest(world: World, travel: Callable[[timedelta], None]) -> None:
    await world.started()
    at = await steps(world)
    await world.handle.terminate("the machine is off")
    travel(at["offer_alternative"] - clock.now() + timedelta(minutes=30))
    mended = await reconcile(world.client, world.db)
    assert mended.restarted == [f"referral-{world.story.id}"]
    await world.fired("offer_alternative")
    overtaken = [e.action for e in await world.story.escalations("overtaken") if e.clock == "any.sent"]
    assert overtaken == ORDER[:-1]
    assert (await reconcile(world.client, world.db)).restarted == []


async def test_reopened_is_a_new_run_under_the_same_id(world: World) -> None:
    await world.started()
    await world.story.move(Move.DECLINE, reason="no_capacity")
    await world.ended()
    await world.story.move(Move.REOPEN, note="They have room now.")
    await world.until(world.running_now)
    await world.until(lambda: _reported(world, "draft"))
    await world.story.move(Move.SEND)
    await world.story.permit()
    await world.settled()
    row = await world.story.row()
    assert row.stage_entry == 5
    await world.go_to((await steps(world))["remind_agency"])
    await world.fired("remind_agency")


async def test_an_agency_without_mail_is_rung_instead(make_world: MakeWorld, make_place: MakePlace) -> None:
    async with make_world(at=await make_place(email=None)).running() as world:
        await world.started()
        at = practice.set_ladder(RULES["any.sent"], (await world.story.row()).stage_since, agency_has_email=False)
        await world.go_to(at[0].at)
        await world.fired("ask_worker")
