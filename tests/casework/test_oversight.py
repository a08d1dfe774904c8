"""What the guardian is told of is a task of the guardian's, until the word on it is given."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import clock
from shared.events.intake import OversightGiven, OversightNeeded
from shared.ids import new_id
from tests.casework.world import World
from workflows.contracts import SWEEP_TASKS, Sweep

Jump = Callable[[timedelta], None]


def told_to_the_guardian(
    world: World, person: UUID, what: str = "override", *, agrees: bool = True
) -> tuple[OversightNeeded, OversightGiven]:
    """The two events of one record."""
    of: dict[str, Any] = {
        "occurred_at": clock.now(),
        "oversight_id": new_id(),
        "person_id": person,
        "team_id": world.team,
        "what": what,
    }
    return OversightNeeded(version=1, for_role="guardian", **of), OversightGiven(version=2, agrees=agrees, **of)


async def _mine(world: World, role: str) -> list[Any]:
    return (await world.ok("GET", "/tasks?mine=true", role=role, sub=f"{role}-1"))["items"]


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("override", "read_override"),
        ("disclosure", "read_disclosure"),
        ("after_withdrawal", "read_disclosure"),
        ("no_opened", "read_no_opened"),
        ("something of a later version", "read_override"),
    ],
)
async def test_it_is_the_guardians_alone_and_leads_to_what_is_to_be_read(world: World, what: str, kind: str) -> None:
    needed, given = told_to_the_guardian(world, await world.person(), what)
    for _ in range(2):
        await world.hear(needed)
    [task] = await _mine(world, "guardian")
    assert (task["kind"], task["oversight_id"]) == (kind, str(needed.oversight_id))
    assert await _mine(world, "worker") == await _mine(world, "supervisor") == []
    for _ in range(2):
        await world.hear(given)
    assert await world.tasks() == []
    await world.hear(needed)
    assert await world.tasks() == [], "heard again, or late"


async def test_the_word_heard_first_leaves_nothing_to_read(world: World) -> None:
    needed, given = told_to_the_guardian(world, await world.person())
    await world.hear(given)
    await world.hear(needed)
    assert await world.tasks() == []


async def test_what_the_guardian_does_not_agree_with_is_the_supervisors_today(world: World) -> None:
    needed, given = told_to_the_guardian(world, await world.person(), agrees=False)
    for event in (needed, given):
        await world.hear(event)
    [task] = await _mine(world, "supervisor")
    assert task["kind"] == "guardian_disagrees" and task["urgent"]
    await world.ok("POST", f"/tasks/{task['id']}/done", role="supervisor")
    await world.hear(given)
    assert await world.tasks() == [], "said once"


async def test_it_outlives_the_case_and_is_raised_when_nobody_reads_it(world: World, jump: Jump) -> None:
    person = await world.person()
    needed, given = told_to_the_guardian(world, person)
    await world.hear(needed)
    case = await world.case(person=person)
    await world.ok("POST", f"/cases/{case['id']}/close", {"reason": "moved_away"}, role="supervisor")
    assert await world.tasks() == ["read_override"]
    jump(timedelta(days=5))
    for _ in range(2):
        await world.act(SWEEP_TASKS, Sweep())
    assert [task["kind"] for task in await _mine(world, "supervisor")] == ["overdue"]
    assert [task["overdue"] for task in await _mine(world, "guardian")] == [True]
    await world.hear(given)
    assert await world.tasks() == [], "also what the supervisors were told"
