"""The row that a request names: whose it is, and what it is once it is locked."""

import asyncio
from uuid import UUID

import pytest

from shared.access.roles import Role
from shared.context import Actor
from shared.db.visible import find, visible
from shared.http.problems import Problem
from shared.ids import new_id
from tests.shared.ground import ACTOR, TEAM, Ground, Probe


def _worker(*teams: UUID) -> Actor:
    return Actor("worker", Role.WORKER, teams)


async def test_a_row_of_another_team_is_answered_as_one_that_does_not_exist(ground: Ground) -> None:
    theirs = await ground.probe()
    async with ground.api.transaction(_worker(TEAM)) as session:
        assert (await visible(session, Probe, theirs)).id == theirs
        assert await find(session, Probe, theirs, Probe.count > 0) is None
    answers = []
    for asked in (theirs, new_id()):
        for lock in (False, True):
            async with ground.api.transaction(_worker(new_id(), new_id())) as session:
                with pytest.raises(Problem) as refused:
                    await visible(session, Probe, asked, lock=lock)
                answers.append(refused.value.body())
    assert answers[0]["status"] == 404 and answers.count(answers[0]) == 4


async def test_a_condition_in_place_of_the_team_shows_what_teams_share(ground: Ground) -> None:
    shared = await ground.probe()
    async with ground.api.transaction(_worker(new_id())) as session:
        assert await find(session, Probe, shared) is None
        assert await find(session, Probe, shared, shared_with=Probe.id == shared) is not None
        assert await find(session, Probe, shared, shared_with=Probe.id == new_id()) is None


@pytest.mark.parametrize("lock", [True, False])
async def test_a_row_that_was_read_before_is_read_anew(ground: Ground, lock: bool) -> None:
    probe = await ground.probe()
    async with ground.api.transaction(ACTOR) as session:
        seen = await visible(session, Probe, probe)
        async with ground.work.transaction(ACTOR) as other:
            (await visible(other, Probe, probe, lock=True)).count = 7
        row = await visible(session, Probe, probe, lock=lock)
        assert row is seen and row.count == 7


async def test_two_that_lock_one_row_each_judge_what_the_other_left(ground: Ground) -> None:
    probe = await ground.probe()
    both_have_seen = asyncio.Barrier(2)

    async def count_once() -> bool:
        async with ground.api.transaction(_worker(TEAM)) as session:
            await visible(session, Probe, probe)
            await both_have_seen.wait()
            row = await visible(session, Probe, probe, lock=True)
            if row.count:
                return False
            row.count += 1
            return True

    assert sorted(await asyncio.gather(count_once(), count_once())) == [False, True]
