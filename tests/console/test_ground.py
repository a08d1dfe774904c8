"""The ground under every page: sign-in, roles, errors, assets, headers; at both widths and without JavaScript."""

import re

import httpx

from tests.console.conftest import DESK, PageAs
from tests.console.looks import axe, looked_at


async def test_somebody_signs_in_and_out(page_as: PageAs) -> None:
    page = await page_as(None)
    await page.goto("/today")
    assert "/sign-in" in page.url
    await looked_at(page, "sign-in")
    await page.fill("[name=sign_in]", "Worker")
    await page.fill("[name=password]", "not the password at all")
    await page.click("main button:has-text('Sign in')")
    assert await page.title() == "Error: Sign in - Alongside"
    assert "not right" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await page.fill("[name=password]", "lantern gravel ninepins otter")
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url("**/today")
    await looked_at(page, "today")
    await page.click("button:has-text('Sign out')")
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


async def test_assets_are_kept_for_ever_under_their_hash_and_travel_small(http: httpx.AsyncClient) -> None:
    found = re.findall(r"/assets/[\w.-]+", (await http.get("/sign-in")).text)
    assert any(name.endswith(".css") for name in found) and any(name.endswith(".js") for name in found)
    for name in sorted(set(found)):
        plain = await http.get(name, headers={"Accept-Encoding": "identity"})
        small = await http.get(name, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert small.headers["content-encoding"] == "br"
        assert int(small.headers["content-length"]) <= len(plain.content)
        assert "content-encoding" not in plain.headers
        assert b"assets.nhs.uk" not in plain.content
