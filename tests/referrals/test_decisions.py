"""Decisions about a referral are its own transactions: no engine runs here, and who comes second sees the first."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.decision.desk import DecisionDesk
from shared import clock
from shared.context import Actor
from shared.db.platform_tables import outbox
from shared.db.session import Database
from shared.decisions import ACKNOWLEDGE, ESCALATE_NOW, EXTEND, OFFER_ALTERNATIVE, WITHDRAW, DecisionRequest
from shared.events.referrals import EscalationRecorded, ReferralDecided, ReferralMoved
from shared.http.problems import Problem
from shared.ids import new_id
from tests.referrals.conftest import Api
from tests.referrals.stories import Decided, Story
from workflows.contracts import referral_workflow_id

MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Any) -> Story:
    return Story(db, activities, worker, place)


@pytest.fixture
def make_sent(db: Database, activities: ReferralActivities, worker: Actor, place: Any) -> Callable[[], Any]:
    async def make() -> Story:
        return await Story(db, activities, worker, place).sent()

    return make


async def due_at(story: Story) -> Any:
    """The instant of the first step of its ladder."""
    return min(each.at for each in (await story.position()).ladder.planned())


def request(story: Story, kind: str, id: str, **more: Any) -> DecisionRequest:
    return DecisionRequest(id, str(story.id), str(story.worker.teams[0]), kind, "supervisor-1", **more)


async def facts(story: Story) -> list[int]:
    """Versions of the facts that are for its workflow."""
    async with story.db.platform_connection() as connection:
        rows = await connection.execute(
            select(outbox.c.fact).where(outbox.c.workflow_id == referral_workflow_id(story.id)).order_by(outbox.c.id)
        )
        return [fact["version"] for (fact,) in rows]


async def test_each_is_made_at_once_and_leaves_a_fact_for_the_workflow(api: Api, story: Story) -> None:
    await story.sent()
    until = (clock.now() + timedelta(days=3)).isoformat()
    for body in (
        {"decision": "extend", "working_days": 3},
        {"decision": "acknowledge", "until": until, "note": "I ring them on Thursday"},
        {"decision": "offer_alternative"},
        {"decision": "escalate_now"},
    ):
        before = len(await facts(story))
        answer = await api.post(f"/referrals/{story.id}/decisions", body)
        assert answer.status_code == 200, answer.text
        assert len(await facts(story)) == before + 1, body
        assert answer.json()["version"] >= (await facts(story))[-1]
    told = [each.decision for each in await story.events(ReferralDecided)]
    assert told[-4:] == ["extend", "acknowledge", "offer_alternative", "escalate_now"]
    history = (await api.get(f"/referrals/{story.id}/history")).json()["items"]
    assert [each["note"] for each in history if each["move"] == "acknowledge"] == ["I ring them on Thursday"]


async def test_what_is_missing_or_out_of_place_names_its_field(api: Api, story: Story) -> None:
    await story.sent()
    past = (clock.now() - MINUTE).isoformat()
    for body, field in (
        ({"decision": "extend"}, "working_days"),
        ({"decision": "extend", "working_days": 61}, "working_days"),
        ({"decision": "acknowledge"}, "until"),
        ({"decision": "acknowledge", "until": past}, "until"),
        ({"decision": "escalate_now", "working_days": 2}, "working_days"),
        ({"decision": "withdraw"}, "decision"),
    ):
        answer = await api.post(f"/referrals/{story.id}/decisions", body)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field, answer.text


async def test_after_its_end_nothing_is_decided(api: Api, story: Story) -> None:
    await story.sent()
    await story.move(Move.DECLINE, reason="no_capacity")
    answer = await api.post(f"/referrals/{story.id}/decisions", {"decision": "escalate_now"})
    assert answer.status_code == 409
    assert (answer.json()["rule"], answer.json()["detail"]) == ("not_done", "it ended meanwhile: it is declined")


async def test_another_service_is_answered_the_same_under_the_same_id(story: Story) -> None:
    await story.sent()
    desk, id = DecisionDesk(story.db), str(new_id())
    first = await desk.decide(request(story, EXTEND, id, working_days=3))
    assert (first.done, first.stage, first.who) == (True, "sent", "agency")
    assert await desk.decide(request(story, EXTEND, id, working_days=3)) == first
    assert len([each for each in await story.events(ReferralDecided) if each.decision == "extend"]) == 1
    withdrawn = await desk.decide(request(story, WITHDRAW, "w", reason="ours"))
    assert (withdrawn.done, withdrawn.stage) == (True, "withdrawn")
    assert await desk.decide(request(story, WITHDRAW, "w", reason="ours")) == withdrawn
    late = await desk.decide(request(story, ACKNOWLEDGE, "l", until=clock.now() + timedelta(days=2)))
    assert (late.done, late.why) == (False, "it ended meanwhile: it is withdrawn")


async def test_of_another_teams_referral_nothing_is_known(story: Story) -> None:
    await story.sent()
    desk, before = DecisionDesk(story.db), (await story.row()).version
    asked = request(story, ESCALATE_NOW, str(new_id()))
    theirs = DecisionRequest(**{**asked.__dict__, "team_id": str(new_id())})
    unknown = DecisionRequest(**{**asked.__dict__, "referral_id": str(new_id())})
    answers = [await desk.decide(theirs), await desk.decide(unknown)]
    assert answers[0] == answers[1] and not answers[0].done
    assert (await story.row()).version == before and await story.actions() == []


async def test_escalated_now_while_the_step_fires_by_itself_it_is_taken_once(make_sent: Callable[[], Any]) -> None:
    for _ in range(5):
        story = await make_sent()
        at = await due_at(story)
        first: Decided
        first, _ = await asyncio.gather(story.decide(ESCALATE_NOW, at), story.climb(at))
        fired = [each for each in await story.escalations() if each.clock == "any.sent"]
        assert len({(each.action, each.occurrence) for each in fired}) == len(fired), "no step twice"
        # Decided first it is the step that was due; decided second it is the one after.
        assert [each.action for each in fired] in (["remind_agency"], ["remind_agency", "ask_worker"])
        assert first.done


async def test_the_same_decision_twice_at_once_is_made_once(story: Story) -> None:
    await story.sent()
    desk, id = DecisionDesk(story.db), str(new_id())
    answers = await asyncio.gather(*(desk.decide(request(story, ESCALATE_NOW, id)) for _ in range(4)))
    assert all(each.done for each in answers) and len({each.why for each in answers}) == 1
    assert await story.actions() == ["remind_agency"]
    assert len(await story.events(EscalationRecorded)) == 1


async def test_a_decision_and_the_answer_of_the_service_at_once(make_sent: Callable[[], Any]) -> None:
    """Before the no of the service it holds; after it, it says that it came too late, and no step is ever taken."""
    for kind, more in ((ESCALATE_NOW, {}), (OFFER_ALTERNATIVE, {}), (EXTEND, {"working_days": 3})) * 2:
        story = await make_sent()
        decided, _ = await asyncio.gather(
            story.decide(kind, clock.now(), **more), story.move(Move.DECLINE, reason="no_capacity")
        )
        assert (await story.row()).state == "declined"
        ended = [each.version for each in await story.events(ReferralMoved) if each.referral_id == story.id][-1]
        made = [each.version for each in await story.events(ReferralDecided) if each.decision == kind]
        steps = [each.version for each in await story.events(EscalationRecorded) if each.referral_id == story.id]
        if not decided.done:
            assert decided.why == "it ended meanwhile: it is declined"
            assert steps == []
        else:
            assert made and made[-1] < ended
        assert all(version < ended for version in steps)
        assert all(each.state == "resolved" for each in await story.escalations())


async def test_withdrawn_and_declined_at_once_one_of_them_ends_it(make_sent: Callable[[], Any]) -> None:
    for _ in range(4):
        story = await make_sent()
        withdrawn, declined = await asyncio.gather(
            story.decide(WITHDRAW, clock.now(), reason="ours"),
            story.move(Move.DECLINE, reason="no_capacity"),
            return_exceptions=True,
        )
        assert isinstance(withdrawn, Decided)
        state = (await story.row()).state
        if withdrawn.done:
            assert state == "withdrawn" and isinstance(declined, Problem) and declined.status == 409
        else:
            assert state == "declined" and withdrawn.why == "it ended meanwhile: it is declined"
