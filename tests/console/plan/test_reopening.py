"""A closed plan on its pages: reopened by a supervisor, with a note; or a second plan is started."""

from playwright.async_api import expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import screenshot
from tests.console.plan.conftest import start, to_referrals
from tests.console.referral.conftest import follow, press


async def closed(scene: Setting, plan: Json) -> None:
    await scene.supervisor.post("casework", f"/plans/{plan['id']}/close", {"reason": "moved_away"})


async def test_a_supervisor_reopens_a_closed_plan_with_a_note(page_as: PageAs, scene: Setting, plan: Json) -> None:
    await closed(scene, plan)
    page = await page_as("supervisor", PHONE, script=False)
    await page.goto(f"/board/{plan['id']}")
    await follow(page, "Reopen the plan")
    await screenshot(page, "plan-reopen")
    await press(page, "Reopen the plan")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("Why is it reopened?")
    await page.fill("[name=note]", "back in town (synthetic)")
    await press(page, "Reopen the plan")
    await expect(page.locator("#standing")).to_contain_text("Running")
    await expect(page.locator("a:has-text('Reopen the plan')")).to_have_count(0)


async def test_start_a_case_plan_starts_a_new_one_after_the_last_was_closed(
    page_as: PageAs, scene: Setting, plan: Json
) -> None:
    await closed(scene, plan)
    page = await page_as("worker", PHONE)
    await page.goto(f"/plans/{plan['id']}")
    await expect(page.locator("a:has-text('Reopen the plan')")).to_have_count(0)
    await page.goto(f"/people/{plan['person_id']}")
    await follow(page, "Start a case plan")
    await to_referrals(page)
    await press(page, "Skip")
    await start(page)
    assert plan["id"] not in page.url
    await expect(page.locator("#standing")).to_contain_text("Running")
    await page.goto(f"/people/{plan['person_id']}")
    await follow(page, "Case plan")
    assert plan["id"] not in page.url
