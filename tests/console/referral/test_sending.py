"""Choosing a service, writing the minimum, seeing exactly what leaves, and sending it: with and without script."""

import re
from uuid import uuid4

import httpx
from playwright.async_api import Page

from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared import clock
from shared.context import Actor
from tests.console.conftest import PASSWORD, Home, PageAs, Worker
from tests.console.hand import Hand
from tests.console.looks import axe, looked_at, screenshot
from tests.console.referral.conftest import Choose, follow, pick, press


def id_of(page: Page) -> str:
    found = re.search(r"/referrals/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    return found[1]


async def agree(page: Page) -> None:
    await follow(page, "Record consent")
    for label in ("What this referral needs", "What became of it", "In person"):
        await pick(page, label)


async def test_choosing_previewing_and_sending_without_script(choosing: Choose, scene: Setting, person: str) -> None:
    page = await choosing("Chest clinic", script=False)
    await pick(page, "Please assess the person for TB.")
    await press(page, "Check before you send")
    told = await page.inner_text("main dl")
    assert "Only through us" in told and "Please assess the person for TB." in told and "Synthetic Sam" not in told
    assert "There is no consent yet" in await page.inner_text("main")
    await agree(page)
    await press(page, "Save consent")
    assert "There is consent for all of it" in await page.inner_text("main")
    await press(page, "Send it")
    referral = id_of(page)
    await scene.reached(referral, "sent")
    await page.goto(f"/referrals/{referral}")
    assert await page.locator("main .nhsuk-tag").first.inner_text() == "Sent"
    row = await scene.worker.get("referrals", f"/referrals/{referral}")
    assert row["person_id"] == person and row["plan_id"] == scene.cast.plan and row["about"] == ["health"]
    assert set(row["told"]) == {"safe_contact", "need", "worker_phone"}
    assert row["may_tell_us"] == ["attendance"]


async def test_every_state_on_the_way_can_be_read_by_all(choosing: Choose) -> None:
    page = await choosing("Chest clinic")
    await screenshot(page, "referral-new")
    await press(page, "Check before you send")
    assert "choose what you ask for" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await pick(page, "Please assess the person for TB.")
    await press(page, "Check before you send")
    await looked_at(page, "referral-preview")
    await agree(page)
    await looked_at(page)
    await press(page, "Save consent")
    await press(page, "Send it")
    await looked_at(page)
    # Without a reload: the page looks again by itself.
    await page.wait_for_selector("main .nhsuk-tag:has-text('Sent')")
    await looked_at(page, "referral")


async def test_what_is_told_can_be_changed_before_it_leaves(choosing: Choose) -> None:
    page = await choosing("Chest clinic")
    await pick(page, "Please assess the person for TB.")
    await press(page, "Check before you send")
    await follow(page, "Change it")
    assert await page.is_checked("[name=need][value=assess]")
    await pick(page, "Name")
    await page.click("summary:has-text('Words of your own')")
    await page.fill("[name='told.need']", "and <b>a chest X-ray</b>")
    await press(page, "Check before you send")
    assert "tick what your own words speak of" in (await page.inner_text(".nhsuk-error-summary")).lower()
    assert await page.input_value("[name='told.need']") == "and <b>a chest X-ray</b>"
    await axe(page)
    await pick(page, "Health")
    await press(page, "Check before you send")
    told = await page.inner_text("main dl")
    assert "Synthetic Sam" in told and "and <b>a chest X-ray</b>" in told


async def test_before_a_service_that_passes_details_on_the_person_is_warned(choosing: Choose, scene: Setting) -> None:
    page = await choosing("Housing options")
    assert "It may pass details on to other offices" in await page.inner_text("main")
    await pick(page, "Please find the person somewhere to sleep tonight.")
    await press(page, "Check before you send")
    referral = id_of(page)
    await press(page, "Approve it")
    assert "tell the person first" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await axe(page)
    assert not (await scene.worker.get("referrals", f"/referrals/{referral}"))["sending"]
    await pick(page, "I have told the person")
    await press(page, "Approve it")
    await scene.reached(referral, "awaiting_consent")
    history = await scene.worker.every("referrals", f"/referrals/{referral}/history")
    assert "may charge or pass details on" in next(line for line in history if line["move"] == "send_approved")["note"]


async def test_what_waits_for_consent_leaves_once_it_is_recorded(page_as: PageAs, scene: Setting, person: str) -> None:
    referral = await scene.draft("tb")
    await scene.move(referral, "send")
    await scene.reached(referral, "awaiting_consent")
    page = await page_as("worker")
    await page.goto(f"/referrals/{referral}")
    assert "consent to share" in await page.inner_text("main")
    await axe(page)
    await follow(page, "Record consent")
    await press(page, "Save consent")
    assert "choose what they said yes to" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await axe(page)
    for label in ("What this referral needs", "In person"):
        await pick(page, label)
    # A day of summer time: it holds through that day of London's, and not an hour longer.
    summer = clock.now().year + 1
    for part, value in {"day": "30", "month": "6", "year": str(summer)}.items():
        await page.fill(f"[name='expires_at-{part}']", value)
    await press(page, "Save consent")
    (consent,) = await scene.worker.every("intake", f"/people/{person}/consents")
    assert consent["expires_at"] == f"{summer}-06-30T22:59:00Z"
    await scene.reached(referral, "sent")


async def test_a_walk_in_tells_nobody(choosing: Choose, scene: Setting) -> None:
    page = await choosing("Walk-in clinic")
    await press(page, "Record a walk-in")
    referral = id_of(page)
    await follow(page, "What became of the visit")
    await axe(page)
    await pick(page, "Attended")
    await press(page, "Record it")
    assert await scene.state_of(referral) == "attended"
    assert (await scene.worker.get("referrals", f"/referrals/{referral}"))["told"] is None
    assert await scene.messages(referral_id=referral) == []


async def test_pressed_twice_it_is_written_once_and_sent_once(
    hand: Hand, worker: Worker, scene: Setting, person: str
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    service = scene.cast.services["tb"]["id"]
    await hand.get(f"/referrals/new?person={person}&service={service}")
    once = {"once": str(uuid4()), "person": person, "service": service, "need": "assess"}
    first, second = await hand.post("/referrals/new", once), await hand.post("/referrals/new", once)
    assert first.status_code == second.status_code == 303 and first.headers["location"] == second.headers["location"]
    found = await scene.worker.every("referrals", "/referrals", person_id=person)
    assert len(found) == 1
    referral = found[0]["id"]
    shown = await hand.get(f"/referrals/{referral}/preview")
    fields = {"once": str(uuid4()), "state": "draft", "version": version_in(shown)}
    for _ in range(2):
        answer = await hand.post(f"/referrals/{referral}/send", fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/referrals/{referral}")
    await scene.reached(referral, "awaiting_consent")
    history = await scene.worker.every("referrals", f"/referrals/{referral}/history")
    assert [line["move"] for line in history].count("send_approved") == 1


def version_in(page: httpx.Response) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


async def test_a_preview_that_shows_what_is_no_longer_told_sends_nothing(
    hand: Hand, worker: Worker, scene: Setting, person: str
) -> None:
    referral = await scene.draft("tb")
    await hand.sign_in(worker.sign_in, PASSWORD)
    seen = version_in(await hand.get(f"/referrals/{referral}/preview"))
    edit = version_in(await hand.get(f"/referrals/{referral}/edit"))
    changed = await hand.post(f"/referrals/{referral}/edit", {"version": edit, "need": "support"})
    assert changed.status_code == 303
    stale = await hand.post(f"/referrals/{referral}/send", {"version": seen, "state": "draft"})
    assert stale.status_code == 412 and "Someone else changed this first" in stale.text
    assert "What is told was changed" in stale.text
    assert not (await scene.worker.get("referrals", f"/referrals/{referral}"))["sending"]


async def test_the_directory_says_how_long_they_usually_take(page_as: PageAs, scene: Setting, person: str) -> None:
    page = await page_as("worker")
    await page.goto("/referrals/choose?pathway=legal")
    assert "They have not answered us before" in await page.inner_text("main")
    await page.goto(f"/referrals/choose?person={person}&q=no+such+place")
    assert "No service in the directory fits" in await page.inner_text("main")
    await axe(page)
    await scene.agree("dosh")
    referral = await scene.refer("dosh")
    await scene.move(referral, "see")

    async def said() -> str | None:
        await page.goto(f"/referrals/choose?person={person}&pathway=dosh")
        text = await page.inner_text("main")
        return text if "Usually replies" in text else None

    assert "(our own figures)" in await scene.soon(said)
    await axe(page)


async def test_what_is_another_teams_is_not_there(home: Home, page_as: PageAs, scene: Setting, person: str) -> None:
    referral = await scene.draft("tb")
    other = uuid4()
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.open_team(tx, "Synthetic other team", other)
    await home.hire("worker", "worker-elsewhere", other)
    page = await page_as("worker", sign_in="worker-elsewhere")
    service = scene.cast.services["tb"]["id"]
    for path in (
        f"/referrals/{referral}",
        f"/referrals/{referral}/preview",
        f"/referrals/{referral}/call",
        f"/referrals/new?person={person}&service={service}",
    ):
        answer = await page.goto(path)
        assert answer is not None and answer.status == 404, path
        assert await page.inner_text("h1") == "Page not found"
