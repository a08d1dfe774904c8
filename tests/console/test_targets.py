"""What is pressed: large enough for a thumb, with its label in the middle; and the guards of both see what is not so.

Every page is looked at in tests/console/walk/test_every_page.py.
"""

import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import at_each_width, off_centre, too_small


async def today_with_a_card(page_as: PageAs, scene: Setting) -> Page:
    person = await scene.register("Synthetic Thumb")
    await scene.worker.post("casework", "/cases", {"person_id": person})
    await scene.worker.post("intake", f"/people/{person}/concerns", {"about": "adult", "what": "Cold. (synthetic)"})
    page = await page_as("worker", PHONE)
    await page.goto("/today")
    await expect(page.locator(f"#person-{person} .task-button").first).to_be_visible()
    return page


async def test_the_buttons_of_a_card_are_large_with_their_label_in_the_middle(page_as: PageAs, scene: Setting) -> None:
    page = await today_with_a_card(page_as, scene)
    assert await too_small(page) == [] and await off_centre(page) == []
    async for _ in at_each_width(page):
        for one in await page.locator(".task-button").all():
            box = await one.bounding_box()
            assert box is not None and box["height"] >= 44
        assert await off_centre(page) == []


@pytest.mark.parametrize("small", [".console-banner__button", ".task-button", ".console-tap"])
async def test_the_guard_sees_what_is_too_small(page_as: PageAs, scene: Setting, small: str) -> None:
    """As the button of the practice strip once was: 28 px, though more than that could be pressed."""
    page = await today_with_a_card(page_as, scene)
    shrink = """one => { for (const [name, value] of [["min-height", "0"], ["height", "28px"], ["padding", "0"]])
      one.style.setProperty(name, value, "important") }"""
    await page.locator(f"{small}:visible").first.evaluate(shrink)
    [found] = await too_small(page)
    assert found.endswith("x28")


async def test_the_guard_sees_a_label_at_the_top(page_as: PageAs, scene: Setting) -> None:
    page = await today_with_a_card(page_as, scene)
    askew = """one => { for (const [name, value] of [["align-items", "flex-start"], ["min-height", "60px"]])
      one.style.setProperty(name, value) }"""
    await page.locator(".task-button:visible").first.evaluate(askew)
    [found] = await off_centre(page)
    assert found.startswith("nhsuk-button")
