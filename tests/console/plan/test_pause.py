"""How a pause stands, on its page: asked after a meeting, and the day of release written while it goes on."""

from datetime import time, timedelta

import pytest
from playwright.async_api import expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from services.console.web import words
from shared import clock
from shared.practice.calendar import at_local, local_day
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import looked_at, screenshot
from tests.console.referral.conftest import press


@pytest.mark.usefixtures("apart")
async def test_met_in_prison_the_page_asks_and_the_day_is_written(page_as: PageAs, scene: Setting, plan: Json) -> None:
    await scene.worker.post("casework", f"/plans/{plan['id']}/hold", {"kind": "custody"})
    page = await page_as("worker", PHONE, script=False)
    await page.goto(f"/people/{plan['person_id']}/contacts/new")
    await page.check("[name=kind][value=met]", force=True)
    await press(page, "Save")
    await expect(page.locator("h1")).to_contain_text("Still in prison?")
    await screenshot(page, "plan-pause")
    await press(page, "Save")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("choose one", ignore_case=True)
    await page.check("[name=how][value=until]", force=True)
    await press(page, "Save")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("enter the day", ignore_case=True)
    tomorrow = local_day(clock.now()) + timedelta(days=1)
    for part in ("day", "month", "year"):
        await page.fill(f"[name=until-{part}]", str(getattr(tomorrow, part)))
    await press(page, "Save")
    await expect(page.locator("#standing")).to_contain_text("in prison until")

    async def prepared() -> list[Json] | None:
        owed = await scene.worker.every("casework", "/tasks", mine=True)
        return [each for each in owed if each["plan_id"] == plan["id"] and each["kind"].startswith("check_")] or None

    # The eve begins with the office, at half past nine.
    if clock.now() < (ten := at_local(tomorrow - timedelta(days=1), time(10))):
        await scene.journey.travel_to(ten)
    # Tomorrow is the day, so today is its eve: each of the three is on Today, on top, with an end of its own.
    assert len(await scene.soon(prepared)) == 3
    await page.goto("/today")
    first = page.locator("ol.today-list > li").first
    for asked in ("naloxone", "prescription", "a bed"):
        await expect(first).to_contain_text(asked)
    await expect(first.locator("button[name=why][value=done]")).to_have_count(3)
    await screenshot(page, "today-eve-of-release")
    await page.goto(f"/plans/{plan['id']}/pause")
    await page.check("[name=how][value=ended]", force=True)
    await press(page, "Save")
    await expect(page.locator("#standing")).to_contain_text("Running")
    await page.goto("/today")
    await expect(page.locator("ol.today-list > li").first).to_contain_text("see the person that day or the next")


async def test_wherever_the_person_is_shown_it_says_prison_and_until_when(
    page_as: PageAs, scene: Setting, plan: Json
) -> None:
    person, until = plan["person_id"], clock.now() + timedelta(days=30)
    await scene.worker.post("casework", f"/plans/{plan['id']}/hold", {"kind": "custody", "until": until.isoformat()})
    await scene.worker.post("intake", f"/people/{person}/concerns", {"about": "adult", "what": "Cold. (synthetic)"})
    said = f"In prison, until {words.day(until)}"
    page = await page_as("worker", PHONE)
    for path, where in (
        (f"/people/{person}", "#facts"),
        (f"/plans/{plan['id']}", "main"),
        (f"/board/{plan['id']}", ".board-tags"),
        ("/today", f"#person-{person}"),
        (f"/board?person={person}", f"#line-{person} .board-state"),
    ):
        await page.goto(path)
        tag = page.locator(f"{where} .nhsuk-tag", has_text=said).first
        await expect(tag).to_be_visible()
        await expect(tag.locator("svg"), "it has the shape of prison").to_have_count(1)
        await looked_at(page, f"in-prison-{path.split('/')[1].partition('?')[0]}")
