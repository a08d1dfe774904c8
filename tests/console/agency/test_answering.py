"""An agency answers: from the mail's link, by a typed code without script, from its list. Opening changes nothing."""

from datetime import timedelta

import httpx
import pytest
from playwright.async_api import Page

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from shared import clock
from tests.console.agency.conftest import BEHIND, PRONOUNS, Mail, choose, follow, main_of, press, read_mail
from tests.console.conftest import DESK, PHONE, Home, PageAs
from tests.console.looks import axe, looked_at
from tests.console.referral.test_recording import fill_moment, in_days


async def send(page: Page) -> None:
    await press(page, "Send")


async def test_the_mails_link_answers_with_one_press(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    assert sent.link.startswith(sent.scene.stack.url("console") + "/r#")
    page, asked = await page_as(None), list[str]()
    page.on("request", lambda request: asked.extend((request.url, request.headers.get("referer", ""))))
    await follow(page, sent.link)
    said, source = await main_of(page), await page.content()
    assert sent.reference in said and "Have you seen it?" in said
    assert not PRONOUNS.search(said) and "Agnes" not in said and not any(words in source for words in BEHIND)
    assert not PRONOUNS.search(await page.title())
    await looked_at(page, "agency-answer")

    await choose(page, "question")
    await looked_at(page, "agency-not-yet")
    await send(page)
    assert "write what you need to know" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await choose(page, "not_us")
    await looked_at(page, "agency-no")
    await choose(page, "accept")
    await looked_at(page, "agency-yes")
    await page.fill("[name=their_reference]", "HT/2041-7")
    await send(page)
    assert await page.inner_text("h1") == "Thank you"
    await looked_at(page, "agency-done")
    now = await sent.now()
    assert (now["state"], now["their_reference"]) == ("accepted", "HT/2041-7")
    last = (await sent.history())[-1]
    assert (last["move"], last["by"], last["channel"]) == ("accept", "agency", "link")
    # The secret stood in no address and left no trace in what the processes wrote.
    assert not any(sent.token in address for address in asked) and sent.token not in page.url
    logs = [
        path.read_text(errors="replace")
        for path in (sent.scene.stack.folder.path / "logs").rglob("*")
        if path.is_file()
    ]
    assert logs and not any(sent.token in log or sent.code in log for log in logs)

    await press(page, "Change your answer")
    assert "HT/2041-7" in await main_of(page)
    await choose(page, "ended")
    await page.select_option("[name=reason]", "no_capacity")
    await send(page)
    assert await page.inner_text("h1") == "Thank you"
    assert (await sent.now())["state"] == "declined"


async def test_a_typed_code_answers_without_script(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None, script=False)
    await page.goto("/r")
    await page.fill("[name=code]", sent.code.lower().replace("-", " "))
    await press(page, "Open")
    assert sent.reference in await main_of(page)
    await choose(page, "accept")
    assert not await page.is_visible("[name='appointment.place']")
    await choose(page, "book")
    at = clock.now() + timedelta(days=6)
    for part, value in (("day", at.day), ("month", at.month), ("year", at.year)):
        await page.fill(f"[name='appointment.at-{part}']", str(value))
    await page.fill("[name='appointment.at-time']", "14:30")
    await page.fill("[name='appointment.place']", "Room 3")
    # Nobody can say that they have read what they have not: they are rung before the person is told.
    assert not await page.locator("[name=safe_contact_confirmed]").count()
    assert "We ring you to confirm the appointment" in await main_of(page)
    await page.fill("[name='appointment.at-time']", "half past")
    await press(page, "Send")
    assert "time" in (await page.inner_text(".nhsuk-error-summary")).lower()
    assert await page.input_value("[name='appointment.place']") == "Room 3"
    await page.fill("[name='appointment.at-time']", "14:30")
    await press(page, "Send")
    assert await page.inner_text("h1") == "Thank you"
    now = await sent.now()
    assert now["state"] == "booked" and now["appointment"]["place"] == "Room 3"
    assert (await sent.history())[-1]["channel"] == "code"


async def test_what_is_told_stands_behind_a_second_code(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None)
    await follow(page, sent.link)
    assert "We ring you back on the number we have on record for you" in await main_of(page)
    await page.fill("[name=second_step]", "ZZZZZZ")
    await press(page, "Read it")
    assert "wrong or has expired" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await page.fill("[name=second_step]", (await sent.second_code()).lower())
    await press(page, "Read it")
    said = await main_of(page)
    assert [words for words in BEHIND if words not in said] == [], said
    heading = await page.title() + page.url
    assert not any(words in heading for words in BEHIND)
    await looked_at(page, "agency-told")
    # Who has read it says so when they book.
    await choose(page, "book")
    await fill_moment(page, "appointment.at", in_days(6))
    await send(page)
    assert "confirm that you have read" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.check("[name=safe_contact_confirmed]")
    await send(page)
    assert "We will tell the person." in await main_of(page)


async def test_opening_and_scanning_change_nothing(
    mailed: Mail, page_as: PageAs, http: httpx.AsyncClient, home: Home
) -> None:
    sent = await mailed()
    before = await sent.now()
    for method in ("GET", "HEAD"):
        for path in ("/r", "/r/open", "/r/answer", f"/r?token={sent.token}"):
            assert (await http.request(method, path)).status_code in (200, 303)
    body = {"token": sent.token, "reference": sent.reference, "answer": "decline", "once": "1" * 32}
    for path in ("/r/open", "/r/answer", "/r/several"):
        refused = await http.post(path, data=body, headers={"Origin": home.url})
        assert refused.status_code == 403
    # A scanner that runs scripts, and stays until nothing more happens.
    page = await page_as(None)
    await follow(page, sent.link)
    await page.wait_for_load_state("networkidle")
    assert await page.locator("[name=answer]:checked").count() == 0
    assert (await sent.now())["version"] == before["version"]


async def test_pressing_twice_and_going_back_says_it_once(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None, script=False)
    await page.goto("/r")
    await page.fill("[name=code]", sent.code)
    await press(page, "Open")
    await choose(page, "question")
    await page.fill("[name=note-question]", "which floor? (synthetic)")
    form = await page.locator("form[action='/r/answer']").evaluate("f => Object.fromEntries(new FormData(f))")
    headers = {"Origin": page.url.partition("/r/")[0], "Sec-Fetch-Site": "same-origin"}
    answers = [await page.request.post("/r/answer", form=form, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    notes = [line["note"] for line in await sent.history() if line["note"]]
    assert notes == ["which floor? (synthetic)"]


async def test_who_asked_is_told_that_an_answer_waits(mailed: Mail, page_as: PageAs) -> None:
    """Until they do something themselves; what we answered stands behind the security code alone."""
    sent = await mailed()
    page = await page_as(None)
    await follow(page, sent.link)
    assert "answered your question" not in await main_of(page)
    path = f"/referrals/{sent.id}/question"
    await sent.scene.worker.post("referrals", path, {"on": True, "note": "which floor? (synthetic)"})
    await follow(page, sent.link)
    assert "You asked us a question." in await main_of(page)
    assert "answered your question" not in await main_of(page)
    await sent.scene.worker.post("referrals", path, {"on": False, "note": "the second (synthetic)"})
    await follow(page, sent.link)
    said = await main_of(page)
    assert "We have answered your question." in said and "the second" not in said
    await looked_at(page)
    await choose(page, "accept")
    await send(page)
    assert "open the link of our email again when you have a date" in await main_of(page)
    await follow(page, sent.link)
    assert "answered your question" not in await main_of(page)


@pytest.mark.usefixtures("apart")
async def test_a_list_is_answered_with_one_press(scene: Setting, mailed: Mail, page_as: PageAs) -> None:
    first, second = await mailed("housing"), await mailed("housing")

    async def reminded() -> Json | None:
        """One mail about both."""
        for message in await scene.messages(referral_id=first.id, kind="reminders", status="sent"):
            if second.id in {item["referral_id"] for item in message["items"]}:
                return message
        return None

    message = await scene.leap_until(reminded)
    link, code = read_mail(scene, message["id"])
    page, desk = await page_as(None, PHONE), await page_as(None, DESK)
    await follow(desk, link)
    await page.goto("/r")
    await page.fill("[name=code]", code)
    await press(page, "Open")
    for each in (desk, page):
        said = await main_of(each)
        assert first.reference in said and second.reference in said and not PRONOUNS.search(said)
        await axe(each)
    await press(page, "Send")
    assert "Choose an answer in at least one row" in await page.inner_text(".nhsuk-error-summary")
    await page.select_option(f"[name=answer-{first.reference}]", "see")
    await page.select_option(f"[name=answer-{second.reference}]", "accept")
    await press(page, "Send")
    assert "2 answers" in await main_of(page)
    await looked_at(page, "agency-list")
    assert [(await each.now())["state"] for each in (first, second)] == ["acknowledged", "accepted"]

    await press(page, f"all answers to {first.reference}")
    await choose(page, "not_us")
    await page.fill("[name=note-not_us]", "try the service next door (synthetic)")
    await press(page, "Send")
    await press(page, "Back to your list")
    said = await main_of(page)
    # It stays on the list as long as its link lives: it may have been a mistake.
    assert first.reference in said and "You have said no" in said and second.reference in said
    last = (await first.history())[-1]
    assert (last["move"], last["reason"]) == ("decline", "wrong_service") and "next door" in last["note"]
