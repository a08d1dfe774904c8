"""Hands that shake, and browsers that go back: pressed twice it is done once, and an old page does no harm."""

import pytest
from playwright.async_api import Page, expect

from tests.console.referral.conftest import follow, pick, press
from tests.console.walk.conftest import StoryCrew
from tests.console.walk.look import Look
from tests.console.walk.story import Story
from tests.console.walk.teller import ALIAS, NEED

SECONDS_A_TEST = 600


async def twice(page: Page, words: str) -> None:
    """Double-click a button, and wait for the page that follows; without script the second click cancels the first."""
    async with page.expect_event("load"):
        await page.locator("main button", has_text=words).first.dblclick(no_wait_after=True)
    await page.wait_for_load_state()


@pytest.mark.parametrize("script", [True, False])
async def test_a_double_click_does_it_once(crew: StoryCrew, script: bool) -> None:
    scene, page = crew.scene, await crew.page("worker", script=script)
    await page.goto("/people/new")
    await page.fill("[name=alias]", ALIAS)
    await twice(page, "Add person")
    await expect(page.locator("h1")).to_have_text(ALIAS)
    [person] = await scene.worker.every("intake", "/people")
    scene.cast.person = person["id"]
    await page.click("main a:has-text('Log a contact')")
    await page.check("[name=kind][value=met]")
    await twice(page, "Save")
    await expect(page.locator("main")).to_contain_text("The contact is saved.")
    assert len(await scene.worker.every("intake", f"/people/{person['id']}/contacts")) == 1
    story = Story(crew, Look("hands", script=False))
    story.worker = page
    await story.a_plan_is_started()
    assert len(await scene.worker.every("casework", "/cases", person_id=person["id"])) == 1
    await page.goto(f"/referrals/new?person={person['id']}&service={scene.cast.services['tb']['id']}")
    await pick(page, NEED)
    await twice(page, "Check before you send")
    await agree(page)
    await page.wait_for_selector("main button:has-text('Send it')")
    await twice(page, "Send it")
    [referral] = await scene.worker.every("referrals", "/referrals", person_id=person["id"])
    await scene.reached(referral["id"], "sent")
    history = await scene.worker.every("referrals", f"/referrals/{referral['id']}/history")
    assert [line["move"] for line in history].count("send_approved") == 1


async def agree(page: Page) -> None:
    """Record the person's consent on the way."""
    await follow(page, "Record consent")
    for label in ("What this referral needs", "In person"):
        await pick(page, label)
    await press(page, "Save consent")


async def test_back_to_a_page_that_was_sent_sends_nothing_again(crew: StoryCrew) -> None:
    scene = crew.scene
    story = Story(crew, Look("hands", script=False))
    story.worker = page = await crew.page("worker", script=False)
    await story.the_person_is_registered()
    await story.the_person_agrees()
    await story.a_plan_is_started()
    await story.a_service_is_chosen()
    await press(page, "Check before you send")
    preview = page.url
    await press(page, "Send it")
    await scene.reached(page.url.rsplit("/", 1)[1], "sent")
    await page.go_back()
    # Shown anew, there is nothing to send: the referral is shown instead.
    assert page.url != preview and await page.locator("main button:has-text('Send it')").count() == 0
    await expect(page.locator("main .nhsuk-tag").first).to_have_text("Sent")
