"""Clocks and ladders on the real database: what fires, when, once, and never after an answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.handlers import plan_held, plan_resumed
from services.referrals.referral import mail_effects, questions, service
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.board import ReferralStandingChanged
from shared.events.casework import PlanHeld, PlanResumed
from shared.events.referrals import EscalationRecorded, EscalationsResolved
from shared.ids import new_id
from shared.metrics.gathering import Gatherer
from shared.practice import ladder as practice
from shared.practice.calendar import local_day, spread_seconds, working_days_after
from shared.practice.clock_table import DEFAULT_CLOCKS
from tests.referrals.conftest import MakePlace, Place
from tests.referrals.stories import Story
from tests.scrape import series, value

RULES = {each.key: each for each in DEFAULT_CLOCKS}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return Story(db, activities, worker, place)


def steps_of(key: str, opened_at: datetime, **more: Any) -> dict[str, datetime]:
    return {each.action: each.at for each in practice.set_ladder(RULES[key], opened_at, **more)}


async def steps_counted() -> float:
    found = series((await Gatherer([]).text()).decode())
    return value(found, "alongside_step_lateness_seconds_count", kind="referral") or 0


async def test_sent_sets_the_reply_clock_from_when_it_was_sent(story: Story) -> None:
    await story.sent()
    row, position = await story.row(), await story.position()
    opening = position.ladder.opening("any.sent")
    assert opening is not None and opening.opened_at == row.stage_since
    assert opening.deadline == practice.deadline(RULES["any.sent"], row.stage_since)
    expected = steps_of("any.sent", row.stage_since)
    found = {r.action: r.at for r in position.ladder.rows.values() if r.clock == "any.sent"}
    assert found == expected
    view = await story.look()
    assert view.wake_at == expected["remind_agency"] + timedelta(seconds=spread_seconds(row.id))
    assert view.row.rule == "reply clock, 5 working days"
    assert view.row.rule_source == "ours"
    assert view.row.who == "agency"
    assert [a.action for a in view.row.ahead][:3] == ["remind_agency", "ask_worker", "tell_supervisor"]
    assert len(view.row.ahead) <= 8
    again = await story.look()
    assert again.revision == view.revision, "a second look changes nothing"


async def test_every_step_fires_once_in_order_and_level_counts_them(story: Story) -> None:
    await story.sent()
    opened = (await story.row()).stage_since
    at = steps_of("any.sent", opened)
    order = ["remind_agency", "ask_worker", "tell_supervisor", "ask_supervisor_to_ring", "offer_alternative"]
    counted = await steps_counted()
    for level, action in enumerate(order, start=1):
        early = await story.climb(at[action] - MINUTE)
        assert early.row.level == level - 1
        view = await story.climb(at[action])
        assert (await story.actions())[-1] == action
        assert view.row.level == level
        assert view.row.stalled == (level >= 2)
        twice = await story.climb(at[action] + MINUTE)
        assert twice.revision == view.revision
    fired = [e for e in await story.escalations() if e.clock == "any.sent"]
    assert [e.action for e in fired] == order
    assert await steps_counted() - counted == len(await story.actions()), "each counts once at /metrics"
    assert [e.due_at for e in fired] == [at[a] for a in order]


async def test_the_case_conference_repeats_until_it_is_acknowledged(story: Story) -> None:
    await story.sent()
    first = steps_of("any.sent", (await story.row()).stage_since)["case_conference"]
    view = await story.climb(first)
    second = practice.moved(first, 20)
    ahead = [a for a in view.row.ahead if a.action == "case_conference" and a.clock == "any.sent"]
    await story.climb(second)
    conferences = [e for e in await story.escalations() if e.action == "case_conference" and e.clock == "any.sent"]
    assert [(e.occurrence, e.due_at) for e in conferences] == [(1, first), (2, second)]
    assert ahead and ahead[0].at == second


async def test_after_two_weeks_away_only_the_highest_fires(story: Story) -> None:
    await story.sent()
    at = steps_of("any.sent", (await story.row()).stage_since)
    await story.climb(at["ask_supervisor_to_ring"] + timedelta(hours=1))
    assert await story.actions() == ["ask_supervisor_to_ring"]
    assert await story.actions("overtaken") == ["remind_agency", "ask_worker", "tell_supervisor"]
    recorded = await story.events(EscalationRecorded)
    assert [each.overtaken_by for each in recorded] == ["ask_supervisor_to_ring"] * 3 + [None]
    await story.climb(at["offer_alternative"])
    assert await story.actions() == ["ask_supervisor_to_ring", "offer_alternative"]


async def test_nothing_fires_after_an_answer(story: Story) -> None:
    await story.sent()
    row = await story.row()
    at = steps_of("any.sent", row.stage_since)
    await story.climb(at["ask_worker"])
    await story.move(Move.SEE)
    late = await story.climb(at["case_conference"], entry=row.stage_entry)
    assert await story.actions() == ["ask_worker"]
    assert late.stage_entry == row.stage_entry + 1
    assert {e.state for e in await story.escalations()} == {"resolved"}


async def test_an_agency_without_mail_is_never_reminded(
    db: Database, activities: ReferralActivities, worker: Actor, make_place: MakePlace
) -> None:
    story = await Story(db, activities, worker, await make_place(email=None)).sent()
    at = steps_of("any.sent", (await story.row()).stage_since, agency_has_email=False)
    assert "remind_agency" not in at
    await story.climb(min(at.values()))
    assert await story.actions() == ["ask_worker"]


@pytest.mark.parametrize("named", [True, False])
async def test_while_the_plan_is_held_every_step_goes_to_the_worker(
    story: Story, db: Database, team_id: Any, *, named: bool
) -> None:
    await (story.sent() if named else story.sent(plan_id=None))  # written before there was a plan
    at = steps_of("any.sent", (await story.row()).stage_since)
    common = {
        "occurred_at": clock.now(),
        "plan_id": story.plan_id,
        "case_id": new_id(),
        "person_id": story.person_id,
        "team_id": team_id,
    }
    async with db.transaction(Actor.service("referrals")) as session:
        await plan_held(session, PlanHeld(version=5, rungs_to_worker_only=True, **common))
        await plan_resumed(session, PlanResumed(version=4, **common))  # older, came late
        foreign = {**common, "plan_id": new_id(), "team_id": new_id()}
        await plan_held(session, PlanHeld(version=1, rungs_to_worker_only=True, **foreign))
    await story.climb(at["remind_agency"])
    [escalation] = await story.escalations()
    assert (escalation.action, escalation.rung, escalation.worker_only) == ("ask_worker", "remind_agency", True)
    async with db.transaction(Actor.service("referrals")) as session:
        await plan_resumed(session, PlanResumed(version=6, **common))
    await story.climb(at["tell_supervisor"])
    assert (await story.actions())[-1] == "tell_supervisor"


async def test_extend_moves_every_later_step_and_the_end(story: Story) -> None:
    await story.sent()
    before = {r.key: r.at for r in (await story.position()).ladder.instants()}
    opened = (await story.row()).stage_since
    at = steps_of("any.sent", opened)
    await story.climb(at["remind_agency"])
    answer = await story.decide("extend", at["remind_agency"] + MINUTE, "key-1", working_days=3)
    assert answer.done
    position = await story.position()
    for instant in position.ladder.instants():
        if instant.key == ("any.sent", "remind_agency", 1):
            assert instant.at == before[instant.key]
        elif instant.key in before:
            assert instant.at == practice.moved(before[instant.key], 3)
    opening = position.ladder.opening("any.sent")
    assert opening is not None and opening.deadline == practice.moved(at["ask_worker"], 3)
    again = await story.decide("extend", at["remind_agency"] + MINUTE, "key-1", working_days=3)
    assert (again.done, again.why, again.view.revision) == (True, answer.why, answer.view.revision)


async def test_acknowledged_is_silent_until_the_date_then_the_highest(story: Story) -> None:
    await story.sent()
    at = steps_of("any.sent", (await story.row()).stage_since)
    await story.climb(at["ask_worker"])
    until = working_days_after(local_day(at["ask_supervisor_to_ring"]), 1)
    ends = practice.silent_until(until)
    answer = await story.decide("acknowledge", at["ask_worker"] + MINUTE, until=ends)
    assert answer.done and "somebody is on it" in answer.view.row.next_step
    assert answer.view.wake_at == ends + timedelta(seconds=spread_seconds(story.id))
    assert {e.state for e in await story.escalations()} == {"acknowledged"}
    await story.climb(at["ask_supervisor_to_ring"])
    assert await story.actions() == ["ask_worker"]
    await story.climb(ends)
    assert await story.actions() == ["ask_worker", "ask_supervisor_to_ring"]


async def test_escalate_now_brings_the_next_step_forward_once(story: Story) -> None:
    await story.sent()
    now = clock.now()
    answer = await story.decide("escalate_now", now, "key-1")
    again = await story.decide("escalate_now", now, "key-1")
    assert answer.done and again.done
    assert await story.actions() == ["remind_agency"]
    at = steps_of("any.sent", (await story.row()).stage_since)
    await story.climb(at["remind_agency"])
    assert await story.actions() == ["remind_agency"]
    await story.climb(at["ask_worker"])
    assert await story.actions() == ["remind_agency", "ask_worker"]


async def test_offer_alternative_does_not_wait_for_its_day(story: Story) -> None:
    await story.sent()
    first = await story.decide("offer_alternative", clock.now())
    second = await story.decide("offer_alternative", clock.now())
    assert first.done and await story.actions() == ["offer_alternative"]
    assert not second.done and "already" in second.why


async def test_a_decision_that_comes_too_late_says_so(story: Story) -> None:
    await story.sent()
    await story.move(Move.DECLINE, reason="no_capacity")
    answer = await story.decide("extend", clock.now(), working_days=2)
    assert not answer.done and "declined" in answer.why and answer.view.ended


async def test_a_question_stops_their_clock_and_starts_ours(story: Story, travel: Callable[[timedelta], None]) -> None:
    await story.sent()
    at = steps_of("any.sent", (await story.row()).stage_since)
    asked_at = clock.now()
    assert await story.do(questions.ask, Attribution("agency", asked_at))
    assert not await story.do(questions.ask, Attribution("agency", asked_at))
    view = await story.look()
    assert view.row.waiting_for == "our answer to the service's question"
    ours = steps_of("any.question", asked_at)
    await story.climb(ours["ask_worker"])
    assert [(e.clock, e.action) for e in await story.escalations()] == [("any.question", "ask_worker")]
    await story.climb(at["tell_supervisor"])
    assert not [e for e in await story.escalations() if e.clock == "any.sent"]
    travel(at["ask_worker"] - clock.now())
    answered_at = clock.now()
    assert await story.do(questions.answered, Attribution("worker-1", answered_at))
    position = await story.position()
    opening = position.ladder.opening("any.sent")
    assert opening is not None and opening.deadline > at["ask_worker"]
    assert position.ladder.opening("any.question") is None
    moved = {r.action: r.at for r in position.ladder.instants() if r.clock == "any.sent"}
    expected = practice.resumed(at["ask_worker"], asked_at, answered_at)
    assert moved["ask_worker"] == opening.deadline == expected
    # A second question in the same stage opens a clock of its own.
    again_at = clock.now()
    assert await story.do(questions.ask, Attribution("agency", again_at))
    await story.look()
    await story.climb(steps_of("any.question", again_at)["ask_worker"])
    assert [e.clock for e in await story.escalations()].count("any.question") >= 2


async def test_what_they_ask_is_theirs_on_the_board_and_its_steps_are_told_as_ours(story: Story) -> None:
    await story.sent()
    first = await story.look()
    asked_at = clock.now()
    for what, said in ((None, "asked us something"), ("ring_me", "asked to be rung")):
        assert await story.do(questions.ask, Attribution("worker-1", asked_at), what)
        human = (await story.look()).row
        assert (human.last_human_what, human.last_human_by, human.last_human_at) == (said, "agency", asked_at)
    assert first.row.last_human_by == "worker-1"
    await story.climb(steps_of("any.question", asked_at)["ask_worker"])
    assert await story.do(questions.answered, Attribution("worker-1", clock.now()))
    await story.climb(max(steps_of("any.sent", (await story.row()).stage_since).values()) + timedelta(days=30))
    told = {(step.action, step.waits_on) for step in await story.events(EscalationRecorded)}
    assert ("ask_worker", "our_answer") in told
    assert {whom for action, whom in told if action != "ask_worker"} == {"agency"}


async def test_a_step_of_ours_says_that_it_waits_for_us(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    await story.permit(granted=False)
    await story.look()
    opened = (await story.row()).stage_since
    await story.climb(max(steps_of("any.awaiting_consent", opened).values()) + timedelta(days=1))
    told = [(step.action, step.waits_on) for step in await story.events(EscalationRecorded)]
    assert told and {whom for _, whom in told} == {"us"}


async def test_the_span_runs_across_stages_and_is_shown_when_nearer(story: Story) -> None:
    await story.sent()
    sent_at = (await story.row()).stage_since
    await story.move(Move.SEE)
    await story.move(Move.ACCEPT)
    view = await story.look()
    position = await story.position()
    span = position.ladder.opening("any.first_attendance")
    assert span is not None and span.opened_at == sent_at and span.stage_entry == 2
    assert view.row.rule == "appointment clock, 10 working days"
    await story.move(Move.ATTEND)
    assert (await story.position()).ladder.opening("any.first_attendance") is None


async def test_booked_asks_us_to_tell_the_person_then_what_became_of_it(story: Story) -> None:
    await story.sent()
    when = clock.now() + timedelta(days=10)
    await story.move(Move.BOOK, appointment=when)
    view = await story.look()
    assert view.row.waiting_for == "somebody to tell the person of the appointment"
    position = await story.position()
    telling, outcome = position.ladder.opening("any.booked.told"), position.ladder.opening("any.booked.outcome")
    assert telling is not None and outcome is not None
    assert telling.deadline < when and outcome.opened_at == when and outcome.whose == "agency"
    await story.move(Move.TOLD)
    assert (await story.position()).ladder.opening("any.booked.told") is None
    told = await story.look()
    assert told.row.waiting_for.startswith("the appointment")


async def test_without_consent_the_outcome_is_asked_of_us(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    await story.permit(may_tell_us=["outcome"])
    await story.move(Move.BOOK, appointment=clock.now() + timedelta(days=3))
    await story.look()
    outcome = (await story.position()).ladder.opening("any.booked.outcome")
    assert outcome is not None and outcome.whose == "us"


async def test_a_late_entry_counts_from_its_own_time(story: Story) -> None:
    await story.sent()
    happened = clock.now() - timedelta(days=9)
    await story.move(Move.ACCEPT, at=happened)
    await story.look()
    opening = (await story.position()).ladder.opening("any.accepted")
    assert opening is not None and opening.opened_at == happened
    assert opening.deadline == practice.deadline(RULES["any.accepted"], happened)


async def test_waitlisted_until_the_date_they_gave(story: Story) -> None:
    await story.sent()
    until = local_day(clock.now()) + timedelta(days=60)
    await story.move(Move.WAITLIST, until=until)
    await story.look()
    opening = (await story.position()).ladder.opening("any.waitlisted")
    assert opening is not None and local_day(opening.deadline) >= until and opening.whose == "us"


async def test_a_span_sleeps_until_its_date_is_entered(
    db: Database, activities: ReferralActivities, worker: Actor, make_place: MakePlace
) -> None:
    story = await Story(db, activities, worker, await make_place(pathway="tb")).sent()
    assert (await story.position()).ladder.opening("tb.imaging") is None
    when = clock.now()
    await story.do(service.record_dates, {"imaging_result_received_at": when}, Attribution("worker-1", when))
    await story.look()
    opening = (await story.position()).ladder.opening("tb.imaging")
    assert opening is not None and opening.opened_at == when and opening.mode == "hours"
    await story.do(service.record_dates, {"assessed_at": when}, Attribution("worker-1", when))
    assert (await story.position()).ladder.opening("tb.imaging") is None
    await story.look()
    assert (await story.position()).ladder.opening("tb.imaging") is None


async def test_a_draft_has_no_clock_and_says_why(story: Story) -> None:
    await story.draft()
    view = await story.look()
    assert view.wake_at is None and not view.ended
    assert "draft" in view.row.next_step


async def _asks(story: Story) -> dict[str, datetime]:
    """The agency asks us something now; when each of our steps comes."""
    asked_at = clock.now()
    assert await story.do(questions.ask, Attribution("agency", asked_at))
    await story.look()
    return steps_of("any.question", asked_at)


async def test_a_question_is_escalated_in_whatever_stage_it_is_asked_again(
    story: Story, travel: Callable[[timedelta], None]
) -> None:
    await story.sent()
    ours = await _asks(story)
    await story.move(Move.ACCEPT)
    await story.climb(ours["ask_worker"])
    travel(timedelta(days=3))
    assert await story.do(questions.answered, Attribution("worker-1", clock.now()))
    again = await _asks(story)
    await story.climb(again["ask_worker"])
    await story.climb(again["tell_supervisor"])
    asked = [(e.action, e.outcome) for e in await story.escalations() if e.clock == "any.question"]
    assert asked == [("ask_worker", "fired"), ("ask_worker", "fired"), ("tell_supervisor", "fired")]


async def test_what_nobody_answered_stays_owed_when_they_move_on(story: Story) -> None:
    at = steps_of("any.sent", (await (await story.sent()).row()).stage_since)
    await story.climb(at["remind_agency"])
    ours = await _asks(story)
    await story.climb(ours["ask_worker"])
    await story.move(Move.ACCEPT)
    states = {e.clock: e.state for e in await story.escalations()}
    assert states == {"any.sent": "resolved", "any.question": "open"}
    [resolved] = await story.events(EscalationsResolved)
    [question] = [e.id for e in await story.escalations() if e.clock == "any.question"]
    assert resolved.still_owed == [question]
    assert await story.do(questions.answered, Attribution("worker-1", clock.now()))
    assert {e.state for e in await story.escalations()} == {"resolved"}
    assert [each.still_owed for each in await story.events(EscalationsResolved)] == [[question], []]


async def test_a_pause_costs_a_stage_no_more_than_it_took_of_it(
    story: Story, travel: Callable[[timedelta], None]
) -> None:
    await story.sent()
    await _asks(story)
    travel(timedelta(days=14))
    await story.move(Move.ACCEPT)
    await story.look()
    accepted_at = (await story.row()).stage_since
    travel(timedelta(days=3))
    assert await story.do(questions.answered, Attribution("worker-1", clock.now()))
    expected = practice.resume(
        practice.pause(practice.set_ladder(RULES["any.accepted"], accepted_at), accepted_at), accepted_at, clock.now()
    )
    found = {r.action: r.at for r in (await story.position()).ladder.instants() if r.clock == "any.accepted"}
    assert found == {r.action: r.at for r in expected}
    opening = (await story.position()).ladder.opening("any.accepted")
    assert opening is not None and opening.deadline == found["ask_worker"]


async def test_a_question_found_in_a_mail_that_was_read_costs_its_time_once(
    story: Story, travel: Callable[[timedelta], None]
) -> None:
    await story.sent()
    at = steps_of("any.sent", (await story.row()).stage_since)
    async with story.db.transaction(Actor.service("referrals")) as session:
        await mail_effects.pause_for_mail(session, story.id, wrote := clock.now())
    travel(timedelta(days=7))
    async with story.db.transaction(story.worker) as session:
        await mail_effects.mail_read(session, story.id, read := clock.now(), "worker-1")
    assert await story.do(questions.ask, Attribution("worker-1", wrote, "mail"))
    travel(timedelta(days=7))
    assert await story.do(questions.answered, Attribution("worker-1", clock.now()))
    once = practice.resumed(practice.resumed(at["ask_worker"], wrote, read), read, clock.now())
    found = {r.action: r.at for r in (await story.position()).ladder.instants() if r.clock == "any.sent"}
    assert found["ask_worker"] == once


async def test_an_extension_given_in_a_pause_moves_also_what_would_have_come(
    story: Story, travel: Callable[[timedelta], None]
) -> None:
    await story.sent()
    at = steps_of("any.sent", (await story.row()).stage_since)
    asked_at = clock.now()
    await _asks(story)
    travel(at["tell_supervisor"] - clock.now() + MINUTE)
    assert (await story.decide("extend", clock.now(), working_days=3)).done
    answered_at = clock.now()
    assert await story.do(questions.answered, Attribution("worker-1", answered_at))
    position = await story.position()
    found = {r.action: r.at for r in position.ladder.instants() if r.clock == "any.sent"}
    for action in ("remind_agency", "ask_worker", "tell_supervisor"):
        assert found[action] == practice.resumed(practice.moved(at[action], 3), asked_at, answered_at), action
    opening = position.ladder.opening("any.sent")
    assert opening is not None and opening.deadline == found["ask_worker"]


async def test_a_step_that_was_refused_needs_help_until_it_is_taken(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place
) -> None:
    """The owner keeps it as a fact of the row, and each change of it is an event with a version of its own."""
    sent = await Story(db, activities, worker, place).sent()
    before = await sent.events(ReferralStandingChanged)
    await sent.activities.keep_refused(str(sent.id), "it could not be carried out")
    await sent.activities.keep_refused(str(sent.id), "it could not be carried out")
    await sent.look()
    told = (await sent.events(ReferralStandingChanged))[len(before) :]
    assert [each.needs_help for each in told] == ["it could not be carried out", None]
    assert before[-1].version < told[0].version < told[1].version == (await sent.row()).version
    await sent.activities.keep_refused(str(new_id()), "there is no such referral")
