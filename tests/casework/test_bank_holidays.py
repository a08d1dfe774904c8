"""Plans and tasks whose days were counted before a bank holiday was added or taken back."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.casework.bank_holiday.recounting import plans_behind, recount_plan, recount_task, tasks_behind
from services.casework.case.models import Case
from services.casework.next_step import service as next_steps
from services.casework.next_step.models import NextStep
from services.casework.task import service as tasks
from services.casework.task.rules import due_at, inform_person_due
from shared import clock
from shared.context import Actor
from shared.decisions import HOLD
from shared.events.referrals import BankHolidaysChanged
from shared.ids import new_id
from shared.practice.cadence import contact_due
from shared.practice.calendar import (
    DaysOff,
    add_months,
    at_local,
    counted_with,
    is_working_day,
    local_day,
    rung_instant,
    working_days_after,
)
from shared.recounting import Recounting
from tests.casework.world import World

BEGUN = clock.now()


async def hear(world: World, revision: int, *days: date) -> None:
    at = BEGUN + timedelta(seconds=revision)
    await world.hear(BankHolidaysChanged(version=revision, occurred_at=at, days=sorted(days), by="admin-1"))


async def rounds(world: World) -> tuple[int, int]:
    work = world.services.work
    plans = await Recounting(work, plans_behind, recount_plan).round()
    return plans, await Recounting(work, tasks_behind, recount_task).round()


async def steps(world: World, plan: dict[str, Any]) -> dict[tuple[str, int], datetime]:
    query = "SELECT action, occurrence, at FROM plan_steps WHERE plan_id = :id AND outcome = 'planned'"
    return {(row[0], row[1]): row[2] for row in await world.rows(query, id=plan["id"])}


def within(days: DaysOff, at: datetime) -> datetime:
    with counted_with(days):
        return rung_instant(local_day(at))


async def test_a_plan_is_counted_anew_and_back_again(world: World) -> None:
    plan = await world.plan()
    before, version = await steps(world, plan), (await world.look(plan["id"])).revision
    day = local_day(before[("ask_worker", 1)])
    await hear(world, 1, day)
    assert (await rounds(world))[0] == 1
    added = DaysOff(1, frozenset({day}))
    assert await steps(world, plan) == {key: within(added, at) for key, at in before.items()} != before
    view = await world.look(plan["id"])
    assert view.revision == version + 1
    [told] = await world.rows(
        "SELECT workflow_id FROM outbox WHERE workflow IS NOT NULL AND fact->>'kind' = 'recounted'"
    )
    assert told[0] == f"plan-{plan['id']}"
    [line] = await world.rows("SELECT who FROM board_timeline WHERE what = 'recounted'")
    assert line[0] == "admin-1"
    # The contact that is shown as due moves with it.
    shown = await world.ok("GET", f"/plans/{plan['id']}")
    with counted_with(added):
        due = contact_due(7, datetime.fromisoformat(plan["started_at"]))
    assert datetime.fromisoformat(shown["contact_due_at"]) == due
    assert await rounds(world) == (0, 0)
    await hear(world, 2)
    await rounds(world)
    assert await steps(world, plan) == before


async def test_an_older_change_heard_late_changes_nothing(world: World) -> None:
    plan = await world.plan()
    before = await steps(world, plan)
    day = local_day(before[("ask_worker", 1)])
    await hear(world, 2)
    await hear(world, 1, day)
    await hear(world, 2)
    await rounds(world)
    assert await steps(world, plan) == before


async def test_what_was_planned_while_the_day_was_off_goes_back_with_it(world: World) -> None:
    case = await world.case()
    first = local_day(contact_due(7, clock.now()))
    await hear(world, 1, first)
    plan = await world.plan(case)
    assert local_day((await steps(world, plan))[("ask_worker", 1)]) >= first
    assert first not in {local_day(at) for at in (await steps(world, plan)).values()}
    await hear(world, 2)
    await rounds(world)
    fresh = await world.plan(await world.case())
    assert await steps(world, plan) == await steps(world, fresh)


async def test_what_has_fired_stays_and_what_a_day_taken_back_makes_due_fires_once(world: World) -> None:
    plan = await world.plan()
    at = (await steps(world, plan))[("review", 1)]
    await hear(world, 1, local_day(at))
    await rounds(world)
    moved = (await steps(world, plan))[("review", 1)]
    assert moved > at
    await world.step(plan["id"], moved - timedelta(minutes=1))
    assert "review" not in await world.tasks()
    await hear(world, 2)
    await rounds(world)
    view = await world.look(plan["id"])
    assert view.wake_at is not None and view.wake_at < moved
    for _ in range(2):
        await world.step(plan["id"], moved - timedelta(minutes=1))
    assert (await world.tasks()).count("review") == 1
    # Added again: it has fired, and the next one is counted from it.
    await hear(world, 3, local_day(at))
    await rounds(world)
    assert (await world.tasks()).count("review") == 1
    assert ("review", 1) not in await steps(world, plan)


async def test_what_belongs_to_a_release_stays_on_its_day(world: World) -> None:
    plan = await world.plan()
    until = rung_instant(local_day(clock.now()) + timedelta(days=9))
    await world.decide(plan["id"], HOLD, reason="custody", until=until)
    query = """
        SELECT action, at FROM plan_steps
        WHERE plan_id = :id AND outcome = 'planned' AND clock LIKE 'hold_e%' ORDER BY at"""
    before = await world.rows(query, id=plan["id"])
    assert {row[0] for row in before} == {"hold_eve", "hold_end"}
    await hear(world, 1, *(local_day(row[1]) for row in before))
    await rounds(world)
    assert await world.rows(query, id=plan["id"]) == before


@pytest.mark.parametrize("kind", ["review", "ask_worker", "next_step", "inform_person", "see_after_release"])
async def test_the_day_of_a_task_is_counted_anew(world: World, kind: str) -> None:
    now, case = clock.now(), await world.case()
    due = due_at(kind, now)
    day = working_days_after(local_day(now), 1)
    days = [day, *([local_day(now)] if is_working_day(local_day(now)) else [])]
    async with world.services.work.transaction(Actor.service("casework")) as session:
        key = f"{kind}:{new_id()}"
        about = tasks.About(world.team, "worker-1", None)
        id_ = (await tasks.open_task(session, kind, key, about, at=now)).id
    assert case
    await hear(world, 1, *days)
    await rounds(world)
    with counted_with(DaysOff(1, frozenset(days))):
        expected = due_at(kind, now)
    [[found, version]] = await world.rows("SELECT due_at, version FROM tasks WHERE id = :id", id=id_)
    assert found == expected and version == (1 if expected == due else 2)
    await hear(world, 2)
    await rounds(world)
    [[found]] = await world.rows("SELECT due_at FROM tasks WHERE id = :id", id=id_)
    assert found == due


@pytest.mark.parametrize("why", ["undeliverable", "declined"])
@pytest.mark.parametrize("opened", [time(9), time(18)])  # what opens after hours has the next day
async def test_who_waits_for_a_worker_and_the_next_step_are_due_with_their_tasks(
    world: World, opened: time, why: str
) -> None:
    waiting = await world.case(worker=None)
    now = at_local(local_day(clock.now()), opened)
    async with world.services.work.transaction(Actor.service("casework")) as session:
        about = tasks.About(world.team, "worker-1", None, None, new_id(), new_id(), new_id())
        await next_steps.open_for(session, about, stage_entry=1, why=why, reason=None, at=now)
    days = [working_days_after(local_day(now), n) for n in (0, 1)]
    await hear(world, 1, *days)
    await rounds(world)
    async with world.services.work.transaction(Actor.service("casework")) as session:
        case = (await session.scalars(select(Case).where(Case.stage == "waiting"))).one()
        step = (await session.scalars(select(NextStep))).one()
    found = {row[0]: row[1] for row in await world.rows("SELECT kind, due_at FROM tasks")}
    with counted_with(DaysOff(1, frozenset(days))):
        assert case.waiting_until == found["waiting_for_worker"] == due_at("waiting_for_worker", case.recorded_at)
        assert step.due_at == found["next_step"] == due_at("ask_worker" if why == "undeliverable" else "next_step", now)
    assert waiting


async def test_the_effect_counts_plans_and_tasks(world: World) -> None:
    plan = await world.plan()
    day = local_day((await steps(world, plan))[("ask_worker", 1)])
    found = await world.ok("GET", f"/bank-holidays/effect?day={day}", role="admin")
    assert found["plans"] == 1
    nothing = await world.ok("GET", f"/bank-holidays/effect?day={add_months(day, 22)}", role="admin")
    assert nothing == {"plans": 0, "tasks": 0}
    assert inform_person_due(clock.now(), clock.now() + timedelta(days=9)) > clock.now()
