"""A change of where a service is written to waits for a second person: a task of each team that may confirm it."""

from uuid import UUID

from shared import clock
from shared.events.referrals import ContactDecided, ContactProposed
from shared.ids import new_id
from tests.casework.world import World


def told(change: UUID, team: UUID) -> tuple[ContactProposed, ContactDecided]:
    at = clock.now()
    return (
        ContactProposed(version=1, occurred_at=at, change_id=change, team_id=team),
        ContactDecided(version=2, occurred_at=at, change_id=change, team_ids=[team]),
    )


async def test_it_is_the_supervisors_of_each_team_until_somebody_has_decided(world: World) -> None:
    change = new_id()
    ours, decided = told(change, world.team)
    theirs, _ = told(change, world.other_team)
    for event in (ours, ours, theirs):
        await world.hear(event)
    [task] = (await world.ok("GET", "/tasks?mine=true", role="supervisor"))["items"]
    assert (task["kind"], task["person_id"]) == ("confirm_address", None)
    await world.hear(decided)
    assert await world.tasks() == [], "also of a team that was not named: it has no referrals there any more"
    await world.hear(ours)
    assert await world.tasks() == [], "heard late"


async def test_decided_heard_first_asks_nobody(world: World) -> None:
    proposed, decided = told(new_id(), world.team)
    await world.hear(decided)
    await world.hear(proposed)
    assert await world.tasks() == []
