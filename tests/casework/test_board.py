"""The board: rows written once and in order, filters, counts, cursors, agencies, the timeline, and who sees what."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from services.casework.board.models import BoardRow
from services.casework.board.projection import project
from shared import clock
from shared.context import Actor
from shared.db.base import table_of
from shared.decisions import HOLD
from shared.events import referrals
from shared.events.board import PlanStandingChanged, ReferralStandingChanged, StandingChanged, StepAhead
from shared.events.envelope import read
from shared.ids import new_id
from tests.casework.world import Referral, World

Jump = Callable[[timedelta], None]
_numbers = count(1)
# Of the writing and not of the row.
CHANGING = ("recorded_at", "change", "changed_at")


def row(world: World, kind: str = "referral", **more: Any) -> StandingChanged:
    """Where a referral or plan stands, as its owner emits it."""
    base: dict[str, Any] = {
        "row_id": new_id(),
        "team_id": world.team,
        "person_id": new_id(),
        "stage": "sent",
        "agency_id": new_id(),
        "waiting_for": "a reply from the service",
        "who": "agency",
        "since": clock.now() - timedelta(days=3),
        "next_at": clock.now() + timedelta(days=2),
        "next_step": "remind the service",
        "last_human_what": "sent the referral",
        "last_human_by": "worker-1",
        "last_human_at": clock.now() - timedelta(days=3),
        "version": 0,
        "occurred_at": clock.now(),
    }
    made = ReferralStandingChanged if kind == "referral" else PlanStandingChanged
    return made.model_validate({**base, **more})


async def report(world: World, one: StandingChanged, **more: Any) -> StandingChanged:
    """Project it, by default as newer than all before."""
    event = one.model_copy(update={"version": next(_numbers), **more})
    async with world.services.work.transaction(Actor.service("casework")) as session:
        await project(session, event)
    return event


async def ids(world: World, query: str = "", **more: Any) -> list[str]:
    return [item["id"] for item in (await world.ok("GET", f"/board?{query}", **more))["items"]]


async def test_only_what_is_newer_is_written(world: World) -> None:
    first = await report(world, row(world), version=1005)
    await report(world, first, stage="draft", version=1004)
    await report(world, first, stage="accepted", version=1006)
    [item] = (await world.ok("GET", "/board"))["items"]
    assert item["stage"] == "accepted"
    assert item["last_human"] == {"what": "sent the referral", "by": "worker-1", "at": item["last_human"]["at"]}
    await report(world, first, version=1009, closed=True)
    await report(world, first, version=1008)
    assert await ids(world) == []  # a late event cannot revive it
    await report(world, first, version=1010)
    assert await ids(world) == [str(first.row_id)]  # reopened


async def test_the_board_is_built_again_from_the_events(world: World) -> None:
    """In any order and twice: the same rows. A plan's event is in the outbox, a referral's as if in the stream."""
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    await world.contact(person, "met")
    await world.step(plan["id"], clock.now() + timedelta(days=15))
    await world.decide(plan["id"], HOLD, reason="away", until=clock.now() + timedelta(days=30))
    referral = row(world, person_id=person, case_id=case["id"])
    told = [await report(world, referral, stage=stage) for stage in ("draft", "sent", "booked")]
    told.append(await report(world, row(world, person_id=person), closed=True))
    columns = ", ".join(each.name for each in table_of(BoardRow).c if each.name not in CHANGING)
    before = await world.rows(f"SELECT {columns} FROM board_rows ORDER BY id")
    bodies = await world.rows("SELECT body FROM outbox WHERE subject = 'alongside.casework.plan.standing_changed'")
    events: list[Any] = [*told, *(read(body).event for (body,) in bodies)]
    assert len(before) == 3 and len(bodies) >= 3
    assert await world.rows("SELECT kind FROM board_rows WHERE pause_kind = 'away'") == [("plan",)]
    await world.rows("DELETE FROM board_rows RETURNING id")
    for event in [*reversed(events), *events]:
        async with world.services.work.transaction(Actor.service("casework")) as session:
            await project(session, event)
    assert await world.rows(f"SELECT {columns} FROM board_rows ORDER BY id") == before


async def test_filters_and_counts(world: World) -> None:
    mine, theirs = await world.case(), await world.case(worker="worker-2")
    agency = str(uuid4())
    rows = {
        "a": row(world, case_id=mine["id"], stage="sent", level=0),
        "b": row(world, case_id=mine["id"], stage="accepted", level=2, stalled=True, agency_id=agency),
        "c": row(world, case_id=theirs["id"], stage="sent", who="us", next_at=clock.now() - timedelta(hours=1)),
        "d": row(world, "plan", stage="sent", level=1, next_at=None, agency_id=None),
    }
    for each in rows.values():
        await report(world, each)
    names = {str(each.row_id): name for name, each in rows.items()}

    async def shown(query: str, **more: Any) -> str:
        return "".join(sorted(names[each] for each in await ids(world, query, **more)))

    assert await shown("") == "abcd"
    assert await shown("stage=sent") == "acd"
    assert await shown("stage=sent&stage=accepted&worker=worker-1") == "ab"
    assert await shown("worker=") == "d"
    assert await shown("who=us") == "c"
    assert await shown("level=1&level=2") == "bd"
    assert await shown("min_level=2") == "b"
    assert await shown(f"agency={agency}") == "b"
    assert await shown("overdue=true") == "c"
    assert await shown("overdue=false") == "abd"
    assert await shown("stalled=true") == "b"
    assert await shown("kind=plan") == "d"
    assert await shown(f"case={mine['id']}") == "ab"
    assert await shown("needs_me=true", sub="worker-2") == "c"
    assert await shown("needs_me=true", role="supervisor") == "d"
    # Each facet is counted under every filter but its own.
    counts = (await world.ok("GET", "/board?stage=sent&worker=worker-1"))["counts"]
    assert counts == {"total": 1, "stage": {"accepted": 1, "sent": 1}, "worker": {"": 1, "worker-1": 1, "worker-2": 1}}
    for bad in ("stage=limbo", "sort=alias", "who=him", "level=-1", "cursor=x", "limit=0", "agency=7"):
        await world.refused(422, "GET", f"/board?{bad}")


async def test_pages_join_without_a_gap_in_every_order(world: World) -> None:
    for number in range(7):
        at = None if number == 3 else clock.now() + timedelta(hours=number % 3)
        await report(world, row(world, next_at=at, level=number % 2, stage=("sent", "accepted")[number % 2]))
    for sort in ("next_at", "since", "level", "stage"):
        whole = await ids(world, f"sort={sort}")
        paged: list[str] = []
        query = f"sort={sort}&limit=2"
        cursor = ""
        while True:
            page = await world.ok("GET", f"/board?{query}{cursor}")
            paged += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert paged == whole and len(set(paged)) == 7
    items = (await world.ok("GET", "/board"))["items"]
    assert items[-1]["next_at"] is None
    assert [item["level"] for item in (await world.ok("GET", "/board?sort=level"))["items"]][:3] == [1, 1, 1]


async def test_a_row_follows_its_case(world: World) -> None:
    case = await world.case()
    one = await report(world, row(world, case_id=case["id"]))
    [item] = (await world.ok("GET", "/board"))["items"]
    assert (item["team_id"], item["worker_id"]) == (str(world.team), "worker-1")
    assert await ids(world, teams=[world.other_team]) == []
    await world.ok("POST", f"/cases/{case['id']}/reassign", {"worker_id": "worker-2"})
    [moved] = (await world.ok("GET", "/board"))["items"]
    assert moved["worker_id"] == "worker-2" and moved["version"] > item["version"]
    for path in (f"/board/{one.row_id}", f"/board/{uuid4()}"):
        await world.refused(404, "GET", path, teams=[world.other_team])
    body = {"command": "escalate_now"}
    world.services.temporal = object()  # type: ignore[assignment]  # never reached
    await world.refused(404, "POST", f"/board/{one.row_id}/commands", body, teams=[world.other_team])
    await world.refused(403, "POST", f"/board/{one.row_id}/commands", body, role="guardian")


async def test_a_referral_older_than_the_case_is_its_workers(world: World) -> None:
    person, other = await world.person(), await world.person()
    early = await report(world, row(world, person_id=str(person)))
    await report(world, row(world, person_id=str(other)))
    elsewhere = await report(world, row(world, person_id=str(person), team_id=str(world.other_team)))
    case = await world.case(person=person)
    assert await ids(world, "worker=worker-1") == [str(early.row_id)]
    late = await report(world, row(world, person_id=str(person)))
    await report(world, early)
    assert set(await ids(world, f"case={case['id']}")) == {str(early.row_id), str(late.row_id)}
    assert str(elsewhere.row_id) not in await ids(world, "worker=worker-1", teams=[world.other_team])
    path = f"/cases/{case['id']}"
    await world.ok("POST", f"{path}/close", {"reason": "moved_away"}, role="supervisor")
    meanwhile = await report(world, row(world, person_id=str(person)))
    await world.ok("POST", f"{path}/reopen", {"note": "he rang"})
    assert str(meanwhile.row_id) in await ids(world, f"case={case['id']}")


async def test_a_referral_of_a_case_that_is_over_is_the_new_workers(world: World) -> None:
    person = await world.person()
    old = await world.case(person=person)
    over = await report(world, row(world, person_id=str(person), case_id=old["id"], kind="plan"), closed=True)
    await world.ok("POST", f"/cases/{old['id']}/close", {"reason": "moved_away"}, role="supervisor")
    reopened = await report(world, row(world, person_id=str(person), case_id=old["id"]))
    assert await ids(world, "worker=worker-1") == [str(reopened.row_id)], "until there is another case"
    new = await world.case(person=person, worker="worker-2")
    assert await ids(world, "worker=worker-2") == [str(reopened.row_id)]
    # The person's last case is all that whoever drafts between the two can name.
    drafted = await report(world, row(world, person_id=str(person), case_id=old["id"]))
    await report(world, reopened)
    assert set(await ids(world, "worker=worker-2")) == {str(reopened.row_id), str(drafted.row_id)}
    assert await ids(world, "worker=worker-1") == []
    # A plan stays in its own case, also when its last row comes late.
    assert await report(world, over, closed=True)
    [kept] = await world.rows("SELECT case_id FROM board_rows WHERE closed")
    assert str(kept[0]) == old["id"] != new["id"]


async def test_needs_me_shows_what_i_have_a_task_for(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    await report(world, row(world, row_id=referral.id, case_id=case["id"]))
    assert await ids(world, "needs_me=true") == []
    await referral.escalate("ask_worker")
    assert await ids(world, "needs_me=true") == [str(referral.id)]
    await world.step(plan["id"], clock.now() + timedelta(days=15))
    assert set(await ids(world, "needs_me=true")) == {str(referral.id), plan["id"]}
    assert await ids(world, "needs_me=true", role="supervisor") == []
    await referral.escalate("tell_supervisor")
    assert await ids(world, "needs_me=true", role="supervisor") == [str(referral.id)]


async def test_the_story_of_a_row_and_what_is_to_come(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    event = await referral.escalate("remind_agency")
    await world.hear(event)  # told again under another id: only an id says that it is the same
    await world.hear(referrals.ReferralDecided(**referral.facts(), decision="extend", by="supervisor-1"))
    coming = [StepAhead(at=clock.now() + timedelta(days=2), action="ask_worker", clock="reply")]
    await report(world, row(world, row_id=referral.id, case_id=case["id"], ahead=coming))
    detail = await world.ok("GET", f"/board/{referral.id}")
    told = [(entry["what"], entry["who"]) for entry in detail["timeline"]]
    assert told[0] == ("send", "agency") and told[-1] == ("extend", "supervisor-1") and len(told) == 4
    assert detail["timeline"][1]["detail"]["action"] == "remind_agency"
    assert detail["ahead"][0]["action"] == "ask_worker"
    # A plan's own, with contacts and who made them.
    await world.contact(person, "met")
    detail = await world.ok("GET", f"/board/{plan['id']}")
    assert [entry["what"] for entry in detail["timeline"]] == ["started", "contact_met"]
    assert {item["action"] for item in detail["ahead"]} >= {"contact", "review", "ask_worker"}


async def test_agencies_side_by_side(world: World, jump: Jump) -> None:
    quick, slow = new_id(), new_id()
    made: dict[UUID, list[Referral]] = {quick: [], slow: []}
    for agency in (quick, slow):
        for _ in range(3):
            made[agency].append(Referral(world, await world.person(), agency=agency))
            await made[agency][-1].move("send", "sent")
    jump(timedelta(days=2))
    for each in made[quick]:
        await each.move("see", "acknowledged")
    jump(timedelta(days=4))
    await made[slow][0].move("accept", "accepted")
    await made[slow][1].move("decline", "declined")
    await report(world, row(world, row_id=made[slow][2].id, stalled=True))
    found = await world.ok("GET", "/board/agencies")
    assert [each["agency_id"] for each in found] == [str(slow), str(quick)]
    assert (found[0]["open"], found[0]["waiting_too_long"], found[0]["median_days_to_answer"]) == (2, 1, 6.0)
    assert (found[1]["open"], found[1]["waiting_too_long"], found[1]["median_days_to_answer"]) == (3, 0, 2.0)
    assert datetime.fromisoformat(found[0]["oldest_sent_at"]) < clock.now() - timedelta(days=5)
    assert await world.ok("GET", "/board/agencies", teams=[world.other_team]) == []


async def test_what_sleeps_too_long_is_found(world: World) -> None:
    late = await report(world, row(world, next_at=clock.now() - timedelta(minutes=16)))
    await report(world, row(world, next_at=clock.now() - timedelta(minutes=14)))
    await report(world, row(world, next_at=clock.now() - timedelta(hours=3)), closed=True)
    await world.refused(403, "GET", "/operations/watch")
    [found] = await world.ok("GET", "/operations/watch", role="supervisor")
    assert (found["id"], found["late_minutes"]) == (str(late.row_id), 16)
    assert await world.ok("GET", "/operations/watch", role="supervisor", teams=[world.other_team]) == []
    assert len(await world.ok("GET", "/operations/watch", role="admin", teams=[])) == 1
