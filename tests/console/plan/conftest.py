"""Somebody without a case, and the way through the steps of a plan."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.conftest import PHONE, PageAs
from tests.console.referral.conftest import press

WANTED = "a dry place to sleep (synthetic)"
GOALS = f"{WANTED}\nsomebody to look at my chest (synthetic)"

Begin = Callable[..., Awaitable[Page]]


@pytest.fixture
async def newcomer(scene: Setting) -> str:
    """Register somebody with nothing but a name."""
    return str((await scene.worker.post("intake", "/people", {"alias": "Synthetic Plan"}))["id"])


@pytest.fixture
async def plan(scene: Setting, newcomer: str) -> Json:
    """Start a plan for the newcomer, and wait until the board shows it."""
    case = await scene.worker.post("casework", "/cases", {"person_id": newcomer})
    goals = {"goals": GOALS.splitlines()}
    started = await scene.worker.post("casework", f"/cases/{case['id']}/plan", goals)

    async def on_the_board() -> Json | None:
        return await scene.board_row(started["id"])

    await scene.soon(on_the_board)
    return started


@pytest.fixture
def beginning(page_as: PageAs, newcomer: str) -> Begin:
    """`await beginning(width, script=True)`: a worker's page at the first step."""

    async def begin(width: int = PHONE, *, script: bool = True) -> Page:
        page = await page_as("worker", width, script=script)
        await page.goto(f"/plan-start?person={newcomer}")
        return page

    return begin


async def score(page: Page, domain: str, score: int, sentence: str = "") -> None:
    """Score one domain of the person's needs."""
    await page.locator(f"[name='domains.{domain}.score'][value='{score}'] + label").click()
    if sentence:
        await page.fill(f"[name='domains.{domain}.sentence']", sentence)


async def to_referrals(page: Page) -> None:
    """Fill in goals, leave the usual cadence, and continue to the referrals."""
    await page.fill("[name=goals]", GOALS)
    await press(page, "Continue")


async def choose(page: Page, service: str) -> None:
    """One service of the directory, found by its name."""
    await page.fill("[name=q]", service)
    await press(page, "Search")
    await press(page, "Choose")


async def start(page: Page) -> None:
    """Press the last button, and wait for the plan's page."""
    await page.click("main button:has-text('Start the plan')")
    await page.wait_for_url("**/plans/*")
