"""A second file of the same name: said, or asked first; also when two register at the same second."""

import asyncio

from tests.intake.world import World


async def test_registering_says_whose_name_begins_alike(world: World) -> None:
    first = await world.ok("POST", "/people", {"alias": "Sammy Blue", "aliases": ["grey coat"]})
    assert first["similar"] == []
    await world.stranger("Sammy")
    for alias, found in (
        ("sammy B", [first["id"]]),
        ("Grey c", [first["id"]]),
        ("Blue", [first["id"]]),
        ("Jo", []),
        ("Sammy Green", []),
    ):
        body = {"alias": alias, "unless_known": True}
        if not found:
            assert (await world.ok("POST", "/people", body))["similar"] == []
            continue
        refused = await world.refused(409, "POST", "/people", body)
        assert (refused["rule"], refused["similar"]) == ("name_known", found)
        assert "Sammy" not in refused["detail"]
    made = await world.ok("POST", "/people", {"alias": "Sammy"})
    assert first["id"] in made["similar"] and len(made["similar"]) == 2


async def test_of_two_at_the_same_second_one_is_told(world: World) -> None:
    body = {"alias": "Ziggy", "unless_known": True}
    answers = await asyncio.gather(*(world.send("POST", "/people", body) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    made = await asyncio.gather(*(world.ok("POST", "/people", {"alias": "Quill"}) for _ in range(3)))
    assert sorted(len(one["similar"]) for one in made) == [0, 1, 2]
