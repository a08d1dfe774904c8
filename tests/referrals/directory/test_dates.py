"""Dates that run out without an import: no longer offered, and a task for whoever has a referral open there."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from services.referrals import operations
from services.referrals.codes import Move
from services.referrals.directory.models import AgencyService
from services.referrals.directory_change import dates
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.referrals import ServiceShut
from shared.practice.calendar import at_local, local_day
from shared.process import open_services
from shared.settings import Settings
from tests.referrals.conftest import Api, MakePlace, Place
from tests.referrals.stories import Story

SYSTEM = Actor.service("referrals")
Travel = Callable[[timedelta], None]


def until_tomorrow() -> timedelta:
    """To noon: late in the evening before summer time, 24 hours more are two days."""
    now = clock.now()
    return at_local(local_day(now) + timedelta(days=1), time(12)) - now


async def put(db: Database, place: Place, **values: Any) -> None:
    async with db.transaction(SYSTEM) as session:
        row = await session.get_one(AgencyService, place.service_id)
        for name, value in values.items():
            setattr(row, name, value)


async def look(db: Database) -> int:
    async with db.transaction(SYSTEM) as session:
        return sum((await dates.report_closed_services(session, local_day(clock.now()))).values())


@pytest.fixture
async def story(db: Database, activities: Any, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


async def test_a_last_day_takes_effect_by_itself(db: Database, story: Story, api: Api, travel: Travel) -> None:
    last = local_day(clock.now()) + timedelta(days=3)
    await put(db, story.place, closes_on=last)
    offered = [str(story.place.service_id)]
    for _ in range(4):
        assert await look(db) == 0 and await story.events(ServiceShut) == []
        assert [each["id"] for each in (await api.get("/services")).json()["items"]] == offered
        travel(until_tomorrow())
    assert (await api.get("/services")).json()["items"] == []
    assert await look(db) == 1 and await look(db) == 0
    travel(timedelta(days=30))
    assert await look(db) == 0
    assert [each.referral_id for each in await story.events(ServiceShut)] == [story.id], "once"
    history = (await api.get(f"/referrals/{story.id}/history")).json()["items"]
    assert [line["move"] for line in history].count("service_shut") == 1


async def test_what_opens_again_is_told_of_when_it_shuts_anew(db: Database, story: Story, travel: Travel) -> None:
    today = local_day(clock.now())
    await put(db, story.place, closes_on=today - timedelta(days=1))
    assert await look(db) == 1
    await put(db, story.place, closes_on=today)
    assert await look(db) == 0
    travel(until_tomorrow())
    assert await look(db) == 1 and len(await story.events(ServiceShut)) == 2


@pytest.mark.parametrize(
    "values",
    [
        {"opens_on": date(2099, 1, 1)},
        {"status": "temporarily_closed"},
        {"left_at": datetime.fromisoformat("2026-01-01T00:00:00+00:00")},
        {"closes_on": date(2020, 1, 1), "never_show": True},
    ],
)
async def test_whatever_shuts_it_is_told_once(db: Database, story: Story, values: dict[str, Any]) -> None:
    await put(db, story.place, **values)
    assert (await look(db), await look(db)) == (1, 0)


async def test_two_processes_that_look_at_once_tell_it_once(db: Database, story: Story) -> None:
    await put(db, story.place, closes_on=date(2020, 1, 1))
    assert sum(await asyncio.gather(*(look(db) for _ in range(4)))) == 1
    assert len(await story.events(ServiceShut)) == 1


async def test_only_open_referrals_there_are_told_of(
    db: Database, story: Story, activities: Any, worker: Actor, make_place: MakePlace
) -> None:
    ended = await Story(db, activities, worker, story.place).sent()
    await ended.move(Move.DECLINE, reason="no_capacity")
    await Story(db, activities, worker, await make_place()).sent()
    await put(db, story.place, closes_on=date(2020, 1, 1))
    assert await look(db) == 1
    # One that is made although it is known to be closed is no news.
    await Story(db, activities, worker, story.place).draft(although_closed=True, again_because="They asked for it.")
    assert await look(db) == 0


async def test_the_round_of_the_service_looks_once_a_day(
    db: Database, story: Story, settings: Settings, travel: Travel
) -> None:
    services = open_services("referrals", settings)
    try:
        await operations.reconcile_once(services)
        await put(db, story.place, closes_on=date(2020, 1, 1))
        await operations.reconcile_once(services)
        assert await story.events(ServiceShut) == [], "imports tell of their own changes themselves"
        travel(until_tomorrow())
        for _ in range(2):
            await operations.reconcile_once(services)
        assert len(await story.events(ServiceShut)) == 1
    finally:
        await services.database.dispose()
        await services.work.dispose()
