"""The end of a pause, and people whom nobody has met yet: what is asked on which day, and what never is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from shared import clock
from shared.clock import LONDON
from shared.decisions import HOLD, RESUME
from shared.practice.calendar import local, local_day
from tests.casework.world import World

Jump = Callable[[timedelta], None]
DAY = timedelta(days=1)
CHECKS = ["check_bed", "check_naloxone", "check_prescription"]
SEARCH = {"lost_contact", "check_coroner", "check_custody", "check_hospital", "check_shelter"}


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=LONDON).astimezone(UTC)


def ahead(weekday: int) -> date:
    """A day with that weekday, more than a week from now."""
    first = local_day(clock.now()) + 8 * DAY
    return first + ((weekday - first.weekday()) % 7) * DAY


async def due(world: World, plan: str, kinds: list[str]) -> dict[str, datetime]:
    found = await world.rows(
        "SELECT kind, due_at FROM tasks WHERE plan_id = :plan AND status = 'open' AND kind = ANY(:kinds) AND urgent",
        plan=plan,
        kinds=kinds,
    )
    return {kind: local(due_at) for kind, due_at in found}


async def owed(world: World, plan: dict[str, Any]) -> set[str]:
    return set(await world.tasks(plan_id=plan["id"]))


@pytest.mark.parametrize("kind", ["custody", "hospital"])
@pytest.mark.parametrize("weekday", range(7), ids=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
async def test_a_known_release_is_on_the_list_on_its_eve_and_its_day(
    world: World, jump: Jump, kind: str, weekday: int
) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    released = ahead(weekday)
    await world.decide(plan["id"], HOLD, reason=kind, until=at(released, 23))
    steps = {step["action"]: step["at"] for step in (await world.ok("GET", f"/plans/{plan['id']}"))["steps"]}
    assert local_day(datetime.fromisoformat(steps["hold_eve"])) == released - DAY
    assert local_day(datetime.fromisoformat(steps["hold_end"])) == released
    assert local_day(datetime.fromisoformat(steps["look_again"])) == released
    assert "ask_weekly" not in steps, "the date is known: nobody asks for it"
    jump(at(released - DAY) - clock.now())
    await world.step(plan["id"], clock.now())
    eve = await due(world, plan["id"], CHECKS)
    assert sorted(eve) == CHECKS and {each.date() for each in eve.values()} == {released}
    [naloxone] = (await world.ok("GET", "/tasks?kind=check_naloxone"))["items"]
    await world.ok("POST", f"/tasks/{naloxone['id']}/done")
    # Nobody says that the pause is over: the day has its tasks all the same, and what is done is done.
    jump(at(released) - clock.now())
    await world.step(plan["id"], clock.now())
    day = await due(world, plan["id"], ["see_after_release", *CHECKS])
    assert sorted(day) == ["check_bed", "check_prescription", "see_after_release"]
    assert day["see_after_release"].date() == released + DAY, "the day itself or the next, whatever day that is"
    assert "look_again" in await owed(world, plan)
    # The days of risk are counted from the release, every one of them.
    await world.step(plan["id"], at(released + 2 * DAY))
    assert "not_seen" in await owed(world, plan)
    jump(at(released + 2 * DAY) - clock.now())
    await world.contact(person, "met")
    assert not {"not_seen", "see_after_release"} & await owed(world, plan)
    assert {"check_return", "check_bed"} <= await owed(world, plan), "met, the worker is asked whether it is over"
    await world.decide(plan["id"], RESUME)
    left = await world.ok("GET", f"/plans/{plan['id']}")
    assert left["watch_until"] == (released + 14 * DAY).isoformat(), "it starts with the release"
    assert not {"see_after_release", "check_naloxone", "check_return", "look_again"} & await owed(world, plan)


async def test_an_unknown_release_goes_on_asking_until_somebody_writes_the_day(world: World, jump: Jump) -> None:
    plan = await world.plan()
    path = f"/plans/{plan['id']}/pause"
    assert (await world.refused(409, "POST", path, {"until": None}))["rule"] == "not_paused"
    await world.decide(plan["id"], HOLD, reason="custody")
    jump(9 * DAY)
    await world.step(plan["id"], clock.now())
    assert {"ask_release_date", "look_again"} <= await owed(world, plan)
    still = await world.ok("POST", path, {"until": None, "note": "the wing knows nothing yet"})
    assert still["hold"]["until"] is None and not {"ask_release_date", "look_again"} & await owed(world, plan)
    jump(9 * DAY)
    await world.step(plan["id"], clock.now())
    assert "ask_release_date" in await owed(world, plan), "it is asked every week"
    released = ahead(5)
    known = await world.ok("POST", path, {"until": at(released, 9).isoformat()})
    assert known["stage"] == "held" and "ask_release_date" not in await owed(world, plan)
    [(driven,)] = await world.rows(
        "SELECT count(*) FROM outbox WHERE workflow IS NOT NULL AND fact->>'kind' = 'pause_confirmed'"
    )
    assert driven == 2, "its workflow hears of it each time"
    # On another day, what was prepared for the old one is asked for again.
    jump(at(released - DAY) - clock.now())
    await world.step(plan["id"], clock.now())
    [bed] = (await world.ok("GET", "/tasks?kind=check_bed"))["items"]
    await world.ok("POST", f"/tasks/{bed['id']}/done")
    later = released + 7 * DAY
    await world.ok("POST", path, {"until": at(later, 9).isoformat()})
    assert not {*CHECKS} & await owed(world, plan)
    jump(at(later - DAY) - clock.now())
    await world.step(plan["id"], clock.now())
    assert {*CHECKS} <= await owed(world, plan)
    problem = await world.refused(422, "POST", path, {"until": (clock.now() - DAY).isoformat()})
    assert problem["errors"][0]["field"] == "until"


async def test_a_release_that_is_heard_of_afterwards(world: World, jump: Jump) -> None:
    plan = await world.plan()
    await world.decide(plan["id"], HOLD, reason="custody")
    jump(20 * DAY)
    out = clock.now() - 3 * DAY
    assert (await world.decide(plan["id"], RESUME, until=out)).done
    assert {"see_after_release", *CHECKS} <= await owed(world, plan)
    found = await world.ok("GET", f"/plans/{plan['id']}")
    assert found["watch_until"] == (local_day(out) + 14 * DAY).isoformat()


@pytest.mark.parametrize("hold", ["custody", "hospital"])
@pytest.mark.parametrize("contact", ["met", "sighted"])
async def test_no_contact_ends_prison_or_hospital_in_silence(world: World, hold: str, contact: str) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    await world.decide(plan["id"], HOLD, reason=hold)
    await world.contact(person, contact, at=clock.now() - 2 * DAY)
    assert "check_return" not in await owed(world, plan), "seen before it began"
    await world.contact(person, contact)
    assert (await world.look(plan["id"])).row.stage == "on_hold"
    assert "check_return" in await owed(world, plan)
    assert not {"see_after_release", *CHECKS} & await owed(world, plan)
    seen = clock.now()
    await world.ok("POST", f"/plans/{plan['id']}/pause", {"until": None})
    await world.contact(person, contact, at=seen)
    assert "check_return" not in await owed(world, plan), "that was answered"


async def test_a_call_does_not_stand_for_seeing_somebody_released(world: World) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person))
    await world.decide(plan["id"], HOLD, reason="custody")
    await world.decide(plan["id"], RESUME)
    await world.contact(person, "spoke")
    assert "see_after_release" in await owed(world, plan)
    await world.contact(person, "met")
    assert "see_after_release" not in await owed(world, plan)


async def test_an_attempt_counts_for_somebody_we_are_getting_to_know(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case, phase="engaging")

    async def due_on() -> date:
        return local_day(datetime.fromisoformat((await world.ok("GET", f"/plans/{plan['id']}"))["contact_due_at"]))

    start = await due_on()
    jump(6 * DAY)
    await world.contact(person, "missed")
    assert await due_on() > start, "an attempt a week: this was one"
    for _ in range(12):
        jump(6 * DAY)
        await world.contact(person, "missed")
        await world.step(plan["id"], clock.now())
        assert not {"not_seen", *SEARCH} & await owed(world, plan)
    fired = await world.rows(
        "SELECT count(*) FROM plan_steps WHERE plan_id = :id AND action = 'another_way' AND outcome = 'fired'",
        id=plan["id"],
    )
    assert fired[0][0] >= 3, "another place, time or person, again and again"
    assert "another_way" in await owed(world, plan)
    # Without any attempt the worker is asked, and still nobody is searched for.
    jump(40 * DAY)
    await world.step(plan["id"], clock.now())
    assert not SEARCH & await owed(world, plan)
    assert (await world.ok("GET", f"/cases/{case['id']}"))["stage"] == "engaging"
    # Met once, silence means what it means for everybody.
    await world.contact(person, "met")
    assert "another_way" not in await owed(world, plan)
    jump(40 * DAY)
    await world.step(plan["id"], clock.now())
    assert "check_coroner" in await owed(world, plan)


async def test_an_attempt_changes_nothing_once_a_plan_is_made_together(world: World, jump: Jump) -> None:
    person = await world.person()
    plan = await world.plan(await world.case(person=person), phase="transition")
    before = (await world.ok("GET", f"/plans/{plan['id']}"))["contact_due_at"]
    jump(DAY)
    await world.contact(person, "missed")
    assert (await world.ok("GET", f"/plans/{plan['id']}"))["contact_due_at"] == before


async def test_somebody_met_before_the_plan_is_searched_for_while_engaging_too(world: World, jump: Jump) -> None:
    person = await world.person()
    case = await world.case(person=person)
    await world.contact(person, "spoke")
    plan = await world.plan(case, phase="engaging")
    jump(40 * DAY)
    await world.step(plan["id"], clock.now())
    assert "check_hospital" in await owed(world, plan)
