"""A day of twelve people, and what a month of neglect leaves, on the running stack."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Page

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from shared import clock
from tests.console.click import click_through
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import looked_at, screenshot

SECONDS_A_TEST = 480

SCREEN = {"width": 360, "height": 780}


async def distinct(page: Page, within: str = "main") -> list[str]:
    """Return the headings, which a screen reader lists: no two read the same."""
    found = [text.strip() for text in await page.locator(f"{within} :is(h2, h3, h4)").all_text_contents()]
    assert len(found) == len(set(found)), sorted(one for one in found if found.count(one) > 1)
    return found


async def planned(scene: Setting, name: str) -> str:
    person = await scene.register(name)
    await scene.start_plan()
    return person


@pytest.mark.usefixtures("apart")
async def test_twelve_people_fit_on_three_screens_and_a_contact_is_three_taps(page_as: PageAs, scene: Setting) -> None:
    for number in range(12):
        # Two of them go by one name.
        person = await planned(scene, f"Synthetic Kit {number // 2 if number < 2 else number}")
        await scene.worker.post("intake", f"/people/{person}/contacts", {"kind": "met", "place": f"bridge {number}"})

    async def due() -> list[Json] | None:
        found = await scene.worker.every("casework", "/tasks", mine=True, kind="not_seen")
        return found if len(found) >= 12 else None

    for _ in range(8):
        if await due():
            break
        await scene.journey.travel_to(clock.now() + timedelta(days=4))
    assert await due()
    page = await page_as("worker", PHONE)
    await page.set_viewport_size(SCREEN)
    await page.goto("/today")
    assert len([one for one in await distinct(page) if "Synthetic Kit" in one]) == 12
    await screenshot(page, "today-twelve")
    height = await page.evaluate("document.documentElement.scrollHeight")
    assert height < 3 * SCREEN["height"], height
    await looked_at(page)
    await page.set_viewport_size(SCREEN)
    await page.locator(".today-list > li").nth(6).get_by_text("Log a contact").first.click()
    save = page.locator("dialog button:has-text('Save')")

    async def in_view() -> None:
        box = await save.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= SCREEN["height"], box

    await in_view()
    await page.locator("dialog label:has-text('Met')").first.click()
    await in_view()
    await screenshot(page, "contact-from-today")
    await save.click()
    await page.get_by_text("The contact is saved.").wait_for()
    # The page of its own, without script: the same two presses once it is open.
    plain = await page_as("worker", PHONE, script=False)
    await plain.set_viewport_size(SCREEN)
    await plain.goto(f"/people/{scene.cast.person}/contacts/new?back=today")
    save = plain.locator("main button:has-text('Save')")
    await in_view()
    await screenshot(plain, "contact-page")
    await plain.locator("label:has-text('Spoke')").first.click()
    await click_through(save)
    assert plain.url.endswith("/today") and "The contact is saved." in await plain.inner_text("main")


@pytest.mark.usefixtures("apart")
async def test_a_month_of_neglect_is_eight_cards_at_most(page_as: PageAs, scene: Setting) -> None:
    names = [f"Synthetic {one} {uuid4().hex[:4]}" for one in ("Kit", "Joe", "Tam")]
    pathways = ("tb", "sau", "dosh", "tb", "sau", "dosh")
    for number, name in enumerate(names):
        await planned(scene, name)
        for pathway in pathways[number * 2 : number * 2 + 2]:
            await scene.agree(pathway)
            await scene.refer(pathway)
    await scene.journey.travel_to(clock.now() + timedelta(days=31))
    supervisor = await page_as("supervisor")
    await supervisor.goto("/board")
    cards = supervisor.locator("section[aria-labelledby=needs-you] .board-row")
    said = [await one.inner_text() for one in await cards.all()]
    assert 3 <= len(said) <= 8, "\n\n".join(said)
    for card in said:
        assert any(name in card for name in names) and "Worker: Synthetic worker" in card, card
    owed = await scene.supervisor.every("casework", "/tasks", mine=True)
    there = set(await supervisor.locator(".task-done [name=task]").evaluate_all("all => all.map((one) => one.value)"))
    ends = {one.partition(":")[0] for one in there}
    assert len(owed) > 8 and {task["id"] for task in owed} == ends, "nothing is left out"
    await distinct(supervisor, "section[aria-labelledby=needs-you]")
    await looked_at(supervisor, "board-a-month")
    # Done with its reason, and the next thing of the person is there.
    first = cards.first
    before = await first.locator("h4").inner_text()
    await first.locator("summary").click()
    await first.locator("button[name=why][value=done]").first.click()
    await supervisor.locator("button:has-text('Undo')").wait_for()
    name = next(name for name in names if name in before)
    after = supervisor.locator("section[aria-labelledby=needs-you] .board-row", has_text=name)
    assert await after.first.locator("h4").inner_text() != before
    worker = await page_as("worker")
    await worker.goto("/today")
    mine = await worker.locator(".today-list > li").count()
    assert 3 <= mine <= 8
    await distinct(worker)
    await looked_at(worker, "today-a-month")
