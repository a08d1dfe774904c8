"""Several tabs of one browser: what ends the session in one covers the others, and nothing half written is lost."""

from uuid import uuid4

from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from tests.console.conftest import PASSWORD, Home, PageAs, sign_out
from tests.console.looks import axe, screenshot

SOMEBODY = "Synthetic Tabs-Agnes"
LOOKS = "document.dispatchEvent(new Event('visibilitychange'))"


async def signed_in_again(page: Page, name: str) -> None:
    """In a tab of its own, as the cover says."""
    tab = await page.context.new_page()
    await tab.goto("/sign-in")
    await tab.fill("[name=sign_in]", name)
    await tab.fill("[name=password]", PASSWORD)
    await tab.click("main button:has-text('Sign in')")
    await tab.wait_for_url(lambda url: "/sign-in" not in url)
    await tab.close()


async def test_signing_out_in_one_tab_empties_every_other(page_as: PageAs, scene: Setting, home: Home) -> None:
    person = await scene.register(SOMEBODY)
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto(f"/people/{person}")
    other = await page.context.new_page()
    await other.goto("/account")
    await sign_out(other)
    await other.wait_for_url("**/signed-out")
    await page.wait_for_url("**/signed-out")
    assert SOMEBODY not in await page.content()
    # Somebody else signs in: a tab that was left on a page of the first is not theirs to see.
    await home.hire("worker", second := f"synthetic-{uuid4()}")
    await signed_in_again(page, name)
    await page.goto(f"/people/{person}")
    await page.context.clear_cookies()
    await signed_in_again(page, second)
    await page.evaluate(LOOKS)
    await page.wait_for_url("**/today")


async def test_a_session_that_ends_elsewhere_covers_the_page_and_keeps_what_is_written(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    person = await scene.register(SOMEBODY)
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto(f"/people/{person}/concerns/new")
    await page.fill("[name=what]", "half written (synthetic)")
    await home.end_sessions(name)
    await page.evaluate(LOOKS)
    await expect(page.locator("h1:visible")).to_have_text("Your session is over")
    await expect(page.locator("#maincontent")).to_be_hidden()
    assert SOMEBODY not in await page.title()
    await axe(page)
    await screenshot(page, "session-ended-elsewhere")
    await signed_in_again(page, name)
    await page.evaluate(LOOKS)
    await expect(page.locator("[name=what]")).to_have_value("half written (synthetic)")


async def test_a_sealed_text_does_not_leave_its_page_before_it_can_be_taken(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    person = await scene.register(SOMEBODY)
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto(f"/people/{person}/sealed")
    await page.click("main button:has-text('Open it')")
    assert "kept on no other page" in await page.inner_text("main")
    await page.check("[name=reasons][value=other]")
    await page.fill("[name=other_reason]", "a long careful reason (synthetic)")
    await home.end_sessions(name)
    await page.click("main button:has-text('Change it')")
    await expect(page.locator("h1:visible")).to_have_text("Your session is over")
    await signed_in_again(page, name)
    await page.evaluate(LOOKS)
    await expect(page.locator("[name=other_reason]")).to_have_value("a long careful reason (synthetic)")
    assert "You are offline" not in await page.inner_text("main")
    # Not by a click: a button takes a second one within a second for the same press.
    await page.locator("form[action$='/sealed/change']").evaluate("form => form.requestSubmit()")
    await page.wait_for_url(f"**/people/{person}")
    await page.goto(f"/people/{person}/sealed")
    await page.click("main button:has-text('Open it')")
    await expect(page.locator("[name=other_reason]")).to_have_value("a long careful reason (synthetic)")
