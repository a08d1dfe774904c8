"""When each of many people was last seen, in one question."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.intake.contact.rules import Usual, usually_found
from tests.intake.world import World, ago, instant


async def test_the_latest_that_was_one_for_each_and_only_of_ones_own_team(world: World) -> None:
    seen, tried, never = await world.person("Al"), await world.person("Bo"), await world.person("Cy")
    theirs = await world.stranger()
    await world.ok("POST", f"/people/{theirs}/contacts", {"kind": "met"}, teams=[world.other_team])
    at = ago(days=3)
    await world.ok("POST", f"/people/{seen}/contacts", {"kind": "met", "occurred_at": ago(days=9)})
    await world.ok("POST", f"/people/{seen}/contacts", {"kind": "met", "place": "the lock", "occurred_at": at})
    await world.ok("POST", f"/people/{seen}/contacts", {"kind": "missed"})
    spoke = {"kind": "spoke", "channel": "phone"}
    await world.ok("POST", f"/people/{tried}/contacts", spoke)
    asked = {"ids": [seen, tried, never, theirs, str(uuid4())]}
    found = (await world.ok("POST", "/people/last-contacts", asked))["items"]
    assert {row["person_id"]: (row["kind"], row["place"]) for row in found} == {
        seen: ("met", "the lock"),
        tried: ("spoke", None),
    }
    assert instant(next(row["occurred_at"] for row in found if row["person_id"] == seen)) == instant(at)
    await world.refused(422, "POST", "/people/last-contacts", {"ids": [str(uuid4())] * 501})


def at(hour: int, days: int = 1) -> datetime:
    return datetime(2030, 1, 20 - days, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ([], None),
        ([("the lock", at(8))], None),
        ([(None, at(8)), (None, at(9))], None),
        ([("The  Lock", at(8)), ("the lock", at(9, 2)), ("zoo", at(9, 3))], Usual("The  Lock", 2, 3, "morning")),
        ([("lock", at(8)), ("lock", at(18, 2))], Usual("lock", 2, 2, None)),
        ([("lock", at(15)), ("lock", at(23, 2)), ("lock", at(14, 3))], Usual("lock", 3, 3, "afternoon")),
        ([("lock", at(3)), ("lock", at(12, 2)), ("lock", at(12, 3))], Usual("lock", 3, 3, "middle")),
    ],
)
def test_where_somebody_is_usually_found(seen: list[tuple[str | None, datetime]], found: Usual | None) -> None:
    assert usually_found(seen) == found


async def test_the_usual_place_comes_from_meetings_and_sightings_of_ones_own_team(world: World) -> None:
    person, theirs = await world.person("Al"), await world.stranger()
    met = {"kind": "met", "place": "day centre"}
    for _ in range(2):
        await world.ok("POST", f"/people/{theirs}/contacts", met, teams=[world.other_team])
    for days in (3, 2):
        await world.ok("POST", f"/people/{person}/contacts", {**met, "occurred_at": ago(days=days)})
    sighting = {"by_whom": "the baker", "where": "canal", "how_they_were": "well"}
    await world.ok("POST", f"/people/{person}/contacts", {"kind": "sighted", "sighting": sighting})
    await world.ok("POST", f"/people/{person}/contacts", {"kind": "missed", "place": "canal"})
    [usual] = (await world.ok("POST", "/people/last-contacts", {"ids": [person, theirs]}))["usual"]
    assert (usual["person_id"], usual["place"], usual["times"], usual["of"]) == (person, "day centre", 2, 3)
