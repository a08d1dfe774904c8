"""The header: one quiet row by role, that leaves the screen to the page, at every width and without script."""

import pytest
from playwright.async_api import Page

from tests.console.conftest import PageAs
from tests.console.looks import axe, looked_at

FIRST = {
    "worker": ["Today", "People", "Board"],
    "clinician": ["Today", "People", "Board"],
    "supervisor": ["Today", "People", "Board"],
    "guardian": ["Today", "People", "Accounts"],
    "commissioner": ["Counts", "Help"],
    "admin": ["Staff", "First steps", "Help"],
}
# 1280 x 800 and 1366 x 768 at 200 %.
LAPTOPS = ((640, 400), (683, 384))
TALL = "() => document.querySelector('.console-header').offsetHeight"
HIGH = "() => document.querySelector('.console-header').getBoundingClientRect().bottom + scrollY"
SMALL = """() => [...document.querySelectorAll('.console-header :is(a, button, summary)')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([text]) => text)"""


async def links(page: Page, where: str) -> list[str]:
    return [text.strip() for text in await page.locator(f"{where} > li > a").all_inner_texts()]


@pytest.mark.parametrize("role", FIRST)
async def test_three_links_by_role_and_the_rest_under_more(role: str, page_as: PageAs) -> None:
    page = await page_as(role, script=False)
    await page.goto("/account")
    assert await links(page, ".console-header__links") == FIRST[role]
    assert await page.evaluate(TALL) < 60, "one row on a phone"
    assert not await page.is_visible("text=Signed in as")
    await page.click(".console-more > summary")
    assert f"Synthetic {role}" in await page.inner_text(".console-more__box")
    assert await page.is_visible(".console-more__box button:has-text('Sign out')")
    for href in await page.locator(".console-header a").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        assert (await page.request.get(href)).ok, f"{role}: {href}"


async def test_it_leaves_four_fifths_of_a_laptops_screen_at_200_per_cent(page_as: PageAs) -> None:
    page = await page_as("supervisor")
    await page.goto("/board")
    assert await page.is_visible(".console-banner__button")
    for width, height in LAPTOPS:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(HIGH) <= height / 5, (width, height)


async def test_every_link_is_large_enough_for_a_thumb(page_as: PageAs) -> None:
    page = await page_as("worker", 320)
    await page.goto("/account")
    await page.click(".console-more > summary")
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate("() => document.documentElement.scrollWidth") <= 320
    await looked_at(page, "header-more")


async def test_the_menu_closes_by_escape_and_when_one_goes_on(page_as: PageAs) -> None:
    page = await page_as("worker")
    await page.goto("/account")
    more = page.locator(".console-more")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.click(".nhsuk-footer")):
        await page.focus(".console-more > summary")
        await page.keyboard.press("Enter")
        assert await more.get_attribute("open") is not None
        await axe(page)
        await close()
        assert await more.get_attribute("open") is None
    await page.click(".console-more > summary")
    await page.focus("main a, main button")
    assert await more.get_attribute("open") is None
