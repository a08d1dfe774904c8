"""A referral that waits for its agency, and what the agency has of it: the mail with its link and code."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page
from sqlalchemy import text

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from services.console.agency.view import WAY_OF
from shared.db.session import Database
from tests.console.click import click_through
from tests.console.conftest import Home

# What the agency is told (deploy.demo.setting.Setting.draft) and may be read only behind the second step.
BEHIND = ("only in person, through us", "an assessment (synthetic)")
PRONOUNS = re.compile(
    r"\b(he|him|his|she|her|patient|client|clinic|tb|health|chest|disease|treatment)\b", re.IGNORECASE
)


@dataclass
class Mailed:
    """One referral, and what stands in the mail about it."""

    scene: Setting
    id: str
    person: str
    reference: str
    message: str
    link: str
    code: str

    @property
    def token(self) -> str:
        return self.link.partition("#")[2]

    async def now(self) -> Json:
        return await self.scene.worker.get("referrals", f"/referrals/{self.id}")

    async def history(self) -> list[Json]:
        return await self.scene.worker.every("referrals", f"/referrals/{self.id}/history")

    async def second_code(self) -> str:
        """Return the code that the worker reads out over the phone."""
        return str((await self.scene.worker.get("referrals", f"/referrals/{self.id}/second-step"))["code"])


Mail = Callable[..., Awaitable[Mailed]]


def read_mail(scene: Setting, message: str) -> tuple[str, str]:
    """Return the link and the code of an email, from its .eml file."""
    path = next(path for path in scene.stack.folder.mail.glob("*.eml") if message in path.name)
    said = message_from_bytes(path.read_bytes(), policy=policy.default).get_content()
    link, code = re.search(r"open (http\S+)", said), re.search(r"type this code: (\S+)", said)
    assert link and code, said
    return link[1], code[1]


@pytest.fixture
def mailed(scene: Setting) -> Mail:
    """`await mailed()`: another person, referred; the first mail has left."""

    async def make(pathway: str = "tb") -> Mailed:
        person = await scene.register("Synthetic Agnes-Sam")
        await scene.agree(pathway)
        await scene.start_plan()
        referral = await scene.refer(pathway)
        message = (await scene.mail_sent(referral, "first"))["id"]
        found = await scene.worker.get("referrals", f"/referrals/{referral}")
        return Mailed(scene, referral, person, found["reference"], message, *read_mail(scene, message))

    return make


@pytest.fixture
async def expire(home: Home) -> Any:
    """`await expire(mailed)`: its thirty days are over."""
    database = Database(home.stack.settings(), "referrals", "work")

    async def do(mailed: Mailed) -> None:
        async with database.platform_connection() as connection:
            await connection.execute(
                text("UPDATE reply_grants SET expires_at = recorded_at WHERE message_id = :id"),
                {"id": UUID(mailed.message)},
            )

    yield do
    await database.dispose()


async def main_of(page: Page) -> str:
    return await page.inner_text("main")


async def press(page: Page, words: str) -> None:
    """Press a button or link and wait for the page that answers."""
    await click_through(page.locator("main").locator("button, a").filter(has_text=words).first)


async def back(page: Page) -> None:
    """Go back to the three big answers."""
    way = page.locator(".agency-back button")
    assert await way.count() == 1, f"no way back from {page.url}: {await main_of(page)}"
    await click_through(way)


async def choose(page: Page, answer: str) -> None:
    """Choose one answer, by the big one that leads to it."""
    one = page.locator(f"main [name=answer][value={answer}]")
    if await page.locator("form[action='/r/answer']").count() and not await one.count():
        await back(page)
    if not await one.count():
        await click_through(page.locator(f"main button[name=way][value={WAY_OF.get(answer, 'not_yet')}]"))
    if await one.get_attribute("type") == "radio":
        await one.check()


async def follow(page: Page, link: str) -> None:
    """Follow a mail's link: the first page sends itself on."""
    await page.goto(link, wait_until="commit")
    await page.wait_for_url("**/r/open", wait_until="load")
