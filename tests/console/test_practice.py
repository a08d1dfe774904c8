"""The button of a practice stack: time moves on to the next thing that happens, for whoever presses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from uuid import uuid4

import pytest

from deploy.demo import jumps, people
from deploy.demo.setting import Setting, setting
from services.console.staff import service as staff
from shared import clock
from shared.context import Actor
from tests.console.conftest import Home, PageAs


@pytest.fixture
async def driven(home: Home) -> AsyncIterator[tuple[Setting, str]]:
    """Yield a team of its own with a running plan, beside a driver of its clock, and the worker's sign-in name."""
    team, name = uuid4(), f"synthetic-{uuid4()}"
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.open_team(tx, f"Synthetic team {team}", team)
    worker = await home.hire("worker", name, team)
    async with setting(home.stack, team, str(worker)) as scene:
        await people.plan(scene, "Synthetic Sam", "a dry place to sleep")
        await scene.soon(lambda: scene.board_row(scene.cast.plan))
        wishes = jumps.folder_of(home.stack.folder.path)
        jumps.prepare(wishes)
        driver = asyncio.create_task(jumps.serve(scene, wishes))
        yield scene, name
        driver.cancel()
        with suppress(asyncio.CancelledError):
            await driver


async def test_a_press_moves_time_on(driven: tuple[Setting, str], page_as: PageAs) -> None:
    scene, name = driven
    due = await scene.journey.next_instant()
    assert due is not None and due > clock.now()
    page = await page_as("worker", sign_in=name)
    await page.goto("/account")
    page.set_default_timeout(90_000)
    await page.click("text=Next event")
    await page.wait_for_selector("text=Time has moved on")
    assert page.url.endswith("/account")
    assert isinstance(due, datetime) and clock.now() > due
