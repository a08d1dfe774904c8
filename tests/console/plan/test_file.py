"""A person's file: the facts first, the one button in sight, and what cannot be undone in a place of its own."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from shared import clock
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import WIDTHS, axe, looked_at
from tests.console.referral.conftest import follow


async def test_the_file_begins_with_the_facts_and_says_prison(page_as: PageAs, scene: Setting, plan: Json) -> None:
    person = plan["person_id"]
    await scene.worker.post("intake", f"/people/{person}/contacts", {"kind": "met", "channel": "in_person"})
    until = (clock.now() + timedelta(days=9)).replace(hour=23, minute=59, second=0, microsecond=0)
    await scene.worker.post("casework", f"/plans/{plan['id']}/hold", {"kind": "custody", "until": until.isoformat()})
    page = await page_as("worker")
    await page.set_viewport_size({"width": PHONE, "height": 780})
    await page.goto(f"/people/{person}")
    facts = page.locator("#facts")
    await expect(facts).to_contain_text("In prison, until ")
    await expect(facts).to_contain_text("Last contact: met")
    await expect(facts).to_contain_text("Reach: only in person, through us")
    log = page.locator("main a", has_text="Log a contact").first
    await expect(log).to_be_in_viewport(ratio=1)
    await page.click("nav[aria-label='On this page'] a:has-text('Consent')")
    await expect(page.locator("#consent")).to_be_in_viewport()
    await expect(log).to_be_in_viewport(ratio=1)
    # In the middle some link is half past the edge of the page, as it is at any other edge: that alone is left out.
    await axe(page, but="target-size")
    await page.goto(f"/people/{person}")
    await looked_at(page, "the-file")
    await expect(page.locator("a", has_text="Record a death")).to_be_hidden()
    await page.click("summary:has-text('More: ')")
    await looked_at(page)
    await follow(page, "Record a death")
    # Somebody who is out: from the file in one press.
    await page.goto(f"/people/{person}")
    await follow(page, "Out of prison, or a new date")
    await expect(page.locator("h1")).to_contain_text("Still in prison?")
    await page.goto(f"/plans/{plan['id']}")
    await expect(page.locator("main .nhsuk-tag").first).to_contain_text("In prison, until ")


# Every stop of the keyboard, from the first to the last: what of it lies behind the bar, and what of the bar is open.
COVERED = """() => {
  const bar = document.querySelector(".people-log"), edge = bar.getBoundingClientRect(), one = document.activeElement;
  const box = one.getBoundingClientRect();
  const clear = bar.contains(one) || box.bottom <= edge.top || box.top >= edge.bottom;
  return clear || one === document.body ? "" : one.outerHTML;
}"""
SHINES_THROUGH = """() => {
  const bar = document.querySelector(".people-log"), edge = bar.getBoundingClientRect();
  const there = [[2, 2], [edge.width - 2, 2], [2, edge.height - 3], [edge.width - 2, edge.height - 3]];
  const seen = there.map(([x, y]) => document.elementFromPoint(edge.left + x, edge.top + y));
  const main = document.querySelector("main").getBoundingClientRect();
  return seen.some((one) => !bar.contains(one)) || edge.left > main.left || edge.right < main.right
    || getComputedStyle(bar).backgroundColor.startsWith("rgba");
}"""


@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_that_has_the_focus_is_behind_the_button_that_stays(
    page_as: PageAs, scene: Setting, plan: Json, width: int
) -> None:
    """Forwards and backwards, and wherever the page is scrolled to nothing looks out beside the bar."""
    page = await page_as("worker", width)
    await page.set_viewport_size({"width": width, "height": 780})
    await page.goto(f"/people/{plan['person_id']}")
    stops = await page.locator("a:visible, summary:visible, button:visible").count()
    assert stops > 15
    for key in ("Tab", "Shift+Tab"):
        for _ in range(stops):
            await page.keyboard.press(key)
            assert not (covered := await page.evaluate(COVERED)), f"{key}: {covered}"
    for down in range(0, await page.evaluate("document.body.scrollHeight - innerHeight"), 97):
        await page.evaluate(f"scrollTo(0, {down})")
        assert not await page.evaluate(SHINES_THROUGH), down


async def test_without_script_every_section_is_one_press_away(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker", script=False)
    await page.goto(f"/people/{await scene.register('Synthetic Sections')}")
    links = page.locator("nav[aria-label='On this page'] a")
    for target in [await link.get_attribute("href") for link in await links.all()]:
        assert target and await page.locator(f"h2{target}").count() == 1, target
    await page.click("summary:has-text('More: ')")
    await follow(page, "They do not want this")
