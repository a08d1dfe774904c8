"""A plain mail as staff see it: beside the answers it may hold, recorded with one press; what nobody could match."""

import json
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Page

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.agency.conftest import Mail, Mailed, main_of, press
from tests.console.conftest import PageAs
from tests.console.looks import axe, looked_at, screenshot
from tests.referrals.mail.letters import mail


async def arrives(sent: Mailed, name: str, raw: bytes) -> None:
    """Put an email into the watched folder."""
    (sent.scene.stack.folder.inbound_mail / f"{name}-{sent.reference}.eml").write_bytes(raw)


async def address_of(sent: Mailed) -> str:
    agency = (await sent.now())["agency_id"]
    return str((await sent.scene.worker.get("referrals", f"/agencies/{agency}"))["email"])


async def mails_of(sent: Mailed, **filters: str) -> list[Json]:
    async def there() -> list[Json] | None:
        """The received email"""
        return await sent.scene.worker.every("referrals", "/mails", **filters) or None

    return await sent.scene.soon(there)


async def open_tasks(sent: Mailed) -> list[Json]:
    tasks = await sent.scene.worker.every("casework", "/tasks", kind="read_mail")
    return [task for task in tasks if any(line["referral_id"] == sent.id for line in task["lines"])]


async def read_it(page: Page, path: str) -> None:
    await page.goto(path)
    await axe(page)


async def test_a_mail_stands_beside_the_answers_and_one_press_records_it(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    text = f"Hello, about {sent.reference}: <b>yes</b>, we take it on. (synthetic)"
    await arrives(sent, "yes", mail(text, sender=await address_of(sent)))
    [line] = await mails_of(sent, referral_id=sent.id)

    async def asked() -> Json | None:
        """The task to read the email"""
        return next(iter(await open_tasks(sent)), None)

    assert (await sent.scene.soon(asked))["mail_id"] == line["id"]
    page = await page_as("worker")
    await read_it(page, f"/referrals/{sent.id}")
    assert "An email from them waits to be read. Until then our next steps wait." in await main_of(page)
    await read_it(page, "/today")
    assert await page.locator(f"main a[href='/mails/{line['id']}']").count() > 0
    await read_it(page, "/mails")
    await screenshot(page, "mails")
    async with page.expect_navigation():
        await page.click(f"a[href='/mails/{line['id']}']")
    said = await main_of(page)
    assert "<b>yes</b>, we take it on" in said and "Synthetic Agnes-Sam" in said
    await looked_at(page, "mail")
    await press(page, "Record it")
    assert "choose what they say" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.check("[value=accept]")
    await press(page, "Record it")
    assert "Recorded" in await main_of(page)
    await looked_at(page)
    assert (await sent.now())["state"] == "accepted"
    last = (await sent.history())[-1]
    assert (last["move"], last["by"], last["channel"]) == ("accept", "agency", "mail")

    async def done() -> bool | None:
        """Nobody is asked to read it any more."""
        return True if not await open_tasks(sent) else None

    assert await sent.scene.soon(done)


async def test_what_nobody_could_match_is_put_to_its_referral(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    await arrives(sent, "lost", mail(f"we got something {sent.code}", sender=f"{sent.reference}@elsewhere.example"))
    lost = [one for one in await mails_of(sent, status="unmatched") if one["why"] == "unknown_sender"]
    path = f"/mails/{lost[0]['id']}"
    page = await page_as("worker")
    await read_it(page, "/mails")
    assert await page.locator(f"a[href='{path}']").count() > 0
    await read_it(page, path)
    await page.fill("[name=reference]", "ZZZZZZZZ")
    await press(page, "Look for it")
    assert "no referral of yours has this reference" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=reference]", sent.reference)
    await press(page, "Look for it")
    assert sent.reference in await main_of(page)
    await axe(page)
    await page.check("[value=nothing]")
    await page.fill("[name=note]", "they have it, no answer yet (synthetic)")
    await press(page, "Record it")
    assert "Recorded" in await main_of(page)
    [matched] = await mails_of(sent, referral_id=sent.id)
    assert (matched["status"], matched["why"]) == ("matched", "by_hand") and matched["read_at"]
    assert (await sent.now())["state"] == "sent"


async def test_a_guardian_reads_and_records_nothing(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    await arrives(sent, "guardian", mail(f"{sent.reference}: seen", sender=await address_of(sent)))
    [line] = await mails_of(sent, referral_id=sent.id)
    page = await page_as("guardian")
    await read_it(page, f"/mails/{line['id']}")
    assert await page.locator("main form").count() == 0
    page = await page_as("commissioner")
    await page.goto("/mails")
    assert await page.inner_text("h1") == "This is not for your role"


async def test_an_agency_that_is_hidden_since_hides_no_mail_and_no_next_step(
    scene: Setting, page_as: PageAs, tmp_path: Path
) -> None:
    """A day centre turns out to be a refuge: it is never shown again, and what it wrote is still read."""
    source = f"since-{uuid4()}"
    email = f"desk@{uuid4().hex}.example"

    async def known_as(name: str) -> None:
        service = {"id": "1", "name": name, "status": "active"}
        agency = {"id": "1", "name": f"Synthetic {source}", "email": email, "services": [service]}
        file = tmp_path / "directory.json"
        file.write_text(json.dumps({"contents": [agency]}))
        await scene.import_directory(file, source)

    await known_as(f"Synthetic day centre {source}")
    [service] = await scene.worker.every("referrals", "/services", q=source)
    scene.cast.services = {"tb": service}
    await scene.register(f"Synthetic {uuid4()}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    reference = (await scene.worker.get("referrals", f"/referrals/{referral}"))["reference"]
    await known_as(f"Women's refuge {source}")
    folder = scene.stack.folder.inbound_mail
    (folder / f"{source}-a.eml").write_bytes(mail(f"{reference}: we got it (synthetic)", sender=email))
    (folder / f"{source}-b.eml").write_bytes(mail("something of ours (synthetic)", sender=email))

    async def both() -> list[Json] | None:
        """Both mails were taken in."""
        found = [one for one in await scene.worker.every("referrals", "/mails", unread=True)]
        ours = [one for one in found if one["agency_id"] == service["agency_id"]]
        return ours if len(ours) == 2 else None

    page = await page_as("worker")
    for one in await scene.soon(both):
        await read_it(page, "/mails")
        await page.click(f"a[href='/mails/{one['id']}']")
        said = await main_of(page)
        assert "An email from a service that is no longer listed" in said and source not in said
        await press(page, "I have read it: nothing to record")
        assert "Marked as read" in await main_of(page)
    await scene.move(referral, "decline", reason="other")

    async def asked() -> list[Json] | None:
        """Somebody is to say what comes next."""
        return await scene.worker.every("casework", "/next-steps", referral_id=referral) or None

    await scene.soon(asked)
    await read_it(page, f"/today/next-steps/{referral}")
    await page.fill("[name=what]", "another day centre (synthetic)")
    await press(page, "Save the next step")
    assert await scene.worker.every("casework", "/next-steps", referral_id=referral, status="recorded")
