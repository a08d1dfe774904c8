"""Engagement, a no and its end, a death, and the end of engagement when a case opens."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.intake.handlers import case_opened
from shared import clock
from shared.context import Actor
from shared.events.casework import CaseOpened
from shared.events.envelope import opened
from shared.ids import new_id
from tests.intake.world import World, ago, ahead


async def move(world: World, person: str, state: str) -> dict[str, object]:
    return await world.ok("POST", f"/people/{person}/engagement", {"state": state})


async def test_engagement_goes_its_way_and_names_the_legal_moves(world: World) -> None:
    person = await world.person()
    for state in ("approached", "engaged", "out_of_touch", "engaged"):
        assert (await move(world, person, state))["engagement"]["state"] == state  # type: ignore[index]
    answer = await world.refused(409, "POST", f"/people/{person}/engagement", {"state": "identified"})
    assert answer["legal"] == ["out_of_touch"]
    same = await move(world, person, "engaged")
    assert same["version"] == 5
    told = [data["state"] for kind, data in await world.events(person) if kind == "intake.engagement.changed"]
    assert told == ["approached", "engaged", "out_of_touch", "engaged"]
    await world.refused(422, "POST", f"/people/{person}/engagement", {"state": "said_no"})


async def test_a_no_is_in_force_until_the_person_or_a_signed_ground_ends_it(world: World) -> None:
    person = await world.person()
    said = await world.ok("POST", f"/people/{person}/said-no", {"words": "Leave me be."}, status=200)
    assert said["said_no"]["in_force"] and said["said_no"]["until"] is None
    assert said["engagement"]["state"] == "said_no"
    again = await world.ok("POST", f"/people/{person}/said-no", {})
    assert again["version"] == said["version"]
    assert (await world.refused(409, "POST", f"/people/{person}/engagement", {"state": "engaged"}))["legal"] == []
    place = f"/people/{person}/came-back"
    ground = {"by": "safeguarding", "why": "A child at risk."}
    assert (await world.refused(422, "POST", place, {"by": "public_health"}))["errors"][0]["field"] == "why"
    await world.refused(422, "POST", place, {"by": "worker", "why": "I think so"})
    await world.refused(403, "POST", place, ground)
    await world.refused(403, "POST", place, ground, role="guardian")
    opened = await world.ok("POST", place, ground, role="supervisor", status=200)
    assert opened["said_no"] is None and opened["engagement"]["state"] == "approached"
    assert (await world.refused(409, "POST", place, {}))["rule"] == "no_no"
    await world.ok("POST", f"/people/{person}/said-no", {})
    assert (await world.ok("POST", place, {}))["engagement"]["state"] == "engaged"
    told = [kind.removeprefix("intake.person.") for kind, _ in await world.events(person)]
    assert [kind for kind in told if kind in ("said_no", "came_back")] == ["said_no", "came_back"] * 2


async def test_a_no_until_a_date(world: World) -> None:
    person = await world.person()
    place = f"/people/{person}/said-no"
    assert (await world.refused(422, "POST", place, {"until": ago(days=1)}))["errors"][0]["field"] == "until"
    until = ahead(days=30)
    await world.ok("POST", place, {"until": until})
    longer = await world.ok("POST", place, {"until": ahead(days=60)})
    assert longer["version"] == 3
    dates = [data["until"] for kind, data in await world.events(person) if kind == "intake.person.said_no"]
    assert len(dates) == 2 and dates[0] != dates[1]


async def test_a_death_ends_engagement(world: World) -> None:
    person = await world.person()
    died = await world.ok("POST", f"/people/{person}/died", {"occurred_at": ago(days=2), "words": "The ward rang."})
    assert died["died_at"] is not None
    again = await world.ok("POST", f"/people/{person}/died", {})
    assert again["died_at"] == died["died_at"] and again["version"] == died["version"]
    consent = {"agency_id": str(new_id()), "purpose": "p", "may_tell": ["alias"], "how_given": "spoken"}
    for below, body in (
        ("contacts", {"kind": "met"}),
        ("said-no", {}),
        ("came-back", {}),
        ("engagement", {"state": "engaged"}),
        ("consents", consent),
    ):
        assert (await world.refused(409, "POST", f"/people/{person}/{below}", body))["rule"] == "died"
    await world.ok("POST", f"/people/{person}/contacts", {"kind": "met", "occurred_at": ago(days=3)})
    assert [kind for kind, _ in await world.events(person)].count("intake.person.died") == 1


async def hear(world: World, person: str, at: timedelta = timedelta(0), team: UUID | None = None) -> UUID:
    case = new_id()
    event = CaseOpened(
        version=1,
        occurred_at=clock.now() - at,
        case_id=case,
        person_id=UUID(person),
        team_id=team or world.team,
        stage="waiting",
    )
    async with world.services.work.transaction(Actor.service("intake")) as session:
        await case_opened(session, event)
    return case


async def test_engagement_ends_when_a_case_opens(world: World) -> None:
    person = await world.person()
    await move(world, person, "engaged")
    case = await hear(world, person)
    read = await world.ok("GET", f"/people/{person}")
    assert read["case_id"] == str(case) and read["engagement"]["ended"]
    refused = await world.refused(409, "POST", f"/people/{person}/engagement", {"state": "out_of_touch"})
    assert refused["rule"] == "case_open"
    await hear(world, person, timedelta(days=3))  # an older opening, heard late
    assert (await world.ok("GET", f"/people/{person}"))["case_id"] == str(case)
    # A person may still say no; the stage of the case belongs to casework.
    said = await world.ok("POST", f"/people/{person}/said-no", {})
    assert said["said_no"]["in_force"] and said["engagement"]["state"] == "engaged"
    assert (await world.ok("GET", "/people?engagement=engaged"))["items"] == []


async def test_a_case_of_another_team_or_of_nobody_changes_nothing(world: World) -> None:
    person = await world.person()
    await hear(world, person, team=world.other_team)
    await hear(world, str(uuid4()))
    assert (await world.ok("GET", f"/people/{person}"))["case_id"] is None


@pytest.mark.parametrize("below", ["said-no", "died"])
async def test_sealed_words_stay_out_of_the_events(world: World, below: str) -> None:
    person = await world.person()
    await world.ok("POST", f"/people/{person}/{below}", {"words": "Xylophone"})
    bodies = await world.rows("SELECT body FROM outbox")
    assert bodies and not any("Xylophone" in str(opened(row[0])) for row in bodies), "not even sealed"
