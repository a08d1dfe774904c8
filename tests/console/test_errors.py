"""Pages for when something is not there: a part of Alongside, a session, anything to list. Each says how to go on."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.async_api import expect

from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared.context import Actor
from tests.console.click import click_through
from tests.console.conftest import DESK, PASSWORD, PHONE, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import axe, looked_at, screenshot
from tests.console.people.test_people import fresh

# Longer than the console waits for a service that says nothing.
PATIENCE = 90_000
EMPTY = {
    "worker": {
        "/today": "Nothing is due today.",
        "/people": "Nobody here yet.",
        "/referrals": "There is none.",
        "/mails": "Nothing waits to be read.",
        "/board": "No plan or referral is open.",
    },
    "supervisor": {
        "/board": "Nothing waits for you now.",
        "/board/move": "No case to move.",
        "/board/reviews": "Every review is signed.",
        "/board/caseloads": "Nobody waits for a worker.",
        "/board/agencies": "No service has an open referral from us.",
        "/board/figures": "Nothing was sent to a service.",
        "/counts": "No year with counts is over yet.",
    },
    "guardian": {
        "/today": "Nothing waits for you.",
        "/partner-links": "No link is kept.",
        "/people": "Nobody here yet.",
    },
}


@contextmanager
def silent(home: Home, service: str) -> Iterator[None]:
    """Stop a service without ending it, so that it accepts connections and never answers."""
    pid = home.stack.pid(service)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_service_that_is_down_keeps_what_was_written_and_does_it_once(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    person = await scene.register(fresh("Abe"))
    page = await page_as("worker")
    page.set_default_timeout(PATIENCE)
    page.set_default_navigation_timeout(PATIENCE)
    raised = await scene.worker.post("intake", f"/people/{person}/concerns", {"about": "adult", "what": "Bruises."})
    await page.goto(f"/people/{person}/concerns/{raised['id']}/told-lead")
    await page.fill("[name=to_whom]", "Synthetic Lead")
    await page.fill("[name=decided]", "The lead rings them.")
    with silent(home, "intake"):
        await page.click("main button:has-text('Save')")
        await expect(page.locator("h1")).to_have_text("We cannot reach a part of Alongside", timeout=PATIENCE)
        assert "What you wrote is still on this page" in await page.inner_text("main")
        await axe(page)
        await screenshot(page, "away-sent")
    await page.click("main button:has-text('Try again')")
    await page.wait_for_url(f"**/people/{person}/concerns")
    [kept] = await scene.worker.every("intake", f"/people/{person}/concerns")
    assert kept["to_whom"] == "Synthetic Lead" and kept["lead_told_at"]


async def test_a_note_is_safe_while_a_service_is_down_and_is_sent_by_itself(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    person, note = await scene.register(fresh("Bea")), f"By the bridge {uuid4()}"
    page = await page_as("worker")
    await page.goto(f"/people/{person}/contacts/new")
    await page.check("[name=kind][value=met]")
    await page.fill("[name=note]", note)
    with silent(home, "intake"):
        await page.click("main button:has-text('Save')")
        await expect(page.locator("[data-kept]")).to_contain_text("Your note is safe.", timeout=PATIENCE)
        assert "will send it when we can" in await page.inner_text("[data-kept]")
        await expect(page.locator(".outbox")).to_contain_text("Waiting", timeout=PATIENCE)
        await axe(page)
        await screenshot(page, "away-kept")
    await expect(page.locator(".outbox")).to_have_count(0, timeout=PATIENCE)
    found = await scene.worker.every("intake", f"/people/{person}/contacts")
    assert [row["note"] for row in found] == [note]


async def test_a_page_that_cannot_be_shown_is_tried_again(page_as: PageAs, home: Home) -> None:
    page = await page_as("worker", DESK)
    page.set_default_navigation_timeout(PATIENCE)
    with silent(home, "intake"):
        answer = await page.goto("/people")
        assert answer is not None and (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert "Nothing is lost." in await page.inner_text("main")
        await axe(page)
        await screenshot(page, "away")
    await page.click("main a:has-text('Try again')")
    await expect(page.locator("h1")).to_have_text("People")


async def test_a_locked_session_shows_nothing_and_says_how_to_go_on(page_as: PageAs, home: Home) -> None:
    await home.hire("worker", name := f"locked-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await home.idle(name)
    await page.goto("/people")
    await expect(page.locator("h1")).to_have_text("Your session is over")
    await looked_at(page, "session-locked")
    await click_through(page.locator("main a:has-text('Sign in')"))
    assert re.search(r"/sign-in\?next=/people$", page.url)


@pytest.mark.parametrize("role", [*EMPTY])
async def test_every_list_says_that_it_is_empty(page_as: PageAs, home: Home, role: str) -> None:
    async with home.database.transaction(Actor.service("console")) as tx:
        team = await staff.open_team(tx, f"Synthetic empty team {uuid4()}")
    await home.hire(role, name := f"empty-{uuid4()}", team.id)
    page = await page_as(role, PHONE, sign_in=name)
    for path, words in EMPTY[role].items():
        await page.goto(path)
        assert words in await page.inner_text("main"), path
        await axe(page)


async def test_a_character_that_no_database_can_hold_is_left_out_and_is_no_fault_of_ours(hand: Hand) -> None:
    await hand.get("/sign-in")
    answer = await hand.post("/sign-in", {"sign_in": "synthetic\0", "password": PASSWORD, "next": "/"})
    assert answer.status_code == 422 and "The name or the password is not right." in answer.text
