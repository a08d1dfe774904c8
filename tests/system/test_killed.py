"""Each process dies once in the middle of work. What was accepted is there, once."""

import asyncio
from typing import Any

import pytest

from deploy.demo.setting import Setting
from deploy.stack import ENGINES, SERVICES, WORKER
from tests.system import truth
from tests.system.conftest import Home
from tests.system.work import Person, answer, command, fired, meet, reached, refer, register_person, shown

WRITERS = 3
# A worker takes twenty cases.
AT_MOST = 6
PROCESSES = [*ENGINES, *SERVICES, WORKER]


async def _story(scene: Setting) -> Person:
    """A person's way from the first meeting to an agency's yes, with two steps of the ladder in between."""
    someone = await register_person(scene)
    await meet(scene, someone)
    referral = await refer(scene, someone)
    for level in (1, 2):
        await command(scene, referral, "escalate_now")
        await shown(scene, referral, level=level)
    await answer(scene, referral, "accept")
    await meet(scene, someone)
    return someone


async def _stories(scene: Setting, enough: asyncio.Event) -> list[Person]:
    people: list[Person] = []
    while not people or (not enough.is_set() and len(people) < AT_MOST):
        people.append(await _story(scene))
    return people


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_killed_process_loses_and_doubles_nothing(home: Home, scene: Setting, name: str) -> None:
    enough = asyncio.Event()
    writers = [asyncio.create_task(_stories(scene, enough)) for _ in range(WRITERS)]
    await asyncio.sleep(0.6)
    home.stack.kill(name)
    await home.stack.wait_ready(name)
    enough.set()
    people = [someone for found in await asyncio.gather(*writers) for someone in found]
    for someone in people:
        await reached(scene, someone.referrals[0], "accepted")
        rungs = [step["action"] for step in await fired(scene, someone.referrals[0])]
        assert rungs == ["remind_agency", "ask_worker"], rungs
    await _nothing_else(scene, people)


async def _nothing_else(scene: Setting, people: list[Person]) -> None:
    """The team has exactly what was accepted."""

    async def ids(service: str, table: str) -> list[str]:
        team = (await truth.rows(scene.stack, "intake", "SELECT team_id FROM people WHERE id = %s", people[0].person))[
            0
        ]
        found = await truth.rows(scene.stack, service, f"SELECT id FROM {table} WHERE team_id = %s", team["team_id"])
        return sorted(str(row["id"]) for row in found)

    expected: dict[tuple[str, str], list[Any]] = {
        ("intake", "people"): [someone.person for someone in people],
        ("intake", "consents"): [someone.consent for someone in people],
        ("intake", "contacts"): [contact for someone in people for contact in someone.contacts],
        ("casework", "cases"): [someone.case for someone in people],
        ("casework", "plans"): [someone.plan for someone in people],
        ("referrals", "referrals"): [referral for someone in people for referral in someone.referrals],
    }
    for (service, table), accepted in expected.items():
        assert await ids(service, table) == sorted(accepted), f"{service}.{table}"

    # One permit used, one disclosure and one first mail for each, however often somebody asked. That it was used is
    # told after the mail has left, and told until intake has it.
    async def written_down() -> bool | None:
        return len(await ids("intake", "disclosures")) >= len(people) or None

    await scene.soon(written_down)
    assert len(await ids("intake", "disclosures")) == len(people)
    assert len(await ids("referrals", "decisions")) == 2 * len(people)
