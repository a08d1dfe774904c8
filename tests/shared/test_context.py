"""Actors and correlation ids."""

import asyncio

from shared.access.roles import Role
from shared.context import Actor, correlation, set_correlation
from shared.ids import new_id


async def test_a_correlation_id_follows_its_own_task() -> None:
    async def act(name: str) -> str:
        set_correlation(name)
        await asyncio.sleep(0.01)
        return correlation()

    assert await asyncio.gather(act("one"), act("two")) == ["one", "two"]


async def test_one_is_made_when_there_is_none_and_then_kept() -> None:
    set_correlation("")
    made = correlation()
    assert made and correlation() == made
    assert Actor.service("intake").correlation_id == made


def test_a_worker_sees_the_rows_of_their_teams_only() -> None:
    mine, theirs = new_id(), new_id()
    worker = Actor("w", Role.WORKER, (mine,), "c")
    assert worker.in_team(mine) and not worker.in_team(theirs) and not worker.every_team


def test_a_service_acts_for_every_team() -> None:
    actor = Actor.service("intake")
    assert (actor.user_id, actor.role) == ("service:intake", Role.SERVICE)
    assert actor.every_team and actor.in_team(new_id())
