"""The ground under every page: sign-in, roles, errors, assets, headers; at both widths and without JavaScript."""

import re

import httpx

from tests.console.click import click_through
from tests.console.conftest import DESK, PASSWORD, PageAs, sign_out
from tests.console.hand import Hand
from tests.console.looks import axe, looked_at


async def test_somebody_signs_in_and_out(page_as: PageAs) -> None:
    page = await page_as(None)
    await page.goto("/today")
    assert "/sign-in" in page.url
    await looked_at(page, "sign-in")
    await page.fill("[name=sign_in]", "Worker")
    await page.fill("[name=password]", "not the password at all")
    await click_through(page.locator("main button:has-text('Sign in')"))
    assert await page.title() == "Error: Sign in - Alongside"
    assert "not right" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await page.fill("[name=password]", "lantern gravel ninepins otter")
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url("**/today")
    await looked_at(page, "today")
    await sign_out(page)
    await page.wait_for_url("**/signed-out")  # what is not sent yet is asked for first
    assert await page.inner_text("h1") == "You are signed out"
    await looked_at(page)
    await page.goto("/today")
    assert "/sign-in" in page.url


async def test_without_script(page_as: PageAs) -> None:
    page = await page_as("worker", script=False)
    await page.goto("/")
    assert page.url.endswith("/today")
    await page.goto("/admin")
    assert await page.inner_text("h1") == "This is not for your role"
    await page.goto("/nowhere")
    assert await page.inner_text("h1") == "Page not found"


async def test_errors_are_pages(page_as: PageAs) -> None:
    page = await page_as("supervisor", DESK)
    for path in ("/admin", "/nowhere"):
        await page.goto(path)
        await axe(page)


async def test_pages_are_kept_nowhere_and_may_run_nothing_of_others(http: httpx.AsyncClient) -> None:
    page = await http.get("/sign-in")
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy


async def test_pages_travel_small_and_no_two_have_the_same_token(hand: Hand) -> None:
    await hand.sign_in("worker", PASSWORD)
    tokens = list[str]()
    for encoding in ("gzip", "gzip", "identity"):
        page = await hand.get("/help", {"Accept-Encoding": encoding})
        assert (
            page.headers.get("content-encoding", "identity") == encoding and "Accept-Encoding" in page.headers["vary"]
        )
        assert int(page.headers["content-length"]) < len(page.content) or encoding == "identity"
        tokens += re.findall(r'name="csrf" value="(\w+)"', page.text)
    assert len(set(tokens)) == len(tokens) >= 3
    for token in tokens:
        assert (await hand.post("/first-day/hide", csrf=token)).status_code == 303


async def test_assets_are_kept_for_ever_under_their_hash_and_travel_small(http: httpx.AsyncClient) -> None:
    found = re.findall(r"/assets/[\w.-]+", (await http.get("/sign-in")).text)
    assert any(name.endswith(".css") for name in found) and any(name.endswith(".js") for name in found)
    for name in sorted(set(found)):
        plain = await http.get(name, headers={"Accept-Encoding": "identity"})
        small = await http.get(name, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        # The organisation's colour is one line, made at the start.
        assert small.headers.get("content-encoding") == "br" or ("organisation." in name and len(plain.content) < 200)
        assert int(small.headers["content-length"]) <= len(plain.content)
        assert "content-encoding" not in plain.headers
        assert b"assets.nhs.uk" not in plain.content
