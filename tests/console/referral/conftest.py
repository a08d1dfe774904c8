"""A person of one's own for each test, and the ways of a hand on a page."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from deploy.demo.setting import Setting
from tests.console.click import click_through
from tests.console.conftest import PageAs


@pytest.fixture
async def person(scene: Setting) -> str:
    """Register somebody with a case and a plan of their own."""
    await scene.register()
    await scene.start_plan()
    return scene.cast.person


@pytest.fixture
async def sent(scene: Setting, person: str) -> str:
    """Send a referral to the chest clinic."""
    await scene.agree("tb")
    return await scene.refer("tb")


async def press(page: Page, text: str) -> None:
    """Press a button, and wait for the page that follows."""
    await click_through(page.locator(f"main button:has-text('{text}')").first)


async def pick(page: Page, label: str) -> None:
    """Choose a radio or a box, by pressing its label."""
    await page.locator("main label", has_text=re.compile(rf"^\s*{re.escape(label)}")).first.click()


async def follow(page: Page, text: str) -> None:
    """Follow a link, and wait for its page."""
    await click_through(page.locator(f"main a:has-text('{text}')").first)


Choose = Callable[..., Awaitable[Page]]


@pytest.fixture
def choosing(page_as: PageAs, person: str) -> Choose:
    """`await choosing("Chest clinic", width=360, script=True)`: a worker's page with the words for that service."""

    async def go(service: str, width: int = 360, *, script: bool = True) -> Page:
        page = await page_as("worker", width, script=script)
        await page.goto(f"/referrals/choose?person={person}")
        await page.fill("[name=q]", service)
        await press(page, "Search")
        await follow(page, service)
        return page

    return go
