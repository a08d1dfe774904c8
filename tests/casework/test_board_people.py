"""The board by person: one line for each, led by what comes first, counted once, paged without a gap."""

from datetime import timedelta
from typing import Any

import pytest

from services.casework.board.replies import Wait, median_days
from services.console.board.filters import THEIRS
from shared import clock
from shared.ids import new_id
from tests.casework.test_board import Jump, report, row
from tests.casework.world import Referral, World


async def lines(world: World, query: str = "", **more: Any) -> list[list[str]]:
    """Return the ids of the rows of each line."""
    found = await world.ok("GET", f"/board/people?{query}", **more)
    return [[one["id"] for one in line["rows"]] for line in found["items"]]


async def test_a_person_is_one_line_that_what_comes_first_leads(world: World) -> None:
    anna, ben = await world.person(), await world.person()
    mine = await world.case(person=anna)
    soon, later = clock.now() + timedelta(hours=1), clock.now() + timedelta(days=9)
    plan = await report(world, row(world, "plan", person_id=anna, case_id=mine["id"], stage="planned", next_at=later))
    sent = await report(world, row(world, person_id=anna, case_id=mine["id"], next_at=soon, due_at=later))
    quiet = await report(
        world, row(world, person_id=anna, case_id=mine["id"], next_at=None, since=clock.now() - timedelta(days=40))
    )
    other = await report(world, row(world, person_id=ben, stage="booked", next_at=clock.now() + timedelta(days=2)))
    await report(world, row(world, person_id=ben), closed=True)
    anna_s, ben_s = [str(sent.row_id), str(plan.row_id), str(quiet.row_id)], [str(other.row_id)]
    assert await lines(world) == [anna_s, ben_s]
    assert await lines(world, "last_first=true") == [ben_s, anna_s]
    by_wait = [str(quiet.row_id), str(plan.row_id), str(sent.row_id)]
    assert await lines(world, "sort=since") == [by_wait, ben_s]
    # A filter chooses the row that leads; the others are still on the line.
    assert await lines(world, "kind=plan") == [[str(plan.row_id), str(sent.row_id), str(quiet.row_id)]]
    assert await lines(world, f"person={ben}&person={new_id()}") == [ben_s]
    assert await lines(world, "worker=") == [ben_s]
    assert await lines(world, teams=[world.other_team]) == []
    found = await world.ok("GET", "/board/people?stage=sent")
    # Anna has two that were sent, and is one person; each facet is counted under every filter but its own.
    assert found["counts"] == {
        "total": 1, "stage": {"booked": 1, "planned": 1, "sent": 1}, "worker": {"worker-1": 1},
    }  # fmt: skip
    assert found["items"][0]["rows"][0]["due_at"] is not None and int(found["stream_from"])
    for bad in ("stage=limbo", "sort=alias", "last_first=maybe", "cursor=x", "person=7"):
        await world.refused(422, "GET", f"/board/people?{bad}")


async def test_what_is_urgent_about_a_person_leads_their_line(world: World) -> None:
    now, anna, ben, cleo = clock.now(), new_id(), new_id(), new_id()
    at = {days: now + timedelta(days=days) for days in (-2, 1, 2, 3, 9)}
    plan = await report(world, row(world, "plan", person_id=anna, next_at=at[1], stage="planned"))
    late = await report(world, row(world, person_id=anna, next_at=at[-2], stage="booked"))
    stuck = await report(world, row(world, person_id=anna, next_at=None, needs_help="no address", stage="draft"))
    calm = await report(world, row(world, person_id=ben, next_at=at[2]))
    soon = await report(world, row(world, "plan", person_id=cleo, next_at=at[3], stage="planned"))
    waits = await report(world, row(world, person_id=cleo, next_at=at[9], stalled=True))
    lines_of = {
        "anna": [str(stuck.row_id), str(late.row_id), str(plan.row_id)],
        "ben": [str(calm.row_id)],
        "cleo": [str(waits.row_id), str(soon.row_id)],
    }
    for sort in ("next_at", "since", "level", "stage"):
        for way in ("true", "false"):
            found = await lines(world, f"sort={sort}&last_first={way}")
            heads = {line[0] for line in found}
            assert heads == {line[0] for line in lines_of.values()}, (sort, way)
            assert {frozenset(line) for line in found} == {frozenset(line) for line in lines_of.values()}
    # Nobody sinks for what leads: each stands where the first thing due of theirs stands.
    by_day = [line[0] for line in await lines(world)]
    assert by_day == [lines_of[name][0] for name in ("anna", "ben", "cleo")]
    pages, cursor = list[str](), ""
    while cursor is not None:
        page = await world.ok("GET", "/board/people?limit=1" + (f"&cursor={cursor}" if cursor else ""))
        pages += [line["rows"][0]["id"] for line in page["items"]]
        cursor = page["next_cursor"]
    assert pages == by_day
    # Of what a filter asks for, the most urgent.
    assert [line[0] for line in await lines(world, "kind=plan")] == [str(plan.row_id), str(soon.row_id)]
    assert [line[0] for line in await lines(world, "stage=booked&stage=planned")][0] == str(late.row_id)


async def test_pages_of_people_join_without_a_gap_in_every_order(world: World) -> None:
    people = [new_id() for _ in range(5)]
    for number, person in enumerate(people):
        for at in (None, clock.now() + timedelta(hours=number % 3)):
            await report(world, row(world, person_id=person, next_at=at, level=number % 2))
    for sort in ("next_at", "since", "level", "stage"):
        for way in ("false", "true"):
            query, seen, cursor = f"/board/people?limit=2&sort={sort}&last_first={way}", [], ""
            while cursor is not None:
                page = await world.ok("GET", query + (f"&cursor={cursor}" if cursor else ""))
                seen += [line["person_id"] for line in page["items"]]
                cursor = page["next_cursor"]
            assert sorted(seen) == sorted(map(str, people)), (sort, way)


def waits(replied: list[float], silent: list[float]) -> list[Wait]:
    return [*(Wait(days, True) for days in replied), *(Wait(days, False) for days in silent)]


@pytest.mark.parametrize(
    ("replied", "silent", "median"),
    [
        ([], [], None),
        ([2, 2, 2], [], 2),
        ([1, 3], [], 1),
        ([1], [50], 1),  # half have replied
        ([1], [50, 50], None),  # most have not, however quick the one was
        ([1, 1], [50, 50, 50], None),
        ([6, 6], [6], 6),  # one that was sent as long ago may yet come
        ([4, 6], [1, 1, 1], 4),  # those of yesterday say nothing yet
    ],
)
def test_a_median_counts_those_who_never_replied(
    replied: list[float], silent: list[float], median: float | None
) -> None:
    assert median_days(waits(replied, silent)) == median


async def test_a_service_that_is_silent_is_not_praised_for_one_quick_reply(world: World, jump: Jump) -> None:
    agency = new_id()
    made = [Referral(world, await world.person(), agency=agency) for _ in range(5)]
    for one in made:
        await one.move("send", "sent")
    await made[0].move("see", "acknowledged")
    await made[1].move("bounce", "undeliverable")  # the service does not have it: it owes no answer
    jump(timedelta(days=20))
    await made[2].move("withdraw", "withdrawn")
    jump(timedelta(days=30))
    [found] = await world.ok("GET", "/board/agencies")
    assert (found["sent"], found["unanswered"], found["median_days_to_answer"]) == (4, 2, None)
    assert found["longest_unanswered_days"] == 50.0
    start = (clock.now() - timedelta(days=10)).isoformat().replace("+", "%2B")
    assert await world.ok("GET", f"/board/agencies?sent_since={start}") == []


async def test_figures_of_a_period_say_what_is_still_open(world: World, jump: Jump) -> None:
    old, gone = [Referral(world, await world.person()) for _ in range(2)]
    await old.move("send", "sent")
    await gone.move("send", "sent")
    await gone.move("accept", "accepted")
    await gone.move("complete", "completed")
    jump(timedelta(days=60))
    new = Referral(world, await world.person())
    await new.move("send", "sent")
    everything = await world.ok("GET", "/board/figures")
    by_state = {one["state"]: (one["count"], one["open"]) for one in everything["reached"]}
    assert by_state["sent"] == (3, 2) and by_state["accepted"] == (1, 0) and everything["ended"] == {"completed": 1}
    start = (clock.now() - timedelta(days=30)).isoformat().replace("+", "%2B")
    lately = await world.ok("GET", f"/board/figures?sent_since={start}")
    assert (lately["reached"][0]["count"], lately["reached"][0]["open"], lately["ended"]) == (1, 1, {})


async def test_the_rows_behind_a_figure_are_those_that_were_counted(world: World, jump: Jump) -> None:
    """In every period and for every state: also what came as far and is back, what ended, and what came later."""
    agency, made = new_id(), list[Referral]()

    async def refer(*way: str) -> None:
        referral = Referral(world, await world.person(), agency=agency)
        for step in way:
            move, _, state = step.partition(":")
            await referral.move(move, state)
        made.append(referral)
        ended = referral.state in ("declined", "completed", "withdrawn")
        about = {"row_id": referral.id, "person_id": referral.person, "agency_id": agency}
        await report(world, row(world, **about, stage=referral.state), closed=ended)

    for _ in range(2):
        await refer("send:sent")
        await refer("send:sent", "accept:accepted", "book:booked", "miss:accepted")  # back where it was
        await refer("send:sent", "waitlist:waitlisted")
        await refer("send:sent", "decline:declined")
        await refer("send:sent", "accept:accepted", "complete:completed")
        await refer("draft:draft")
        await refer("send:sent", "bounce:undeliverable")
        jump(timedelta(days=60))
    for since in ("", f"sent_since={(clock.now() - timedelta(days=90)).isoformat().replace('+', '%2B')}"):
        figures = await world.ok("GET", f"/board/figures?{since}")
        for one in figures["reached"]:
            behind = await lines(world, f"kind=referral&reached={one['state']}&{since}")
            assert len(behind) == one["open"], (since, one)
            found = await world.ok("GET", f"/board?kind=referral&reached={one['state']}&{since}")
            assert found["counts"]["total"] == one["open"]
        [answers] = await world.ok("GET", f"/board/agencies?{since}")
        silent = await lines(world, f"kind=referral&agency={agency}&unanswered=true&{since}")
        assert len(silent) == answers["unanswered"]
        replied = await lines(world, f"kind=referral&agency={agency}&unanswered=false&{since}")
        assert not {one for line in silent for one in line} & {one for line in replied for one in line}
        theirs = "&".join(f"stage={state}" for state in THEIRS)
        assert len(await lines(world, f"kind=referral&agency={agency}&{theirs}&{since}")) == answers["open"]
    assert await lines(world, "reached=sent", teams=[world.other_team]) == []
    for bad in ("reached=limbo", "sent_since=yesterday", "unanswered=perhaps"):
        await world.refused(422, "GET", f"/board?{bad}")
