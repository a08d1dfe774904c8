"""A worry is written down, told to the lead the same day, and shown to those who answer for it until it is."""

from datetime import timedelta
from uuid import uuid4

from playwright.async_api import expect

from deploy.demo.setting import Setting
from shared import clock
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, PageAs
from tests.console.hand import Hand
from tests.console.looks import looked_at
from tests.console.people.test_people import fresh


async def test_a_worry_is_raised_and_the_lead_is_told(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Kit"))
    page = await page_as("worker")
    await page.goto(f"/people/{person}/concerns")
    assert "Nobody has raised a concern." in await page.inner_text("main")
    await looked_at(page)
    await page.click("main a:has-text('Raise a concern')")
    await looked_at(page, "concern")
    await click_through(page.locator("main button:has-text('Raise the concern')"))
    assert "Whom is it about?" in await page.inner_text(".nhsuk-error-summary")
    await looked_at(page)
    await page.check("[name=about][value=child]")
    await page.fill("[name=who]", "a boy of ten (synthetic)")
    await page.fill("[name=what]", "He is alone at night.")
    await page.click("main button:has-text('Raise the concern')")
    await page.wait_for_url(f"**/people/{person}/concerns")
    await expect(page.locator("main")).to_contain_text("The safeguarding lead is to be told today")
    await looked_at(page, "concerns")
    await page.goto("/today")
    await expect(page.locator("main")).to_contain_text("tell the safeguarding lead")
    await looked_at(page, "today-concern")
    await page.goto(f"/people/{person}")
    assert "is to be told today" in await page.inner_text(".people-lead")
    await looked_at(page)
    await page.click(".people-lead a")
    await looked_at(page)
    await page.fill("[name=to_whom]", "Synthetic Lead")
    await page.fill("[name=decided]", "She rings the children’s team.")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}/concerns")
    [kept] = await scene.worker.every("intake", f"/people/{person}/concerns")
    assert (kept["about"], kept["what"], kept["to_whom"]) == ("child", "He is alone at night.", "Synthetic Lead")
    assert kept["lead_told_at"] and "She rings the children" in await page.inner_text("main")
    await looked_at(page)
    await page.goto(f"/people/{person}")
    assert await page.locator(".people-lead").count() == 0


async def test_what_the_lead_does_not_know_comes_before_the_supervisor(hand: Hand, scene: Setting) -> None:
    person = await scene.register(alias := fresh("Lou"))
    noticed = (clock.now() - timedelta(days=2)).isoformat()
    body = {"about": "adult", "what": "Bruises.", "noticed_at": noticed}
    raised = await scene.worker.post("intake", f"/people/{person}/concerns", body)
    await hand.sign_in("supervisor", PASSWORD)
    board = (await hand.get("/board")).text
    start = board.index(f"{alias}</bdi></a>")
    assert "was to be told by" in board[start : start + 600] and "Bruises" not in board
    colleague = hand.other()
    await colleague.sign_in("clinician", PASSWORD)
    assert alias not in (await colleague.get("/today")).text, "a day holds what one raised oneself"
    once = str(uuid4())
    told = f"/people/{person}/concerns/{raised['id']}/told-lead"
    for _ in range(2):
        answer = await hand.post(told, {"to_whom": "Synthetic Lead", "once": once})
        assert answer.status_code == 303
    again = await hand.post(told, {"to_whom": "Somebody else"})
    assert again.status_code == 409 and "told already" in again.text
    assert alias not in (await hand.get("/board")).text.partition("New since")[0]


async def test_a_worry_is_not_said_to_be_told_before_it_was_noticed(hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Moe"))
    raised = await scene.worker.post("intake", f"/people/{person}/concerns", {"about": "adult", "what": "Cold."})
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/people")
    early = {"occurred_at-day": "1", "occurred_at-month": "2", "occurred_at-year": "2020", "occurred_at-time": "9:00"}
    answer = await hand.post(f"/people/{person}/concerns/{raised['id']}/told-lead", {"to_whom": "Lead", **early})
    assert answer.status_code == 422 and "must not be before it was noticed" in answer.text
