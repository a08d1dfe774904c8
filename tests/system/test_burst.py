"""Thirty referrals of one agency stall on one day: one mail, one call, one line. And replies race their rungs."""

import asyncio
import random
from datetime import datetime

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from deploy.time_travel import BEHIND_THE_SPREAD
from tests.system.work import Person, answer, fired, refer, register_person

MEN, EACH = 15, 2


async def test_thirty_that_stall_on_one_day_are_one_mail_one_call_one_line(scene: Setting) -> None:
    referrals = await _referrals(scene)
    await _leap_to(scene, referrals[0], "remind_agency")
    mails = await scene.messages(kind="reminders", agency_id=scene.cast.services["tb"]["agency_id"])
    assert [mail["status"] for mail in mails] == ["sent"]
    assert {item["referral_id"] for item in mails[0]["items"]} == set(referrals)
    assert all(item["outcome"] == "included" for item in mails[0]["items"])
    await _leap_to(scene, referrals[0], "ask_worker")
    _one_task(await scene.worker.every("casework", "/tasks", kind="ask_worker"), referrals)
    await _race(scene, referrals)


async def _race(scene: Setting, referrals: list[str]) -> None:
    """Each agency's answer falls somewhere around the instant of its next rung. Never a rung after it (`truth`)."""
    due = await _due(scene, referrals[0], "tell_supervisor")
    chance = random.Random(20_080_700)
    ready = asyncio.Event()

    async def reply(referral: str) -> None:
        await ready.wait()
        await asyncio.sleep(chance.uniform(0.0, 2.5))
        await answer(scene, referral, chance.choice(["accept", "see", "waitlist"]))

    replies = [asyncio.create_task(reply(referral)) for referral in referrals]
    ready.set()
    await asyncio.gather(scene.journey.move_to(due + BEHIND_THE_SPREAD), *replies)
    await scene.journey.settle()
    told = [referral for referral in referrals if (await _actions(scene, referral))[2:]]
    for referral in referrals:
        actions = await _actions(scene, referral)
        assert actions in (["remind_agency", "ask_worker"], ["remind_agency", "ask_worker", "tell_supervisor"])
    # Whatever the supervisor was told of has been answered since.
    assert await scene.supervisor.every("casework", "/tasks", kind="tell_supervisor") == []
    closed = await scene.supervisor.every("casework", "/tasks", kind="tell_supervisor", status="closed")
    assert len(closed) <= max(1, len(told))


async def _referrals(scene: Setting) -> list[str]:
    slots = asyncio.Semaphore(4)

    async def one() -> Person:
        async with slots:
            person = await register_person(scene)
            for _ in range(EACH):
                await refer(scene, person)
            return person

    people = await asyncio.gather(*(one() for _ in range(MEN)))
    return [referral for person in people for referral in person.referrals]


async def _leap_to(scene: Setting, referral: str, action: str) -> None:
    for _ in range(6):
        if action in await _actions(scene, referral):
            return
        await scene.journey.leap()
    raise AssertionError(f"{action} did not fire")


async def _actions(scene: Setting, referral: str) -> list[str]:
    return [step["action"] for step in await fired(scene, referral) if step["clock"].endswith("sent")]


async def _due(scene: Setting, referral: str, action: str) -> datetime:
    ladder = await scene.worker.get("referrals", f"/referrals/{referral}/ladder")
    planned = [step["at"] for step in ladder["steps"] if step["outcome"] == "planned" and step["action"] == action]
    return datetime.fromisoformat(min(planned))


def _one_task(tasks: list[Json], referrals: list[str]) -> None:
    assert len(tasks) == 1, [task["id"] for task in tasks]
    assert {line["referral_id"] for line in tasks[0]["lines"] if line["open"]} == set(referrals)
