"""A form changed after its answer was lost on the way: what was sent first is recorded once, and the page says so."""

import re
from uuid import uuid4

import httpx
from playwright.async_api import expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from services.console.backend.errors import KEPT_BEFORE
from tests.console.agency.conftest import Mail, choose, mailed, press
from tests.console.conftest import PASSWORD, PHONE, PageAs
from tests.console.hand import Hand, heading
from tests.console.looks import axe, screenshot
from tests.console.people.test_people import fresh

__all__ = ["mailed"]


def as_well(answer: httpx.Response) -> str:
    """Return the key that the box on the page stands for."""
    found = re.search(r'name="as_well"[^>]*value="([\w-]+)"', answer.text)
    assert found, answer.text
    return found[1]


async def test_a_changed_form_is_recorded_once_unless_it_is_meant_as_well(hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Nils"))
    await hand.sign_in("worker", PASSWORD)
    await hand.get(f"/people/{person}/contacts/new")
    path, first = f"/people/{person}/contacts", {"kind": "met", "once": str(uuid4())}

    async def notes() -> list[str | None]:
        return sorted(one["note"] for one in await scene.worker.every("intake", path))

    assert (await hand.post(path, {**first, "note": "by the bridge"})).status_code == 303
    changed = {**first, "note": "by the canal"}
    for _ in range(2):
        answer = await hand.post(path, changed)
        assert answer.status_code == 422 and KEPT_BEFORE in answer.text and "Idempotency" not in answer.text
        assert "by the canal" in answer.text and f'name="once" value="{first["once"]}"' in answer.text
    assert await notes() == ["by the bridge"], "pressing again is not to say that it is meant as well"
    meant = {**changed, "as_well": as_well(answer)}
    assert [(await hand.post(path, meant)).status_code for _ in range(2)] == [303, 303]
    assert await notes() == ["by the bridge", "by the canal"]
    # The new key is now the form's own: what is sent next does not go by the old one again.
    answer = await hand.post(path, {**meant, "note": "elsewhere"})
    assert f'name="once" value="{meant["as_well"]}"' in answer.text and as_well(answer) != meant["as_well"]


async def test_a_note_that_a_phone_keeps_may_be_meant_as_well(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Moa"))
    path = f"/people/{person}/contacts"
    page = await page_as("worker", PHONE)
    await page.goto(f"{path}/new")
    form = page.locator(f"form[action='{path}']")
    own = {name: await form.locator(f"[name={name}]").get_attribute("value") for name in ("csrf", "once")}
    headers = {"Origin": page.url.partition("/people")[0], "Sec-Fetch-Site": "same-origin"}
    await page.request.post(path, form={**own, "kind": "met", "note": "by the bridge"}, headers=headers)
    await page.check("[name=kind][value=met]")
    await page.fill("[name=note]", "by the canal")
    await page.click("main button:has-text('Save')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(KEPT_BEFORE)
    await axe(page)
    await page.get_by_label("Record this as well").check()
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}")
    await expect(page.locator(".outbox")).to_have_count(0)
    found = await scene.worker.every("intake", path)
    assert sorted(one["note"] for one in found) == ["by the bridge", "by the canal"]


async def test_the_box_stands_in_the_form_that_was_sent_alone(page_as: PageAs, scene: Setting) -> None:
    await scene.register(fresh("Ove"))
    await scene.start_plan()
    page = await page_as("worker", PHONE)
    await page.goto(f"/plans/{scene.cast.plan}")
    form = page.locator(f"form[action='/plans/{scene.cast.plan}/goals']")
    await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    key = await form.locator("[name=once]").get_attribute("value")
    sent = {"csrf": await form.locator("[name=csrf]").get_attribute("value"), "once": key, "words": "a dry place"}
    headers = {"Origin": page.url.partition("/plans")[0], "Sec-Fetch-Site": "same-origin"}
    await page.request.post(f"/plans/{scene.cast.plan}/goals", form=sent, headers=headers)
    await form.locator("[name=words]").fill("a warm place")
    await form.locator("button").click()
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(KEPT_BEFORE)
    await axe(page)
    await screenshot(page, "recorded-before")
    assert await page.locator("[name=as_well]").count() == 1
    await page.get_by_label("Record this as well").check()
    await page.locator(f"form[action='/plans/{scene.cast.plan}/goals'] button").click()
    await page.wait_for_url(f"**/plans/{scene.cast.plan}#goals")
    plan = await scene.worker.get("casework", f"/plans/{scene.cast.plan}")
    assert [goal["words"] for goal in plan["goals"]][1:] == ["a dry place", "a warm place"]


async def test_a_page_without_a_form_to_show_again_says_it_too(hand: Hand, scene: Setting) -> None:
    reviews: list[str] = []

    async def runs() -> Json | None:
        return await scene.board_row(scene.cast.plan)

    for _ in range(2):
        await scene.register(fresh("Per"))
        await scene.start_plan()
        await scene.soon(runs)
        await scene.worker.post("casework", f"/plans/{scene.cast.plan}/review", {})
        [review] = await scene.supervisor.every("casework", "/reviews", plan_id=scene.cast.plan)
        reviews.append(review["id"])
    await hand.sign_in("supervisor", PASSWORD)
    await hand.get("/board/reviews")
    once = str(uuid4())
    signed = {"confirm": "yes", "once": once}
    answers = [await hand.post("/board/reviews", {"review": review, **signed}) for review in reviews]
    assert [answer.status_code for answer in answers] == [200, 422]
    assert heading(answers[1]) == "This was sent before" and KEPT_BEFORE in answers[1].text
    assert "Nothing was changed" not in answers[1].text


async def test_an_agency_that_changed_its_answer_is_told_and_may_send_both(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None, script=False)
    await page.goto("/r")
    await page.fill("[name=code]", sent.code)
    await press(page, "Open")
    await choose(page, "question")
    form = await page.locator("form[action='/r/answer']").evaluate("f => Object.fromEntries(new FormData(f))")
    headers = {"Origin": page.url.partition("/r/")[0], "Sec-Fetch-Site": "same-origin"}
    assert (await page.request.post("/r/answer", form={**form, "answer": "accept"}, headers=headers)).ok
    await page.fill("[name=note-question]", "which floor? (synthetic)")
    await press(page, "Send")
    text = await page.inner_text("main")
    assert KEPT_BEFORE in text and "Idempotency" not in text
    assert not (await sent.now())["question"]
    await page.get_by_label("Record this as well").check()
    await press(page, "Send")
    assert (await sent.now())["question"] and (await sent.now())["state"] == "accepted"
