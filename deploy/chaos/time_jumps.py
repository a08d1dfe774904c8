"""Jumps of time to the next instant of anything open, with answers that race with due steps, and with faults."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random

import httpx
import psycopg
from temporalio.service import RPCError

from deploy.chaos.load import FIRST, NO_LONGER
from deploy.chaos.place import Place
from deploy.demo.api import ApiError
from deploy.errors import StackError
from deploy.time_travel import BEHIND_THE_SPREAD, JourneyError
from shared import clock

REST_SECONDS = 300.0
RACES = 4
RACE_SECONDS = 1.5
# How long to wait while only emails are pending, and a jump beyond the next attempt of an email that a relay refused.
WAITS_SECONDS = 5.0
A_WHILE = timedelta(minutes=20)
AWAY = (psycopg.OperationalError, httpx.TransportError, ApiError, RPCError, JourneyError)


async def rest(place: Place) -> None:
    """Wait until nothing is in progress. Raise StackError, naming what did not come to rest after all faults ended."""
    limit, quiet_since = time.monotonic() + REST_SECONDS, time.monotonic()
    while True:
        try:
            under_way = await place.scene.journey.under_way()
            if not under_way:
                return
            waits = all(what.endswith("has not left") for what in under_way)
            if not waits:
                quiet_since = time.monotonic()
            elif time.monotonic() > quiet_since + WAITS_SECONDS:
                # An email that the relay refused, or that got no permit: its next attempt is minutes away.
                await place.scene.journey.jump(clock.now() + A_WHILE)
                quiet_since = time.monotonic()
        except AWAY as error:
            under_way = [str(error) or type(error).__name__]
        if time.monotonic() > limit:
            raise StackError(f"the stack did not come to rest in {REST_SECONDS:.0f} s: {', '.join(under_way[:5])}")
        await asyncio.sleep(0.1)


async def leap(place: Place, chance: Random, meanwhile: Callable[[], Awaitable[None]], *, at_once: bool = True) -> None:
    """Make one leap of a stack at rest, while services answer and `meanwhile` runs.

    `meanwhile` starts immediately with `at_once`, else after the engine's jump (for faults of the engine itself).
    """
    async with place.gate.closed():
        await rest(place)
        try:
            target = await place.scene.journey.next_instant()
            due = await _due(place, target) if target else set[str]()
        except AWAY:  # a process has ended at this moment
            target, due = None, set[str]()
        if target is None:
            await meanwhile()
            return
        racing = [referral for referral in place.ledger.accepted["referrals"] if referral in due]
        chance.shuffle(racing)
        jumped = asyncio.Event()
        tasks = [asyncio.create_task(_answer(place, chance, referral, jumped)) for referral in racing[:RACES]]

        async def broken() -> None:
            if not at_once:
                await jumped.wait()
            await meanwhile()

        tasks.append(asyncio.create_task(broken()))
        try:
            try:
                await place.scene.journey.jump(max(target, clock.now()) + BEHIND_THE_SPREAD)
            except AWAY:
                place.seen["jumps of time that something broken held up"] += 1
            jumped.set()
            place.seen["jumps of time"] += 1
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _due(place: Place, target: datetime) -> set[str]:
    rows = await place.scene.supervisor.every("casework", "/board", limit=200)
    edge = target + BEHIND_THE_SPREAD
    mine = [row for row in rows if row["kind"] == "referral" and row["next_at"]]
    return {row["id"] for row in mine if datetime.fromisoformat(row["next_at"]) <= edge}


async def _answer(place: Place, chance: Random, referral: str, jumped: asyncio.Event) -> None:
    """Answer around the instant at which the step of this referral is due: during the jump, or just after it."""
    early, pause, choice = chance.random() < 0.3, chance.uniform(0.0, RACE_SECONDS), chance.random()
    if not early:
        await jumped.wait()
    await asyncio.sleep(pause)
    try:
        await place.clients[0].phone(referral, choice, FIRST)
    except ApiError as error:
        if error.status not in NO_LONGER:
            raise
        place.refused[f"racing answer: {error.status}"] += 1
