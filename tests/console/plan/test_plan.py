"""Starting a case plan with a look ahead, and its page."""

import pytest
from playwright.async_api import expect

from deploy.demo.setting import Setting
from tests.console.conftest import DESK, PHONE, PageAs
from tests.console.looks import axe, screenshot

GOALS = "a dry place to sleep (synthetic)\nsomebody to look at my chest (synthetic)"


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_a_plan_is_looked_at_before_it_starts_and_then_runs(page_as: PageAs, scene: Setting, width: int) -> None:
    person = (await scene.worker.post("intake", "/people", {"alias": "Synthetic Plan"}))["id"]
    page = await page_as("worker", width)
    await page.goto(f"/people/{person}")
    await page.click("text=Start a case plan")
    await axe(page)
    await page.click("main button:has-text('See what will run')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("in his words")
    await axe(page)
    await page.fill("[name=goals]", GOALS)
    await page.check("[name=phase][value=try_out]")
    await page.click("main button:has-text('See what will run')")
    await expect(page.locator("main")).to_contain_text("every 14 days")
    await expect(page.locator("main ol")).to_contain_text("Contact")
    await axe(page)
    await screenshot(page, "plan-preview")
    assert await scene.worker.every("casework", "/cases", person_id=person) == []
    await page.click("main button:has-text('Change something')")
    await expect(page.locator("[name=goals]")).to_have_value(GOALS)
    await page.click("main button:has-text('See what will run')")
    await page.click("main button:has-text('Start the plan')")
    await page.wait_for_url("**/plans/*")
    await expect(page.locator("main")).to_contain_text("somebody to look at my chest (synthetic)")
    await expect(page.locator("#standing")).to_contain_text("Every 14 days")
    await axe(page)
    await screenshot(page, "plan")
    [case] = await scene.worker.every("casework", "/cases", person_id=person)
    assert page.url.endswith(case["plan_id"])


async def test_without_script_a_goal_a_step_and_another_rhythm_are_added(page_as: PageAs, scene: Setting) -> None:
    person = (await scene.worker.post("intake", "/people", {"alias": "Synthetic Plan"}))["id"]
    page = await page_as("worker", script=False)
    await page.goto(f"/plan-start?person={person}")
    await page.fill("[name=goals]", "a letter for the council (synthetic)")
    await page.click("main button:has-text('See what will run')")
    await page.click("main button:has-text('Start the plan')")
    await page.click("summary:has-text('Add a goal')")
    await page.fill("[name=words]", "his own key (synthetic)")
    await page.click("main button:has-text('Add the goal')")
    await expect(page.locator("main")).to_contain_text("his own key (synthetic)")
    await page.click("summary:has-text('Add something to do')")
    await page.fill("[name=what]", "ring the hostel (synthetic)")
    await page.click("main button:has-text('Add it')")
    await expect(page.locator("main")).to_contain_text("We do: ring the hostel (synthetic)")
    await page.click("a:has-text('Change')")
    await page.fill("[name=cadence_days]", "3")
    await page.click("main button:has-text('Change it')")
    await expect(page.locator("#standing")).to_contain_text("Every 3 days")


async def test_another_teams_plan_is_not_there_and_a_guardian_only_reads(page_as: PageAs, scene: Setting) -> None:
    person = (await scene.worker.post("intake", "/people", {"alias": "Synthetic Plan"}))["id"]
    page = await page_as("worker")
    missing = await page.goto("/plans/00000000-0000-4000-8000-000000000000")
    assert missing is not None and missing.status == 404
    await page.goto(f"/plan-start?person={person}")
    await page.fill("[name=goals]", "tea (synthetic)")
    await page.click("main button:has-text('See what will run')")
    await page.click("main button:has-text('Start the plan')")
    await page.wait_for_url("**/plans/*")
    guardian = await page_as("guardian")
    await guardian.goto(page.url)
    await expect(guardian.locator("main")).to_contain_text("tea (synthetic)")
    await expect(guardian.locator("main button")).to_have_count(0)
