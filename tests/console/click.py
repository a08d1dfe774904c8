"""A press that leads to another page. `Page.click` alone may come back before that page is there."""

from playwright.async_api import Locator


async def click_through(what: Locator) -> None:
    """Press the first link or button that is meant, and wait until the page that it leads to has loaded."""
    async with what.page.expect_navigation(wait_until="load"):
        await what.first.click()
