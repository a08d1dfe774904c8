"""The first day of each role: what to do first, the way there, and how it goes away by itself or at once."""

from uuid import uuid4

import pytest
from playwright.async_api import Page

from services.console.first_day.rules import STEPS
from services.console.help.jobs import JOBS, jobs_of
from services.console.staff import service as staff
from shared.access.roles import Role
from shared.context import Actor
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, ROLES, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import looked_at
from tests.words import of_all


async def newcomer(home: Home, role: str) -> str:
    """Somebody who has never signed in, in a team of which nothing is to be read yet."""
    name = f"new-{role}-{uuid4().hex[:8]}"
    async with home.database.transaction(Actor.service("console")) as tx:
        team = await staff.open_team(tx, f"Synthetic team {uuid4()}")
    await home.hire(role, name, team.id, first_day=True)
    return name


async def press(page: Page, words: str) -> None:
    await click_through(page.locator("main button").filter(has_text=words).first)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_is_led_through_its_first_steps_and_then_left_alone(
    home: Home, page_as: PageAs, role: str
) -> None:
    page = await page_as(role, script=False, sign_in=await newcomer(home, role))
    steps = STEPS[Role(role)]
    assert len({step.slug for step in steps}) == len(steps) >= 3
    for number, step in enumerate(steps):
        await page.goto("/")
        assert page.url.endswith("/first-day") and await page.inner_text("h1") == "Your first day"
        assert await page.locator(".nhsuk-tag").count() == number
        await press(page, step.title)
        assert page.url.removeprefix(home.url) == step.href and await page.locator("h1").count() == 1
        assert "not for your role" not in await page.inner_text("main")
    await page.goto("/")
    assert not page.url.endswith("/first-day"), "every step was opened"
    # It is still there for who looks for it.
    await page.goto("/help")
    await click_through(page.locator("main a:has-text('Your first day')"))
    assert await page.locator(".nhsuk-tag").count() == len(steps)


async def test_who_knows_the_way_puts_it_away(home: Home, page_as: PageAs) -> None:
    page = await page_as("worker", sign_in=await newcomer(home, "worker"))
    await page.goto("/")
    await looked_at(page, "first-day")
    await press(page, "I know my way")
    assert page.url.endswith("/today")
    await page.goto("/")
    assert page.url.endswith("/today")


async def test_a_step_of_another_role_is_none(hand: Hand) -> None:
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/first-day")
    assert (await hand.post("/first-day/setup", {"once": str(uuid4())})).status_code == 404


@pytest.mark.parametrize("role", ROLES)
async def test_every_job_has_a_page_of_help_that_leads_to_it(role: str, page_as: PageAs, home: Home) -> None:
    page = await page_as(role, script=False)
    await page.goto("/help")
    listed = await page.locator("main .console-links a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert listed == [f"/help/{job.slug}" for job in jobs_of(Role(role))] and len(listed) >= 2
    for job in jobs_of(Role(role)):
        await page.goto(f"/help/{job.slug}")
        assert await page.inner_text("h1") == job.title
        assert (await page.request.get(job.href)).ok, job.href
    other = next(job for job in JOBS if Role(role) not in job.roles)
    answer = await page.goto(f"/help/{other.slug}")
    assert answer is not None and answer.status == 404


def test_help_says_no_other_word() -> None:
    said = [(job.slug, text) for job in JOBS for text in (job.title, *job.steps, *job.notes, job.go)]
    said += [(step.slug, text) for steps in STEPS.values() for step in steps for text in (step.title, step.why)]
    assert not (wrong := of_all(said)), "\n".join(wrong)
