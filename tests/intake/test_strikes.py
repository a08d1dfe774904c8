"""What was recorded by mistake is struck: by whom, what it puts back, who still sees what of it."""

import asyncio
from uuid import uuid4

import pytest

from tests.intake.world import World, ago

WHY = "Written into the wrong file."


async def written(world: World, record: str, person: str) -> str | None:
    """A record of this kind by the worker; its id where it has one to name."""
    if record == "contact":
        body = {"kind": "met", "channel": "in_person", "occurred_at": ago(hours=1), "note": "Secret words."}
        return (await world.ok("POST", f"/people/{person}/contacts", body))["id"]
    if record == "concern":
        body = {"about": "adult", "what": "Secret words."}
        return (await world.ok("POST", f"/people/{person}/concerns", body))["id"]
    path, body = ("/said-no", {"words": "Secret words."}) if record == "said_no" else ("/died", {})
    await world.ok("POST", f"/people/{person}{path}", body)
    return None


RECORDS = ["contact", "concern", "said_no", "death"]


@pytest.mark.parametrize("record", RECORDS)
async def test_a_record_is_struck_once_and_its_trace_shows_no_words(world: World, record: str) -> None:
    person = await world.person()
    body = {"record": record, "record_id": await written(world, record, person), "why": WHY}
    place = f"/people/{person}/strikes"
    assert (await world.refused(409, "POST", place, body, role="clinician"))["rule"] == "not_yours"
    made = await world.ok("POST", place, body, role="supervisor")
    assert made["record"] == record and made["why"] == WHY
    again = await world.ok("POST", place, {**body, "record_id": made["record_id"]}, role="supervisor")
    assert again == made
    for role in ("supervisor", "guardian"):
        [seen] = (await world.ok("GET", place, role=role))["items"]
        assert seen == made and "Secret" not in str(seen)
    # Whoever wrote it sees what became of it; a colleague does not even learn that there was anything.
    assert len((await world.ok("GET", place))["items"]) == 1
    assert (await world.ok("GET", place, role="clinician"))["items"] == []


@pytest.mark.parametrize("record", RECORDS)
async def test_of_several_who_strike_it_at_once_all_get_the_same_answer(world: World, record: str) -> None:
    person = await world.person()
    body = {"record": record, "record_id": await written(world, record, person), "why": WHY}
    place = f"/people/{person}/strikes"
    strikes = [world.ok("POST", place, body, role="supervisor", sub=f"supervisor-{each}") for each in range(3)]
    made = await asyncio.gather(*strikes)
    assert made[0] == made[1] == made[2]
    assert len((await world.ok("GET", place, role="supervisor"))["items"]) == 1


@pytest.mark.parametrize(("record", "status"), [("contact", 201), ("concern", 201), ("said_no", 201), ("death", 409)])
async def test_who_wrote_it_may_strike_all_but_a_death(world: World, record: str, status: int) -> None:
    person = await world.person()
    body = {"record": record, "record_id": await written(world, record, person), "why": WHY}
    answer = await world.send("POST", f"/people/{person}/strikes", body)
    assert answer.status_code == status


async def test_a_guardian_puts_a_death_right(world: World) -> None:
    person = await world.person()
    await written(world, "death", person)
    await world.ok("POST", f"/people/{person}/strikes", {"record": "death", "why": WHY}, role="guardian")
    assert (await world.ok("GET", f"/people/{person}"))["died_at"] is None


async def test_what_cannot_be_struck(world: World) -> None:
    person, other = await world.person(), await world.person("Al")
    place = f"/people/{person}/strikes"
    theirs = await written(world, "contact", other)
    for body in (
        {"record": "contact", "record_id": theirs, "why": WHY},
        {"record": "concern", "record_id": str(uuid4()), "why": WHY},
        {"record": "death", "why": WHY},
        {"record": "said_no", "why": WHY},
    ):
        await world.refused(404, "POST", place, body, role="supervisor")
    for body in ({"record": "contact", "why": WHY}, {"record": "death"}, {"record": "consent", "why": WHY}):
        await world.refused(422, "POST", place, body, role="supervisor")


async def test_a_struck_contact_is_read_by_nobody_and_casework_hears_of_it(world: World) -> None:
    person = await world.person()
    good = await written(world, "contact", person)
    wrong = await written(world, "contact", person)
    await world.ok("POST", f"/people/{person}/strikes", {"record": "contact", "record_id": wrong, "why": WHY})
    for role in ("worker", "supervisor", "guardian"):
        assert [one["id"] for one in (await world.ok("GET", f"/people/{person}/contacts", role=role))["items"]] == [
            good
        ]
    last = await world.ok("POST", "/people/last-contacts", {"ids": [person]})
    assert [one["id"] for one in last["items"]] == [good]
    kind, told = (await world.events(person))[-1]
    assert (kind, told["contact_id"], told["kind"]) == ("intake.contact.struck", wrong, "met")
    assert WHY not in str(told)


async def test_a_struck_concern_waits_for_nobody(world: World) -> None:
    person = await world.person()
    concern = await written(world, "concern", person)
    await world.ok("POST", f"/people/{person}/strikes", {"record": "concern", "record_id": concern, "why": WHY})
    assert (await world.ok("GET", "/concerns"))["items"] == []
    assert (await world.ok("GET", f"/people/{person}/concerns", role="guardian"))["items"] == []
    await world.refused(404, "POST", f"/concerns/{concern}/told-lead", {"to_whom": "the lead"})


async def test_after_a_struck_death_the_file_lives_and_another_death_can_be_recorded(world: World) -> None:
    person = await world.person()
    agency = uuid4()
    await world.consent(person, agency)
    await written(world, "death", person)
    assert (await world.permit(person, agency)).granted is False
    await world.ok("POST", f"/people/{person}/strikes", {"record": "death", "why": WHY}, role="supervisor")
    assert (await world.ok("GET", f"/people/{person}"))["died_at"] is None
    assert await written(world, "contact", person)
    assert (await world.permit(person, agency)).granted
    kinds = [kind for kind, _ in await world.events(person)]
    assert kinds.index("intake.person.died") < kinds.index("intake.person.death_struck")
    await written(world, "death", person)
    assert (await world.ok("GET", f"/people/{person}"))["died_at"] is not None


async def test_a_struck_no_gives_back_what_stood_before(world: World) -> None:
    person = await world.person()
    await world.ok("POST", f"/people/{person}/engagement", {"state": "engaged"})
    await written(world, "said_no", person)
    await world.ok("POST", f"/people/{person}/strikes", {"record": "said_no", "why": WHY})
    now = await world.ok("GET", f"/people/{person}")
    assert now["said_no"] is None and now["engagement"]["state"] == "engaged"
    assert "intake.person.no_struck" in [kind for kind, _ in await world.events(person)]
    # One for good, after one until a day: the day holds again.
    until = ago(days=-30)
    await world.ok("POST", f"/people/{person}/said-no", {"until": until})
    await world.ok("POST", f"/people/{person}/said-no", {})
    await world.ok("POST", f"/people/{person}/strikes", {"record": "said_no", "why": WHY})
    stands = (await world.ok("GET", f"/people/{person}"))["said_no"]
    assert stands["in_force"] and stands["until"] is not None
    # Who came back since then has answered it already.
    await world.ok("POST", f"/people/{person}/came-back", {})
    body = {"record": "said_no", "why": WHY}
    assert (await world.refused(409, "POST", f"/people/{person}/strikes", body))["rule"] == "not_standing"
