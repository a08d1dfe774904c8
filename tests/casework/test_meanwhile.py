"""What happened while somebody looked elsewhere: news by row, a second supervisor, figures for plots."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from services.casework.board import changes_since
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.http.problems import Problem
from shared.ids import new_id
from tests.casework.test_board import report, row
from tests.casework.test_running import shown
from tests.casework.world import Referral, World

Jump = Callable[[timedelta], None]


async def news(world: World, since: datetime, **more: Any) -> dict[str, list[str]]:
    found = await world.ok("GET", f"/board/changes?since={quote(since.isoformat())}", **more)
    return {item["row"]["id"]: [entry["what"] for entry in item["happened"]] for item in found["items"]}


async def test_news_is_what_others_did_since_then_by_row(world: World, jump: Jump) -> None:
    first, second = Referral(world, await world.person()), Referral(world, await world.person())
    for each in (first, second):
        await report(world, row(world, row_id=each.id, person_id=each.person))
    await first.move("send", "sent")
    jump(timedelta(hours=1))
    before = clock.now()
    await second.move("send", "sent")
    jump(timedelta(minutes=1))
    await first.move("accept", "accepted")
    await first.escalate("remind_agency")
    assert await news(world, before, role="supervisor") == {
        str(first.id): ["step_fired", "accept"],
        str(second.id): ["send"],
    }
    own = await news(world, before, sub="agency")
    assert own == {str(first.id): ["step_fired"]}, "what one did oneself is no news"
    assert await news(world, before, teams=[world.other_team]) == {}
    await world.refused(422, "GET", "/board/changes?since=yesterday")


async def test_news_tells_of_what_has_ended_and_says_when_there_is_more(world: World) -> None:
    before = clock.now() - timedelta(seconds=1)
    for _ in range(3):
        ended = Referral(world, await world.person())
        await report(world, row(world, row_id=ended.id, person_id=ended.person, stage="declined"), closed=True)
        await ended.move("decline", "declined", reason="no_capacity")
    found = await world.ok("GET", f"/board/changes?limit=2&since={quote(before.isoformat())}")
    assert [item["row"]["closed"] for item in found["items"]] == [True, True] and found["more"]
    assert found["items"][0]["happened"][0]["detail"]["reason"] == "no_capacity"


async def test_the_second_supervisor_is_told_what_the_first_did(running: World) -> None:
    plan = await running.plan()
    await shown(running, plan, stage="planned")
    path = f"/board/{plan['id']}"
    seen = (await running.ok("GET", path))["as_of"]
    pause = {"command": "hold", "reason": "away", "seen_at": seen}
    await running.ok("POST", f"{path}/commands", pause, role="supervisor", sub="anna", key="a")
    told = await running.refused(
        409, "POST", f"{path}/commands", {"command": "review", "seen_at": seen}, role="supervisor", sub="boris"
    )
    assert told["rule"] == "meanwhile"
    assert [(act["what"], act["by"]) for act in told["meanwhile"]] == [("held", "anna")]
    reviews = await running.ok("GET", f"/reviews?plan_id={plan['id']}")
    assert reviews["items"] == []
    again = (await running.ok("GET", path))["as_of"]
    body = {"command": "resume", "seen_at": again}
    await running.ok("POST", f"{path}/commands", body, role="supervisor", sub="boris")
    # The first, sent again under its key, has its answer and is not told of itself or anybody.
    await running.ok("POST", f"{path}/commands", pause, role="supervisor", sub="anna", key="a")


async def test_a_command_is_told_before_its_fact_comes_and_an_answer_of_the_agency_too(world: World) -> None:
    referral = Referral(world, await world.person())
    await report(world, row(world, row_id=referral.id, person_id=referral.person))
    seen = clock.now() - timedelta(seconds=1)

    async def step_in(who: str, command: str, seen_at: datetime | None) -> list[tuple[str, str]]:
        actor = Actor(who, Role.SUPERVISOR, (world.team,))
        try:
            async with world.services.database.transaction(actor) as session:
                await changes_since.step_in(session, referral.id, world.team, command, seen_at, actor)
        except Problem as problem:
            acts: Any = problem.body()["meanwhile"]
            return [(act["what"], act["by"]) for act in acts]
        return []

    assert await step_in("anna", "extend", seen) == []
    assert await step_in("boris", "withdraw", seen) == [("extend", "anna")]
    assert await step_in("anna", "acknowledge", seen) == [], "one's own act is no news"
    await referral.move("accept", "accepted")
    assert await step_in("anna", "withdraw", seen) == [("accept", "agency")]
    assert await step_in("boris", "withdraw", None) == [], "who does not say what was seen is not stopped"


async def test_figures_count_how_far_each_came(world: World) -> None:
    ways = [["send:sent"], ["send:sent", "accept:accepted", "book:booked"], ["send:sent", "decline:declined"]]
    for way in ways:
        referral = Referral(world, await world.person())
        for step in way:
            move, state = step.split(":")
            await referral.move(move, state)
    found = await world.ok("GET", "/board/figures")
    reached = {one["state"]: one["count"] for one in found["reached"]}
    assert reached == {"sent": 3, "acknowledged": 1, "accepted": 1, "booked": 1, "attended": 0, "completed": 0}
    assert found["ended"] == {"declined": 1}
    other = await world.ok("GET", "/board/figures", teams=[world.other_team])
    assert not any(one["count"] for one in other["reached"]) and other["ended"] == {}


async def test_contacts_a_week_show_empty_weeks_too(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    one = await report(world, row(world, case_id=case["id"], person_id=str(person), kind="plan"))
    for kind, days in (("met", 0), ("missed", 0), ("sighted", 14)):
        await world.contact(person, kind, at=clock.now() - timedelta(days=days))
    weeks = await world.ok("GET", f"/board/{one.row_id}/contacts?weeks=4")
    assert [(week["met"], week["sighted"], week["missed"]) for week in weeks] == [
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 0),
        (1, 0, 1),
    ]
    assert all(datetime.fromisoformat(week["week"]).weekday() == 0 for week in weeks)
    await world.refused(404, "GET", f"/board/{new_id()}/contacts")
