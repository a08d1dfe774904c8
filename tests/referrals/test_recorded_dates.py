"""Recorded dates of spans: which are taken, and a start that was wrong is put right without asking anything twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.referral import service
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.referrals import EscalationsResolved, ReferralDecided
from shared.ids import new_id
from shared.practice import ladder as practice
from shared.practice.clock_table import DEFAULT_CLOCKS
from tests.referrals.conftest import TOLD, Api, MakePlace
from tests.referrals.stories import Story

PLAN = next(each for each in DEFAULT_CLOCKS if each.key == "housing.plan")
DAY = timedelta(days=1)


@pytest.fixture
async def story(db: Database, activities: ReferralActivities, worker: Actor, make_place: MakePlace) -> Story:
    return Story(db, activities, worker, await make_place(pathway="housing"))


def at_of(action: str, applied: datetime) -> datetime:
    return next(each.at for each in practice.set_ladder(PLAN, applied) if each.action == action)


async def put_right(story: Story, applied: datetime, now: datetime) -> None:
    await story.do(service.record_dates, {"applied_at": applied}, Attribution("worker-1", now))
    await story.look(now)


async def runs_from(story: Story, applied: datetime) -> None:
    opening = (await story.position()).ladder.opening(PLAN.key)
    assert opening is not None
    assert (opening.opened_at, opening.deadline) == (applied, practice.deadline(PLAN, applied))


async def fired(story: Story) -> list[tuple[str, str]]:
    return [(each.action, each.state) for each in await story.escalations() if each.clock == PLAN.key]


@pytest.mark.parametrize(
    ("name", "ahead", "rule"),
    [
        ("applied_at", 36 * 365 * DAY, "in_the_future"),
        ("applied_at", DAY, "in_the_future"),
        ("applied_at", -20 * 365 * DAY, "too_long_ago"),
        ("aplied_at", -DAY, "unknown"),
        ("waitlisted_at", -DAY, "unknown"),
    ],
)
async def test_a_date_that_cannot_be_or_that_starts_nothing_is_named(
    story: Story, api: Api, name: str, ahead: timedelta, rule: str
) -> None:
    await story.sent()
    before, dates = (await story.row()).version, {name: (clock.now() + ahead).isoformat()}
    drafted = {"person_id": str(new_id()), "service_id": str(story.place.service_id), "told": TOLD, "dates": dates}
    for answer in (
        await api.post("/referrals", drafted),
        await api.post(f"/referrals/{story.id}/dates", dates=dates),
    ):
        assert answer.status_code == 422
        assert [(each["field"], each["rule"]) for each in answer.json()["errors"]] == [(f"dates.{name}", rule)]
    assert (await story.row()).version == before


async def test_what_a_span_ends_with_is_a_date_too(story: Story, api: Api) -> None:
    await story.sent()
    answer = await api.post(f"/referrals/{story.id}/dates", dates={"personalised_plan_at": clock.now().isoformat()})
    assert answer.status_code == 200


async def test_a_span_that_started_later_than_was_said_takes_its_alarms_back(story: Story) -> None:
    wrong = clock.now() - 90 * DAY
    await story.sent(dates={"applied_at": wrong.isoformat()})
    await runs_from(story, wrong)
    await story.climb(clock.now())
    assert [state for _, state in await fired(story)] == ["open"]
    right = clock.now()
    await put_right(story, right, right)
    await runs_from(story, right)
    assert [state for _, state in await fired(story)] == ["resolved"], "it stays recorded"
    (resolved,) = await story.events(EscalationsResolved)
    assert resolved.still_owed == []
    await story.climb(at_of("ask_worker", right) - timedelta(minutes=1))
    await story.climb(at_of("ask_worker", right))
    assert (await fired(story))[-1] == ("ask_worker", "open"), "it comes on its day"


async def test_what_was_asked_and_is_due_by_the_right_date_too_stays_asked_and_is_not_asked_twice(story: Story) -> None:
    wrong = clock.now()
    await story.sent(dates={"applied_at": wrong.isoformat()})
    now = at_of("ask_worker", wrong)
    await story.climb(now)
    assert await fired(story) == [("ask_worker", "open")]
    for right in (wrong - DAY, wrong, wrong - timedelta(minutes=1)):
        await put_right(story, right, now)
        await runs_from(story, right)
        await story.climb(now)
        assert await fired(story) == [("ask_worker", "open")]
    await story.climb(at_of("tell_supervisor", right))
    assert await fired(story) == [("ask_worker", "open"), ("tell_supervisor", "open")]


async def test_a_start_that_is_the_old_one_after_all_runs_again(story: Story) -> None:
    first, second = clock.now() - 2 * DAY, clock.now() - DAY
    await story.sent(dates={"applied_at": first.isoformat()})
    for start in (second, first):
        await story.do(service.record_dates, {"applied_at": start}, Attribution("worker-1", clock.now()))
    await runs_from(story, first)
    told = clock.now()
    await story.do(service.record_dates, {"personalised_plan_at": told}, Attribution("worker-1", told))
    await story.look()
    assert (await story.position()).ladder.opening(PLAN.key) is None, "answered"


async def test_the_same_date_again_sets_nothing_anew(story: Story) -> None:
    start = clock.now() - DAY
    await story.sent(dates={"applied_at": start.isoformat()})
    before = (await story.position()).ladder.opening(PLAN.key)
    await put_right(story, start, clock.now())
    after = (await story.position()).ladder.opening(PLAN.key)
    assert before is not None and after is not None and before.id == after.id


async def test_its_workflow_hears_of_it_and_wakes_by_the_right_date(story: Story) -> None:
    await story.sent(dates={"applied_at": clock.now().isoformat()})
    before = await story.look()
    right = clock.now() - 13 * DAY
    await put_right(story, right, clock.now())
    assert [each.decision for each in await story.events(ReferralDecided)][-1:] == ["dates"]
    after = await story.look()
    assert after.revision > before.revision
    steps: list[Any] = [each for each in after.row.ahead if each.clock == PLAN.key]
    assert steps and steps[0].at < at_of("remind_agency", clock.now())


async def test_a_worker_who_acknowledged_is_left_in_peace_as_long_as_before(story: Story) -> None:
    wrong = clock.now()
    await story.sent(dates={"applied_at": wrong.isoformat()})
    now = at_of("ask_worker", wrong)
    await story.climb(now)
    assert (await story.decide("acknowledge", now, until=now + 30 * DAY)).done
    await put_right(story, wrong - DAY, now)
    await story.climb(at_of("tell_supervisor", wrong))
    assert await fired(story) == [("ask_worker", "acknowledged")]


async def test_accommodation_for_tb_treatment_is_asked_for_only_without_a_settled_home(
    db: Database, activities: ReferralActivities, worker: Actor, make_place: MakePlace
) -> None:
    story = await Story(db, activities, worker, await make_place(pathway="tb")).sent()
    now = clock.now()
    await story.do(service.record_dates, {"diagnosed_at": now}, Attribution("worker-1", now))
    ladder = (await story.position()).ladder
    assert ladder.opening("tb.observed_treatment") is not None, "that is offered to everybody"
    assert ladder.opening("tb.accommodation") is None
    await story.do(service.record_dates, {"diagnosed_homeless_at": now}, Attribution("worker-1", now))
    assert (await story.position()).ladder.opening("tb.accommodation") is not None
