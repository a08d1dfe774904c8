"""Links that open nothing: each says kindly what is the matter, and how to get a fresh one to the address on record."""

from typing import Any
from urllib.parse import quote

import httpx

from deploy.demo.api import Json
from tests.console.agency.conftest import Mail, Mailed, choose, follow, main_of, press, read_mail
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import axe, looked_at, screenshot


async def fresh_mails(sent: Mailed) -> list[Json]:
    return await sent.scene.messages(referral_id=sent.id, kind="fresh_link")


async def test_an_expired_link_sends_a_fresh_one(mailed: Mail, page_as: PageAs, expire: Any) -> None:
    sent = await mailed()
    await expire(sent)
    page = await page_as(None)
    await follow(page, sent.link)
    assert await page.inner_text("h1") == "This link has expired"
    await looked_at(page, "agency-expired")
    await press(page, "Send me a new link")
    assert await page.inner_text("h1") == "A new link is on its way"
    await looked_at(page)
    message = await sent.scene.mail_sent(sent.id, "fresh_link")
    link, _ = read_mail(sent.scene, message["id"])
    await follow(page, link)
    assert sent.reference in await main_of(page)


async def test_a_wrong_code_is_told_kindly_and_a_reference_sends_a_fresh_link(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None)
    await page.goto("/r")
    await looked_at(page, "agency-start")
    await press(page, "Open")
    assert "type the code" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=code]", "AAAA-BBBB-CCCC")
    await press(page, "Open")
    assert await page.inner_text("h1") == "We do not know this link or code"
    await looked_at(page, "agency-wrong")
    said = list[str]()
    for reference in ("ZZZZZZZZ", sent.reference.lower()):
        await page.goto("/r")
        await page.fill("[name=code]", "AAAA-BBBB-CCCC")
        await press(page, "Open")
        await page.fill("[name=reference]", reference)
        await press(page, "Send me a new link")
        said.append(await main_of(page))
        await looked_at(page)
    assert said[0] == said[1] and "If this is an open reference of ours" in said[0]
    assert len(await fresh_mails(sent)) == 1


async def test_a_link_to_what_has_ended_says_only_that(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    page = await page_as(None)
    await follow(page, sent.link)
    await choose(page, "accept")
    await sent.scene.move(sent.id, "withdraw", reason="ours")
    await press(page, "Send")
    assert await page.inner_text("h1") == "This referral is closed"
    await follow(page, sent.link)
    said = await main_of(page)
    assert "You need do nothing" in said and sent.reference not in said
    await looked_at(page, "agency-ended")


async def test_a_link_that_was_changed_on_its_way_still_opens(mailed: Mail, page_as: PageAs) -> None:
    """As mail filters and programs leave it, with script; and without it by one press. The token is in no log."""
    sent = await mailed()
    page = await page_as(None)
    whole = quote(f"https://alongside.invalid/r#{sent.token}", safe="")
    behind = [f"/r#{sent.token}{tail}" for tail in ("%20", "%3E.")]
    before = [f"/r%23{sent.token}", f"/r%2523{sent.token}.", f"/r/{sent.token}", f"/r?url={whole}"]
    for broken in [*behind, *before]:
        await page.goto("about:blank")
        await page.goto(broken, wait_until="commit")
        await page.wait_for_url("**/r/open", wait_until="load")
        assert sent.reference in await main_of(page), broken
    plain = await page_as(None, script=False)
    await plain.goto(f"/r%23{sent.token}%3E")
    await press(plain, "Open the reference")
    assert sent.reference in await main_of(plain)
    logs = [path.read_text() for path in (sent.scene.stack.folder.path / "logs").glob("*.log")]
    assert logs and not any(sent.token in log for log in logs)


async def test_a_link_that_lost_its_end_leads_to_the_code(
    mailed: Mail, page_as: PageAs, http: httpx.AsyncClient
) -> None:
    sent = await mailed()
    page = await page_as(None, PHONE)
    for broken in (f"/r#{sent.token[:20]}", "/r#abcd"):
        await page.goto("about:blank")
        await page.goto(broken)
        assert "This link is not whole" in await main_of(page), broken
    await axe(page)
    await screenshot(page, "agency-link-not-whole")
    for path in ("/r/", "/r/open", "/r.", "/r%23"):
        assert "Code from the email" in (await http.get(path)).text, path
    assert (await http.get("/rx")).status_code == 404
    # Heard over the phone, and typed.
    group = sent.code.split("-")
    for typed in (f"{group[0]} \u2013 {group[1]}\u2014{group[2]}.", f"Code: {sent.code.lower()}\u200b"):
        await page.goto("/r")
        await page.fill("[name=code]", typed)
        await press(page, "Open")
        assert sent.reference in await main_of(page), typed
