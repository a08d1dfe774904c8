"""What a client calls a row that it makes: good for a retry, and for nothing else.

Every route whose body takes an `id`, found in the applications' own descriptions: none can be forgotten.
"""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.db.client_ids import own
from shared.ids import new_id
from tests.attacks.conftest import Ground, Opened, Route, name_of, routes_of
from tests.bad_bodies import schema_of
from tests.bad_input import Write
from tests.world import House

FEWEST = {"intake": 7, "casework": 2, "referrals": 1}


def makers(house: House) -> list[Route]:
    """Routes that take a client's own id."""
    found: list[Route] = []
    for route in routes_of(house):
        name = name_of(route)
        if name[0] == "POST" and route.body_field is not None and "id" in _fields(house, name):
            found.append(name)
    return found


def _fields(house: House, name: Route) -> dict[str, Any]:
    return dict(schema_of(house.app, Write(*name, name[1])).get("properties", {}))


async def sent(house: House, write: Write, given: str) -> httpx.Response:
    body = {**(write.body or {}), "id": given}
    return await house.send("POST", write.path, body, role=write.role or "worker")


async def made(ground: Ground, house: House, name: Route, given: str) -> str:
    """The id of what a good request makes under this name."""
    answer = await sent(house, await ground.builds[name](house), given)
    assert answer.status_code == 201, f"{name}: {answer.text}"
    return str(answer.json()["id"])


def elsewhere(house: House) -> None:
    """From now on good requests are the other team's."""
    house.team, house.other_team = house.other_team, house.team


@pytest.mark.parametrize("service", FEWEST)
async def test_a_given_id_is_one_teams_and_one_kinds(opened: Opened, service: str) -> None:
    """The same for every kind and in two teams makes as many rows; only again for the same one is it taken."""
    ground, house = await opened(service)
    routes, given = makers(house), str(uuid4())
    assert len(routes) >= FEWEST[service], routes
    ours = {name: await made(ground, house, name, given) for name in routes}
    for name in routes:
        again = await sent(house, await ground.builds[name](house), given)
        assert again.status_code == 409, f"{name}: {again.text}"
    elsewhere(house)
    theirs = {name: await made(ground, house, name, given) for name in routes}
    # Whoever knows the id of a row can give it to none.
    aimed = {name: await made(ground, house, name, ours[name]) for name in routes}
    rows = [*ours.values(), *theirs.values(), *aimed.values(), given]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("service", FEWEST)
async def test_at_once_one_row_is_made(opened: Opened, service: str) -> None:
    """Sent many times at once under keys of their own (a form whose key was lost), it is made once."""
    ground, house = await opened(service)
    for name in makers(house):
        write, given = await ground.builds[name](house), str(uuid4())
        answers = await asyncio.gather(*(sent(house, write, given) for _ in range(5)))
        assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409], name


def test_the_id_of_a_row_is_made_of_team_kind_and_name() -> None:
    team, other, named = new_id(), new_id(), uuid4()
    assert own("person", team, named) == own("person", team, named)
    different = {own("person", team, named), own("plan", team, named), own("person", other, named), named}
    assert len(different) == 4
    assert own("person", team, None) != own("person", team, None)
    assert own("person", team, named).version == 8


def test_a_given_id_that_sorts_by_time_still_does() -> None:
    team, named = new_id(), [UUID(int=(n << 80) | (7 << 76) | (0b10 << 62) | 99 - n) for n in range(1, 50)]
    made = [own("case", team, each) for each in named]
    assert made == sorted(made) and {each.version for each in made} == {7}
    assert {each.variant for each in made} == {named[0].variant}
