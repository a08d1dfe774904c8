"""The page of a worker's day, on the running stack."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator

from deploy.demo.setting import Setting
from shared import clock
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, PHONE, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import axe, looked_at, screenshot


@pytest.mark.usefixtures("apart")
async def test_a_day_with_somebody_to_see_and_somebody_to_ring(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(name := f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")

    async def asked() -> bool | None:
        tasks = await scene.worker.every("casework", "/tasks", mine=True, kind="ask_worker")
        return True if any(line["referral_id"] == referral for task in tasks for line in task["lines"]) else None

    await scene.leap_until(asked)
    page = await page_as("worker")
    await page.goto("/today")
    await looked_at(page, "today-full")
    reference = (await scene.worker.get("referrals", f"/referrals/{referral}"))["reference"]
    said = page.locator(".today-said", has_text=reference)
    text = await said.inner_text()
    assert name in text and "the name they go by" in text and "whether they came" in text
    place = f"bridge {uuid4().hex[:6]} (synthetic)"
    await scene.worker.post("intake", f"/people/{person}/contacts", {"kind": "met", "place": place})
    # Due on the first working day from a day on: at Christmas and Easter that is up to four days later.
    await scene.journey.travel_to(clock.now() + timedelta(days=8))
    for _ in range(8):
        owed = await scene.worker.every("casework", "/tasks", mine=True, kind="not_seen")
        if any(task["person_id"] == person for task in owed):
            break
        await scene.journey.travel_to(clock.now() + timedelta(days=1))
    await page.reload()
    visit = page.locator(".today-list > li", has=page.locator(f"a[href='/people/{person}/contacts/new?back=today']"))
    await visit.locator("summary").click()
    assert place in await visit.inner_text() and "recorded by Synthetic worker" in await visit.inner_text()
    await visit.get_by_text("Log a contact").first.click()
    await page.check("[name=kind][value=met]")
    await page.click("dialog button:has-text('Save')")
    await page.get_by_text("The contact is saved.").wait_for()

    async def heard() -> bool | None:
        plan = await scene.worker.get("casework", f"/plans/{scene.cast.plan}")
        return True if clock.now() - datetime.fromisoformat(plan["last_contact_at"]) < timedelta(days=1) else None

    await scene.soon(heard)
    await page.reload()
    see = page.locator("h2:has-text('See') + ol", has_text=name)
    assert await see.count() == 0, "he was seen today"
    await looked_at(page)


@pytest.mark.usefixtures("apart")
async def test_a_call_is_ticked_off_once_for_all_its_days(page_as: PageAs, scene: Setting) -> None:
    await scene.register(f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("sau")
    await scene.start_plan()
    referral = await scene.refer("sau")

    async def mine() -> list[str] | None:
        tasks = await scene.worker.every("casework", "/tasks", mine=True, kind="ask_worker")
        found = [task["id"] for task in tasks if any(line["referral_id"] == referral for line in task["lines"])]
        return found or None

    (task,) = await scene.leap_until(mine)
    page = await page_as("worker", script=False)
    await page.goto("/today")
    card = page.locator(".today-list > li", has=page.locator(f"[name=task][value^='{task}']"))
    await card.locator("summary").click()
    await click_through(card.locator("button:has-text('Done another way')"))
    said = await page.inner_text(".nhsuk-notification-banner")
    assert "“No reply yet: ring the service” is done" in said and "the next step follows on its day" in said

    async def done() -> list[str]:
        found = await scene.worker.every("casework", "/tasks", mine=True, status="done")
        return [one["closed_why"] for one in found if one["id"] == task]

    assert await done() == ["otherwise"] and await card.count() == 0
    # Undone by one press while it is fresh, by the page that one came back to; without script.
    await click_through(page.locator("button:has-text('Undo')"))
    assert "It is owed again" in await page.inner_text(".nhsuk-notification-banner")
    assert await done() == [] and await card.count() == 1


def two_desks(name: str) -> dict[str, Any]:
    """Return a directory of one agency with two services, each with a number of its own."""

    def service(pathway: str, number: str) -> dict[str, Any]:
        term = {"id": f"{pathway}-term", "code": pathway, "name": pathway, "taxonomy": "alongside-pathway"}
        return {
            "id": f"{name}-{pathway}",
            "name": f"{name} {pathway.replace('_', ' ')}",
            "status": "active",
            "phones": [{"id": f"{name}-{pathway}-phone", "number": number}],
            "attributes": [{"id": f"{name}-{pathway}-attribute", "link_entity": "service", "taxonomy_term": term}],
        }

    services = [service("hepatitis_c", "020 7946 0081"), service("hiv", "020 7946 0082")]
    mailbox = "two.desks@synthetic-desks.invalid"
    return {"contents": [{"id": name, "name": name, "email": mailbox, "services": services}]}


@pytest.mark.usefixtures("apart")
async def test_each_person_is_spoken_of_on_the_number_of_their_own_service(
    page_as: PageAs, scene: Setting, tmp_path: Path
) -> None:
    name, references = f"Synthetic desks {uuid4().hex[:6]}", list[str]()
    (tmp_path / "desks.json").write_text(json.dumps(two_desks(name)), encoding="utf-8")
    await scene.import_directory(tmp_path / "desks.json", name)
    found = await scene.worker.every("referrals", "/services", q=name)
    scene.cast.services = {service["pathway"]: service for service in found}
    referrals = set[str]()
    for pathway in ("hepatitis_c", "hiv"):
        await scene.register(f"Synthetic {uuid4().hex[:8]}")
        await scene.agree(pathway)
        await scene.start_plan()
        referrals.add(referral := await scene.refer(pathway))
        references.append((await scene.worker.get("referrals", f"/referrals/{referral}"))["reference"])

    async def asked() -> bool | None:
        tasks = await scene.worker.every("casework", "/tasks", mine=True, kind="ask_worker")
        return True if referrals <= {line["referral_id"] for task in tasks for line in task["lines"]} else None

    await scene.leap_until(asked)
    page = await page_as("worker")
    await page.goto("/today")
    call = page.locator(".today-list > li", has_text=references[0])
    text = await call.inner_text()
    told = sorted(["020 7946 0081", references[0], "020 7946 0082", references[1]], key=text.index)
    assert told.index(references[0]) == told.index("020 7946 0081") + 1, "under the number of his own service"
    assert told.index(references[1]) == told.index("020 7946 0082") + 1
    assert f"{name} hiv: 020 7946 0082" in text
    await looked_at(page, "today-two-desks")


async def test_what_was_told_of_an_appointment_shows_with_who_is_to_be_seen(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    at = (clock.now() + timedelta(minutes=5)).isoformat()
    await scene.move(referral, "accept")
    await scene.move(referral, "book", appointment={"at": at, "place": "Room 4 (synthetic)"})

    async def on_the_board() -> bool | None:
        row = await scene.board_row(referral)
        return True if row and row["stage"] == "booked" else None

    await scene.soon(on_the_board)
    page = await page_as("worker")
    await page.goto("/today")
    row = page.locator(".today-list > li", has=page.locator(f"a[href='/people/{person}']"))
    text = await row.first.inner_text()
    assert "Room 4 (synthetic)" in text and "The person does not know yet" in text
    told = row.first.get_by_text("Record that the person was told")
    assert await told.get_attribute("href") == f"/referrals/{referral}/told?back=today"
    await axe(page)


UNFOLD = "one => { for (let at = one.closest('details'); at; at = at.parentElement.closest('details')) at.open = true }"


async def unfolded(link: Locator) -> None:
    """Open what the link is folded in: what is due later, and a card on which something due earlier stands first."""
    await link.evaluate(UNFOLD)


async def test_what_an_agency_asks_is_here_until_it_is_answered(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    message = (await scene.mail_sent(referral, "first"))["id"]
    await scene.answer(message, "ring_me")

    async def asked() -> bool | None:
        tasks = await scene.worker.every("casework", "/tasks", mine=True, kind="answer_question")
        row = await scene.board_row(referral)
        mine = any(task["referral_id"] == referral for task in tasks)
        return True if mine and row and row["last_human"]["by"] == "agency" else None

    await scene.soon(asked)
    page = await page_as("worker", PHONE)
    await page.goto("/today")
    came = page.locator("h2:has-text('Came in') + ul > li", has=page.locator(f"a[href='/people/{person}']"))
    assert "The service asked to be rung" in await came.inner_text()
    owed = page.locator(f"a[href='/referrals/{referral}/question?back=today']")
    card = page.locator(".today-list > li", has=owed)
    assert "needs something from us: answer them" in (await card.text_content() or "")
    await axe(page)
    await unfolded(owed)
    await owed.click()
    await page.get_by_label("Our answer").fill("We rang them back (synthetic).")
    await page.click("main button:has-text('Send the answer')")
    await page.wait_for_url("**/today")

    async def closed() -> bool | None:
        return None if await asked() else True

    await scene.soon(closed)
    await page.goto("/today")
    assert await owed.count() == 0 and await came.count() == 0


async def test_an_ending_asks_for_the_next_step_and_takes_it(page_as: PageAs, scene: Setting) -> None:
    await scene.register(f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    await scene.move(referral, "decline", reason="no_capacity")

    async def owed() -> bool | None:
        found = await scene.worker.every("casework", "/next-steps", referral_id=referral)
        return True if found else None

    await scene.soon(owed)
    page = await page_as("worker")
    await page.goto("/today")
    step = page.locator(f"a[href='/today/next-steps/{referral}']")
    await unfolded(step)
    await step.click()
    await axe(page)
    await click_through(page.locator("main button:has-text('Save the next step')"))
    assert "The next step" in await page.inner_text(".nhsuk-error-summary")
    await axe(page)
    await page.fill("[name=what]", "The day centre's nurse sees him on Tuesday.")
    await page.click("main button:has-text('Save the next step')")
    await page.wait_for_url("**/today")
    recorded = await scene.worker.every("casework", "/next-steps", referral_id=referral, status="recorded")
    assert [one["what"] for one in recorded] == ["The day centre's nurse sees him on Tuesday."]
    await page.goto(f"/today/next-steps/{referral}")
    assert page.url.endswith(f"/referrals/{referral}"), "nothing is owed any more: back to the referral"


async def test_an_empty_day_and_who_has_none(page_as: PageAs, home: Home, hand: Hand) -> None:
    await home.hire("worker", name := f"new-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto("/today")
    assert "Nothing is due today." in await page.inner_text("main")
    for link in ("/people/new", "/people", "/help"):
        assert await page.locator(f"main a[href='{link}']").count() == 1
    await axe(page)
    await screenshot(page, "today-empty")
    await hand.sign_in("commissioner", PASSWORD)
    assert (await hand.get("/today")).status_code == 403


async def test_a_task_that_is_nobodys_is_not_here(hand: Hand) -> None:
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/today")
    for task in (str(uuid4()), "no id"):
        assert (await hand.post("/tasks/done?back=today", {"task": task})).status_code == 404
