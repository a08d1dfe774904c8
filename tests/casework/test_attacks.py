"""Attacks on casework: rows of other teams, a no or a death that comes first, what events tell."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from services.casework.case import awaiting
from services.casework.task.rules import told_as
from services.casework.timeline import entries
from shared import clock
from shared.context import Actor
from shared.decisions import HOLD, RESUME
from shared.ids import new_id
from shared.practice.cadence import CASELOAD_MAXIMUM
from tests.casework.test_board import ids, report, row
from tests.casework.world import Referral, World


async def test_a_referral_that_names_another_teams_case_does_not_show_on_their_board(world: World) -> None:
    case = await world.case()
    await report(world, row(world, case_id=case["id"], team_id=str(world.other_team)))
    assert await ids(world) == []
    [item] = (await world.ok("GET", "/board", teams=[world.other_team]))["items"]
    assert item["case_id"] is None and item["worker_id"] is None


async def test_a_row_cannot_be_taken_over_by_an_id_of_another_kind_or_team(world: World) -> None:
    one = await report(world, row(world, kind="plan", agency_id=None))
    await report(world, row(world, row_id=one.row_id))
    await report(world, row(world, row_id=one.row_id, kind="plan", team_id=world.other_team))
    [item] = (await world.ok("GET", "/board"))["items"]
    assert (item["kind"], item["person_id"]) == ("plan", str(one.person_id))
    assert await ids(world, teams=[world.other_team]) == []


async def test_programs_of_agencies_have_no_business_here(world: World) -> None:
    token = world.token("system", sub=f"agency:{new_id()}")
    for path in ("/board", "/cases", "/tasks", "/next-steps", "/reviews", "/caseloads", "/board/stream"):
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403, path


def test_no_event_tells_where_a_person_is_held() -> None:
    kinds = ("prison_contact", "ward_visit", "ask_release_date", "see_after_release", "check_custody", "check_hospital")
    told = {told_as(kind) for kind in kinds}
    assert not any(word in kind for kind in told for word in ("prison", "ward", "release", "custody", "hospital"))


async def test_why_a_plan_is_paused_is_read_by_who_reads_plans_and_by_nobody_else(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    referral = Referral(world, person, case["id"], plan["id"])
    await referral.move("send", "sent")
    await referral.escalate("ask_worker")
    until = clock.now() + timedelta(days=40)
    await world.decide(plan["id"], HOLD, reason="custody", until=until)
    paths = ("/board", "/board/people", f"/board/{plan['id']}", "/tasks", f"/tasks?case_id={case['id']}")
    for role in ("worker", "supervisor", "clinician", "guardian"):
        [row_] = (await world.ok("GET", "/board?kind=plan", role=role))["items"]
        assert (row_["pause_kind"], row_["stage"]) == ("custody", "on_hold")
        assert datetime.fromisoformat(row_["due_at"]) == until
        found = (await world.ok("GET", "/tasks", role=role))["items"]
        told = [each["paused"] for each in found if each["person_id"]]
        told += [line["paused"] for each in found for line in each["lines"]]
        assert told and all(
            (each["kind"], datetime.fromisoformat(each["until"])) == ("custody", until) for each in told
        )
        for path in paths:
            answer = await world.send("GET", path, role=role, teams=[world.other_team])
            assert "custody" not in answer.text, (role, path)
    agency = world.token("system", sub=f"agency:{new_id()}")
    tokens = [agency, *(world.token(role) for role in ("commissioner", "admin"))]
    for path in (
        *paths,
        f"/plans/{plan['id']}",
        "/board/stream",
        "/board/figures",
        "/board/changes?since=2026-01-01T00:00:00Z",
    ):
        for token in tokens:
            answer = await world.http.get(path, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 403 and "custody" not in answer.text, path
    # What leaves this service is sealed: neither where the person is nor why stands in it.
    kept = [str(body) for (body,) in await world.rows("SELECT body FROM outbox")]
    assert kept and not any(word in body for body in kept for word in ("custody", "prison", "pause"))
    [stated] = [event for event in await world.events("casework.plan.standing_changed") if event["pause_kind"]][-1:]
    assert stated["pause_kind"] == "custody"
    await world.decide(plan["id"], RESUME)
    [row_] = (await world.ok("GET", "/board?kind=plan"))["items"]
    assert row_["pause_kind"] is None
    assert not any(each["paused"] for each in (await world.ok("GET", "/tasks"))["items"])


async def test_another_teams_entries_under_the_same_id_are_not_in_a_rows_story(world: World) -> None:
    one = await report(world, row(world, kind="plan", agency_id=None))
    async with world.services.work.transaction(Actor.service("test")) as session:
        await entries.write_entry(
            session, event_id=new_id(), row_id=one.row_id, team_id=world.other_team, at=clock.now(), version=1,
            what="drafted", who="worker-of-another-team",
        )  # fmt: skip
    story = (await world.ok("GET", f"/board/{one.row_id}"))["timeline"]
    assert "worker-of-another-team" not in {entry["who"] for entry in story}
    seen = {"command": "resume", "seen_at": "2020-01-01T00:00:00Z"}
    answer = await world.send("POST", f"/board/{one.row_id}/commands", seen, role="supervisor")
    assert answer.json().get("rule") != "meanwhile"


async def test_what_a_worker_has_in_another_team_is_not_told_by_opening_a_case(world: World) -> None:
    for _ in range(CASELOAD_MAXIMUM):
        await world.case(worker="worker-1")
    assert (await world.case(worker="worker-1"))["stage"] == "waiting"
    person = await world.person(team=world.other_team)
    elsewhere = await world.case(worker="worker-1", person=person, teams=[world.other_team])
    assert (elsewhere["stage"], elsewhere["worker_id"]) == ("engaging", "worker-1")


async def test_unknown_people_hold_no_connection_and_few_at_once_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaiting, "WAIT_SECONDS", 5.0)
    waiting: Counter[str] = Counter()
    monkeypatch.setattr(awaiting, "_waiting", waiting)

    async def at_once(accounts: list[str], count: int) -> list[int]:
        """Ask for unknown people; while `count` of these requests wait, others are answered."""
        nobody = [world.send("POST", "/cases", {"person_id": str(new_id())}, sub=account) for account in accounts]
        asked = asyncio.gather(*nobody)
        while waiting.total() < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await world.ok("GET", "/cases", sub="somebody-else")
        return [answer.status_code for answer in await asked]

    one_account = await at_once(["worker-1"] * 40, awaiting.MOST_AT_ONCE)
    assert set(one_account) == {404, 429} and one_account.count(404) >= awaiting.MOST_AT_ONCE
    # More than the connections that a process opens.
    assert set(await at_once([f"worker-{number}" for number in range(45)], 41)) == {404}
    assert not waiting


async def test_cases_of_known_people_are_opened_all_at_once(world: World) -> None:
    people = [str(await world.person()) for _ in range(3 * awaiting.MOST_AT_ONCE)]
    bodies = [{"person_id": person, "worker_id": f"worker-{1 + place % 3}"} for place, person in enumerate(people)]
    answers = await asyncio.gather(*(world.send("POST", "/cases", each, role="supervisor") for each in bodies))
    assert [answer.status_code for answer in answers] == [201] * len(people)
