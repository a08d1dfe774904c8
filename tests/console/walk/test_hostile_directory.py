"""A directory written by an enemy: whatever it says is text on every page and in every mail that shows it.

First as the import leaves it; then as if the import had let everything through, so that the pages hold by themselves.
"""

import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import text

from deploy.demo.api import Json
from shared.db.session import Database
from tests.console.agency.conftest import follow as follow_mail
from tests.console.agency.conftest import main_of, read_mail
from tests.console.conftest import DESK, Home
from tests.console.referral.conftest import pick, press
from tests.console.walk.conftest import StoryCrew
from tests.referrals.mail.letters import mail

SECONDS_A_TEST = 600
MARK = "Wolfsbane"
ATTACK = (
    f"{MARK} <script>window.hit=1</script><img src=x onerror='window.hit=1'><x-hostile>&lt;x-hostile&gt;"
    "<svg onload=window.hit=1><iframe src=javascript:parent.hit=1></iframe><base href=//evil.example>"
    '"><x-hostile onmouseover=window.hit=1 \'><x-hostile autofocus onfocus=window.hit=1 x="</option></select>'
    "<x-hostile></title><x-hostile>{{ 7919*7919 }}{% include 'base.html' %}${7919*7919}\r\nBcc: evil@evil.example"
)
LINK = "javascript:window.hit=1//"
EMAIL = "desk@wolfsbane.example"
# What of it would be in a page if anything of it were more than text.
ELEMENTS = "x-hostile, iframe, base, object, embed, img[src='x'], svg[onload], script:not([src])"
DOES_SOMETHING = (
    "[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(({name, value}) =>"
    " name.startsWith('on') || /^\\s*(javascript|data|vbscript):/i.test(value)))"
    ".map(one => one.outerHTML.slice(0, 200))"
)
RAW = (
    "UPDATE agencies SET name = :attack, description = :attack, website = :link, phone = :attack WHERE id = :agency",
    "UPDATE services SET name = :attack, description = :attack, url = :link, phone = :attack, eligibility = :attack,"
    " schedules = jsonb_build_array(CAST(:listed AS text)), languages = jsonb_build_array(CAST(:listed AS text))"
    " WHERE agency_id = :agency",
)


def directory() -> Json:
    """HSDS as this enemy publishes it."""
    service = {
        "id": f"evil-service-{ATTACK}", "name": ATTACK, "description": ATTACK, "url": LINK, "status": "active",
        "email": EMAIL, "eligibility_description": ATTACK, "languages": [{"id": "l", "name": ATTACK}],
        "schedules": [{"id": "s", "freq": ATTACK, "byday": ATTACK, "description": ATTACK}],
        "phones": [{"id": "p", "number": "020 7946 0666"}],
        "service_at_locations": [
            {"id": "sal", "location": {"id": "l", "location_type": "physical", "name": ATTACK,
             "addresses": [{"id": "a", "address_1": ATTACK, "city": ATTACK}]}}
        ],
    }  # fmt: skip
    agency = {
        "id": "evil-organization", "name": ATTACK, "description": ATTACK, "website": LINK, "email": EMAIL,
        "organization_identifiers": [], "services": [service],
    }  # fmt: skip
    return {"contents": [agency]}


@pytest.fixture
async def hostile(crew: StoryCrew, tmp_path: Path) -> Json:
    """Its service, taken in by the command that a team would use."""
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(directory()), encoding="utf-8")
    await crew.scene.import_directory(file, "hostile")
    [service] = (await crew.scene.worker.get("referrals", "/services", q=MARK))["items"]
    return service


async def let_through(home: Home, agency_id: str) -> None:
    """As if nothing had been made harmless when it was imported."""
    database = Database(home.stack.settings(), "referrals", "work")
    values = {"attack": ATTACK, "listed": ATTACK, "link": LINK, "agency": agency_id}
    async with database.platform_connection() as connection:
        for statement in RAW:
            await connection.execute(text(statement), values)
    await database.dispose()


@pytest.mark.parametrize("kept", ["as imported", "as if let through"])
async def test_what_a_directory_says_is_text_on_every_page(crew: StoryCrew, hostile: Json, kept: str) -> None:
    scene, agency = crew.scene, hostile["agency_id"]
    if kept == "as if let through":
        await let_through(crew.home, agency)
    scene.cast.services["hostile"] = hostile
    await scene.register("Anton (synthetic)")
    await scene.start_plan()
    await scene.agree("hostile")
    worker, supervisor = await crew.page("worker", DESK), await crew.page("supervisor", DESK)
    person = scene.cast.person
    for path in (
        f"/referrals/choose?person={person}&q={MARK}",
        f"/referrals/new?person={person}&service={hostile['id']}",
    ):
        await worker.goto(path)
        await harmless(worker)
    await pick(worker, "Please see the person and say how you can help.")
    await press(worker, "Check before you send")
    await harmless(worker)
    referral = (await scene.worker.every("referrals", "/referrals", person_id=person))[0]["id"]
    await worker.goto(f"/referrals/{referral}/consent")
    await harmless(worker)
    await scene.worker.post("intake", f"/people/{person}/consents", _consent(agency))
    await worker.goto(f"/referrals/{referral}/preview")
    await press(worker, "Send it")
    await scene.reached(referral, "sent")
    message = (await scene.mail_sent(referral, "first"))["id"]
    await letter(crew, message)

    await scene.leap_until(lambda: _asked(crew, referral))
    mail_id = await _answers(crew, referral)
    for path in (
        "/today", f"/people/{person}", f"/people/{person}/consents/new", f"/referrals/{referral}", "/referrals",
        f"/referrals/{referral}/call", f"/referrals/{referral}/decide", "/mails", f"/mails/{mail_id}",
        f"/plans/{scene.cast.plan}",
    ):  # fmt: skip
        await worker.goto(path)
        await harmless(worker, shown=path not in ("/referrals", f"/plans/{scene.cast.plan}"))
    for path in (
        "/board", "/board?all=yes", f"/board/{referral}", "/board/agencies", f"/board/agencies/{agency}/call",
        f"/board/{referral}/act/on-it", "/board/figures",
    ):  # fmt: skip
        await supervisor.goto(path)
        await harmless(supervisor, shown=path.startswith("/board/agencies"))
    theirs = await crew.page(None, DESK)
    await follow_mail(theirs, read_mail(scene, message)[0])
    await harmless(theirs, shown=False)


async def test_this_would_be_seen_if_it_were_more_than_text(browser: Browser) -> None:
    """On a page that holds by nothing, each of the looks below finds it."""
    page = await browser.new_page()
    await page.set_content(f"<main>{ATTACK}</main>")
    assert await page.locator(ELEMENTS).count() > 0
    assert await page.evaluate(DOES_SOMETHING) != []
    assert await page.evaluate("window.hit") == 1
    await page.close()


async def harmless(page: Page, *, shown: bool = True) -> None:
    """Check that the attack is shown as text alone; `page_as` also watches the page's log and requests."""
    assert page.url.startswith("http://localhost") and "evil" not in page.url
    if shown:
        assert MARK in await main_of(page), f"{page.url} does not show it, so this proves nothing"
    assert "62710561" not in await main_of(page), page.url
    assert await page.locator(ELEMENTS).count() == 0, page.url
    assert await page.evaluate(DOES_SOMETHING) == [], page.url
    assert await page.evaluate("window.hit") is None, page.url


async def letter(crew: StoryCrew, message: str) -> None:
    """One recipient, no header of theirs, no markup."""
    path = next(path for path in crew.scene.stack.folder.mail.glob("*.eml") if message in path.name)
    said = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert said["To"] == EMAIL and said["Bcc"] is None and said["Cc"] is None
    assert said.get_content_type() == "text/plain" and MARK not in str(said["Subject"])
    assert "<" not in said.get_content()


def _consent(agency: str) -> Json:
    may_tell = ["alias", "safe_contact", "support_needs"]
    return {
        "agency_id": agency, "purpose": "referral", "may_tell": may_tell, "may_tell_us": ["attendance"],
        "how_given": "spoken",
    }  # fmt: skip


async def _asked(crew: StoryCrew, referral: str) -> Any:
    """Return the tasks to ring the agency about this referral, if there are any."""
    tasks = await crew.scene.worker.every("casework", "/tasks", kind="ask_worker")
    return [task for task in tasks if referral in [line["referral_id"] for line in task["lines"]]] or None


async def _answers(crew: StoryCrew, referral: str) -> str:
    """Deliver an email of the agency's with the attack, and return its id."""
    scene = crew.scene
    reference = (await scene.worker.get("referrals", f"/referrals/{referral}"))["reference"]
    raw = mail(f"{reference}: {ATTACK}", sender=EMAIL)
    (scene.stack.folder.inbound_mail / f"hostile-{reference}.eml").write_bytes(raw)

    async def there() -> str | None:
        """The received email"""
        mails = await scene.worker.every("referrals", "/mails", referral_id=referral)
        return mails[0]["id"] if mails else None

    return await scene.soon(there)
