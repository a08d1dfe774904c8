"""Pages on paper, for a court or a ward: folded parts are named, nothing sealed is there, no address holds a secret."""

import re
from uuid import uuid4

from playwright.async_api import Page

from deploy.demo.setting import Setting
from tests.console.agency.conftest import Mail, follow, mailed
from tests.console.conftest import PASSWORD, PageAs
from tests.console.hand import Hand
from tests.console.people.test_people import fresh
from tests.console.people.test_sealed import seal

__all__ = ["mailed"]

# What stands on paper: the text of what is visible, and the address behind each link, which the style sheet prints.
ON_PAPER = """() => {
  const words = [document.querySelector('main').innerText];
  for (const one of document.querySelectorAll('a')) if (one.checkVisibility()) words.push(one.href);
  return words.join('\\n');
}"""
# One within a folded part is named by that part; a dialog that is closed is no part of the page.
SUMMARIES = """() => {
  const outer = (one) => !one.parentElement.parentElement.closest('details:not([open]), dialog:not([open])');
  return [...document.querySelectorAll('main summary')].filter((one) => outer(one) && !one.checkVisibility()).length;
}"""


async def paper(page: Page) -> str:
    await page.emulate_media(media="print")
    assert await page.evaluate(SUMMARIES) == 0, "a folded part is on paper at least by its name"
    return str(await page.evaluate(ON_PAPER))


async def test_a_file_on_paper_holds_nothing_sealed(page_as: PageAs, scene: Setting, hand: Hand) -> None:
    person, words = await scene.register(alias := fresh("Paper")), f"zq{uuid4().hex}"
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/people")
    await seal(hand, person, words)
    await scene.agree("tb")
    plan = await scene.start_plan()
    page = await page_as("worker")
    for place in (f"/people/{person}", f"/plans/{plan}", "/today", f"/people/{person}/sealed"):
        await page.goto(place)
        written = await paper(page)
        assert alias in written or place == "/today"
        assert words not in written and "street_round" not in written
    await page.click("main button:has-text('Open it')")
    assert words not in await paper(page)


async def test_the_page_of_a_service_on_paper_has_no_link_that_opens_it(page_as: PageAs, mailed: Mail) -> None:
    sent = await mailed()
    page = await page_as(None)
    await follow(page, sent.link)
    written = await paper(page)
    assert sent.token and sent.token not in written and sent.token not in page.url
    assert not re.search(r"[?#&](token|code)=", written)
