"""A page left alone is locked, whatever it asks by itself meanwhile; and the lock lets nobody else in."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Page, Request
from sqlalchemy import select, update

from services.console.session.service import hash_of
from services.console.staff.models import Session
from shared import clock
from shared.context import Actor
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand

SESSION = "__Host-session"
ASKED = """by_itself => document.dispatchEvent(new CustomEvent("htmx:afterRequest", {detail: {
    xhr: {status: 200}, elt: document.body, failed: false,
    requestConfig: {verb: "get", headers: by_itself ? {"X-By-Itself": "yes"} : {}}}}))"""


async def test_sending_what_waits_is_nobody_being_there(home: Home, hand: Hand) -> None:
    await hand.sign_in("worker", PASSWORD)
    long_ago = await _seen(home, hand, clock.real() - timedelta(minutes=20))
    assert (await hand.get("/outbox", {"X-By-Itself": "yes"})).status_code == 200
    assert await _seen(home, hand) == long_ago
    assert (await hand.get("/outbox")).status_code == 200
    assert await _seen(home, hand) > long_ago


async def test_the_outbox_says_that_it_asks_by_itself(page_as: PageAs) -> None:
    page = await page_as("worker")
    await page.goto("/today")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.resource_type == "fetch" else None)
    await page.evaluate(
        """async () => {
            const {account} = await (await fetch("/outbox", {headers: {"X-By-Itself": "yes"}})).json();
            await outbox.put(account, {id: "synthetic", action: "/people/none/contacts", body: "kind=seen"});
            await outbox.flush();
        }"""
    )
    assert {request.method for request in sent} == {"GET", "POST"}
    assert [request.url for request in sent if "x-by-itself" not in request.headers] == []


async def test_a_page_that_only_asks_by_itself_is_covered(page_as: PageAs) -> None:
    page = await page_as("worker")
    await page.clock.install()
    await page.goto("/account")
    for minutes, by_itself in (("20:00", False), ("09:00", True)):
        await page.clock.fast_forward(minutes)
        assert not await page.is_visible("dialog[data-lock]")
        await page.evaluate(ASKED, by_itself)
        await page.clock.fast_forward("11:00")
        assert await page.is_visible("dialog[data-lock]") is by_itself


async def test_signing_in_as_somebody_else_ends_the_session_first(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto("/account")
    await _covered(page)
    await page.click("dialog >> text=Sign in as somebody else")
    await page.wait_for_selector("h1:has-text('You are signed out')")
    await page.goto("/today")
    assert await page.inner_text("h1") == "Sign in"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "You signed in again in another tab. Reload this page."),
        (422, "The password is not right."),
        (503, "That did not work. Try again in a minute."),
        (0, "That did not work. Try again in a minute."),
    ],
)
async def test_the_lock_says_why_it_does_not_open(page_as: PageAs, status: int, words: str) -> None:
    page = await page_as("worker")
    await page.goto("/account")
    if status == 403:
        # Somebody signed in meanwhile: the page's form is of a session that is over.
        other = await page.context.new_page()
        await page.context.clear_cookies()
        await other.goto("/sign-in")
        await other.fill("[name=sign_in]", "worker")
        await other.fill("[name=password]", PASSWORD)
        await other.click("main button:has-text('Sign in')")
        await other.wait_for_url("**/today")
    elif status != 422:
        await page.route("**/unlock", lambda route: route.fulfill(status=status) if status else route.abort())
    await _covered(page)
    await page.fill("#lock-password", "wrong" if status == 422 else PASSWORD)
    await page.click("text=Unlock with the password")
    await page.wait_for_selector(f"dialog >> text={words}")


async def _covered(page: Page) -> None:
    await page.evaluate("document.dispatchEvent(new Event('alongside:lock'))")


async def _seen(home: Home, hand: Hand, at: datetime | None = None) -> datetime:
    """When somebody was last there, moved to `at` if given."""
    mine = Session.token_hash == hash_of(hand.cookies[SESSION])
    async with home.database.transaction(Actor.service("console")) as tx:
        if at is not None:
            await tx.execute(update(Session).where(mine).values(seen_at=at))
        seen = await tx.scalar(select(Session.seen_at).where(mine))
    assert seen is not None
    return seen
