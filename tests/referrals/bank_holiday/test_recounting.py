"""Clocks that run while a bank holiday is added or taken back: counted anew once, what has fired stays."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.referrals.activities import ReferralActivities
from services.referrals.bank_holiday import service
from services.referrals.bank_holiday.recounting import behind, recount
from services.referrals.clock.models import ClockOpening
from services.referrals.codes import Move
from services.referrals.message import service as messages
from services.referrals.message.models import Message
from services.referrals.referral.models import ReferralMove
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from shared.practice import ladder as practice
from shared.practice.calendar import (
    DaysOff,
    counted_with,
    local_day,
    revision,
    spread_seconds,
    working_days_after,
)
from shared.practice.clock_table import DEFAULT_CLOCKS
from shared.recounting import Recounting
from tests.referrals.conftest import Place
from tests.referrals.stories import Story

RULES = {each.key: each for each in DEFAULT_CLOCKS}
ADMIN = Actor("admin-1", Role.ADMIN, ())
MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return Story(db, activities, worker, place)


@pytest.fixture
def rounds(db: Database) -> Recounting:
    return Recounting(db, behind, recount, messages.keep_lists_off)


async def add(db: Database, day: date) -> UUID:
    async with db.transaction(ADMIN) as session:
        return (await service.add(session, day, "A day", "gov.uk/bank-holidays", ADMIN.user_id)).id


async def take_back(db: Database, id: UUID) -> None:
    async with db.transaction(ADMIN) as session:
        await service.remove(session, id, ADMIN.user_id)


async def opening(story: Story, key: str = "any.sent") -> ClockOpening:
    found = (await story.position()).ladder.opening(key)
    assert found is not None
    return found


async def stands(story: Story, key: str = "any.sent") -> dict[str, datetime]:
    return {row.action: row.at for row in (await story.position()).ladder.rows.values() if row.clock == key}


async def drives(story: Story) -> int:
    async with story.db.transaction(Actor.service("referrals")) as session:
        query = "SELECT count(*) FROM outbox WHERE workflow_id = :id"
        return (await session.scalar(text(query), {"id": f"referral-{story.id}"})) or 0


def anew(story_opening: ClockOpening, *days: date) -> dict[str, datetime]:
    with counted_with(DaysOff(1, frozenset(days))):
        found = practice.set_ladder(RULES[story_opening.clock], story_opening.opened_at)
    return {each.action: each.at for each in found}


async def test_a_day_is_added_and_taken_back_and_the_clock_stands_where_it_stood(
    story: Story, rounds: Recounting, db: Database
) -> None:
    await story.sent()
    await story.look()
    before, stood = await opening(story), await stands(story)
    day = working_days_after(local_day(before.opened_at), 3)
    told = await drives(story)
    added = await add(db, day)
    assert await rounds.round() == 1
    after = await opening(story)
    assert after.deadline == practice.moved(before.deadline, 1)
    assert await stands(story) == anew(before, day) != stood
    view = await story.look()
    assert view.wake_at == anew(before, day)["remind_agency"] + timedelta(seconds=spread_seconds(story.id))
    assert await drives(story) == told + 1, "its workflow is told by the outbox"
    async with db.transaction(ADMIN) as session:
        lines = await session.scalars(select(ReferralMove).where(ReferralMove.move == "recounted"))
        assert [line.by for line in lines] == ["admin-1"]
    # Once is enough, and again changes nothing.
    assert await rounds.round() == 0
    assert (await story.row()).version == view.revision
    await take_back(db, added)
    assert await rounds.round() == 1
    assert await stands(story) == stood and (await opening(story)).deadline == before.deadline
    assert await drives(story) == told + 2


async def test_what_it_does_not_run_over_moves_nothing_and_tells_nobody(
    story: Story, rounds: Recounting, db: Database
) -> None:
    await story.sent()
    revision_before, stood, told = (await story.look()).revision, await stands(story), await drives(story)
    await add(db, local_day(clock.now()) + timedelta(days=700 + (7 - (clock.now() + timedelta(days=700)).weekday())))
    await rounds.round()
    assert await stands(story) == stood and await drives(story) == told
    assert (await story.row()).version == revision_before
    assert await rounds.round() == 0


async def test_what_has_fired_fires_once_and_is_not_taken_back(story: Story, rounds: Recounting, db: Database) -> None:
    await story.sent()
    before = await opening(story)
    at = await stands(story)
    await story.climb(at["ask_worker"])
    fired = await story.actions()
    day = local_day(at["ask_worker"])
    await add(db, day)
    await rounds.round()
    found = await stands(story)
    assert found["ask_worker"] == at["ask_worker"], "what has fired stays as it was"
    assert found["tell_supervisor"] == anew(before, day)["tell_supervisor"] > at["tell_supervisor"]
    await story.climb(found["tell_supervisor"] - MINUTE)
    assert await story.actions() == fired
    await story.climb(found["tell_supervisor"])
    assert await story.actions() == [*fired, "tell_supervisor"]


async def test_a_day_taken_back_has_what_is_due_by_then_fire_now_and_once(
    story: Story, rounds: Recounting, db: Database
) -> None:
    day = working_days_after(local_day(clock.now()), 3)
    added = await add(db, day)
    await story.sent()
    at = await stands(story)
    old = anew(await opening(story))
    now = at["ask_worker"] - MINUTE
    assert old["ask_worker"] < now
    await story.climb(now)
    assert "ask_worker" not in await story.actions()
    await take_back(db, added)
    await rounds.round()
    view = await story.look(now)
    assert view.wake_at is not None and view.wake_at <= now
    await story.climb(now)
    await story.climb(now + MINUTE)
    assert (await story.actions()).count("ask_worker") == 1


async def test_a_step_of_that_day_waits_for_the_next_one(story: Story, rounds: Recounting, db: Database) -> None:
    await story.sent()
    at = await stands(story)
    day = local_day(at["remind_agency"])
    await add(db, day)  # on that very morning, before 09:30
    await rounds.round()
    await story.climb(at["remind_agency"] + MINUTE)
    assert await story.actions() == []
    moved = (await stands(story))["remind_agency"]
    assert local_day(moved) == working_days_after(day, 1)
    await story.climb(moved)
    assert await story.actions() == ["remind_agency"]


async def test_an_extension_and_a_silence_are_kept(story: Story, rounds: Recounting, db: Database) -> None:
    await story.sent()
    before = await opening(story)
    now = before.opened_at + MINUTE
    await story.decide("extend", now, working_days=2)
    until = working_days_after(local_day(now), 4)
    await story.decide("acknowledge", now, until=practice.silent_until(until))
    stood, stood_end = await stands(story), (await opening(story)).deadline
    added = await add(db, until)
    await rounds.round()
    with counted_with(DaysOff(1, frozenset({until}))):
        expected = {name: practice.moved(at, 2) for name, at in anew(before, until).items() if at > now}
        end = practice.deadline(RULES["any.sent"], before.opened_at)
        assert (await opening(story)).deadline == practice.moved(end, 2)
        silent = practice.silent_until(until)
    assert await stands(story) == expected
    row = await story.row()
    assert row.silent_until == silent and local_day(silent) > until
    assert {each.not_before for each in (await story.position()).ladder.rows.values()} >= {silent}
    await take_back(db, added)
    await rounds.round()
    assert (await stands(story), (await opening(story)).deadline) == (stood, stood_end)
    assert (await story.row()).silent_until == practice.silent_until(until)


async def test_a_booked_one_is_told_of_by_the_days_that_count(story: Story, rounds: Recounting, db: Database) -> None:
    await story.sent()
    visit = working_days_after(local_day(clock.now()), 9)
    appointment = practice.silent_until(visit) + timedelta(hours=4)
    await story.move(Move.BOOK, appointment=appointment)
    await story.look()
    ladder = (await story.position()).ladder
    openings = {each.clock: (each.opened_at, each.deadline) for each in ladder.openings}
    day = working_days_after(visit, -1)
    await add(db, day)
    await rounds.round()
    for each in (await story.position()).ladder.openings:
        rule, (opened, _) = RULES[each.clock], openings[each.clock]
        recorded = appointment if rule.length and rule.length.unit == "before_date" else None
        with counted_with(DaysOff(1, frozenset({day}))):
            assert each.deadline == practice.deadline(rule, opened, recorded)
    assert {each.counted_with for each in (await story.position()).ladder.openings} == {1}


async def test_a_clock_that_was_opened_by_the_days_of_a_moment_ago_is_found(
    story: Story, rounds: Recounting, db: Database
) -> None:
    await story.sent()
    day = working_days_after(local_day(clock.now()), 2)
    # A transaction that began before the day was added, and commits after it was.
    async with db.transaction(Actor.service("referrals")) as session:
        assert revision() == 0
        await add(db, day)
        await rounds.round()
        row = (await session.scalars(select(ClockOpening).where(ClockOpening.referral_id == story.id))).first()
        assert row is not None and revision() == 0
        late = ClockOpening(
            **{
                column.key: getattr(row, column.key)
                for column in ClockOpening.__table__.columns
                if column.key not in ("id", "recorded_at", "counted_with")
            }
            | {"opening": 7, "clock": "any.accepted", "rule": row.rule | {"key": "any.accepted"}}
        )
        session.add(late)
    assert await rounds.round() == 1
    found = await opening(story, "any.accepted")
    assert found.counted_with == 1


async def test_a_list_that_waits_for_the_day_leaves_on_the_next_one(
    story: Story, rounds: Recounting, db: Database, travel: Callable[[timedelta], None]
) -> None:
    await story.sent()
    at = (await stands(story))["remind_agency"]
    day = local_day(at)

    async def due() -> datetime:
        async with db.transaction(ADMIN) as session:
            return (await session.scalars(select(Message.due_at).where(Message.kind == "reminders"))).one()

    async def remind(session: Any, position: Any) -> None:
        await messages.queue_reminder(session, position.referral, "any.sent", at)

    await story.do(remind)
    stood = await due()
    assert local_day(stood) == day
    added = await add(db, day)
    await rounds.round()
    assert local_day(await due()) == working_days_after(day, 1)
    await take_back(db, added)
    await rounds.round()
    assert await due() == stood


async def test_the_effect_counts_the_clocks_that_run_over_the_day(story: Story, db: Database) -> None:
    await story.sent()
    begun = local_day((await opening(story)).opened_at)
    async with db.transaction(ADMIN) as session:
        over = await service.effect(session, working_days_after(begun, 2))
        before = await service.effect(session, working_days_after(begun, -2))
    assert over.clocks == len((await story.position()).ladder.openings) and before.clocks == 0
