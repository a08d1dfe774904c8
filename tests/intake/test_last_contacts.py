"""When each of many people was last seen, in one question."""

from uuid import uuid4

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
