"""The jobs whose taps are counted, each a walk through real pages. One list: a row of docs/pages.md for each."""

from uuid import uuid4

from playwright.async_api import expect

from tests.console.agency.conftest import read_mail
from tests.console.conftest import PASSWORD
from tests.console.referral.test_recording import fill_moment, in_days
from tests.console.taps import JOBS as JOBS
from tests.console.taps import Stage, Taps, job


@job("Sign in", before=1, most=1)
async def sign_in(stage: Stage) -> int:
    taps = await stage.taps(None)
    await taps.page.goto("/sign-in")
    await taps.type("[name=sign_in]", stage.worker.sign_in)
    await taps.type("[name=password]", PASSWORD)
    await taps.follow(taps.page.locator("main button", has_text="Sign in").first)
    await taps.page.wait_for_url("**/today")
    return taps.count


@job("Add a person, from the list of people", before=2, most=2)
async def register(stage: Stage) -> int:
    taps = await stage.taps()
    await taps.page.goto("/people")
    await taps.follow("Add a person")
    await taps.type("[name=alias]", alias := f"Synthetic {uuid4().hex[:8]}")
    await taps.follow("Add person")
    await expect(taps.page.locator("h1")).to_have_text(alias)
    return taps.count


@job("Find somebody, from the list of people", before=2, most=2)
async def find(stage: Stage) -> int:
    await stage.scene.register(alias := f"Synthetic {uuid4().hex[:8]}")
    taps = await stage.taps()
    await taps.page.goto("/people")
    await taps.type("[name=alias]", alias[-5:])
    await taps.follow("Find")
    await taps.follow(alias)
    await expect(taps.page.locator("h1")).to_have_text(alias)
    return taps.count


async def opened_by_a_service(stage: Stage) -> tuple[Taps, str]:
    """A referral that a service has opened by the link of its email, and the code that the worker reads out."""
    scene = stage.scene
    await scene.register(f"Synthetic {uuid4().hex[:8]}")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    link, _ = read_mail(scene, (await scene.mail_sent(referral, "first"))["id"])
    taps = await stage.taps(None)
    await taps.page.goto(link, wait_until="commit")
    await taps.page.wait_for_url("**/r/open", wait_until="load")
    return taps, str((await scene.worker.get("referrals", f"/referrals/{referral}/second-step"))["code"])


@job("A service accepts, from the link of our email", before=2, most=2)
async def accept(stage: Stage) -> int:
    taps, _ = await opened_by_a_service(stage)
    await taps.follow("Yes, we can help")
    await taps.follow("Send")
    await expect(taps.page.locator("main")).to_contain_text("You take it on.")
    return taps.count


@job("A service reads the details and gives an appointment", before=6, most=5)
async def give_an_appointment(stage: Stage) -> int:
    taps, code = await opened_by_a_service(stage)
    await taps.type("[name=second_step]", code)
    await taps.follow("Read it")
    await taps.follow("Yes, we can help")
    await taps.tap("There is an appointment")
    await fill_moment(taps.page, "appointment.at", in_days(6))
    await taps.type("[name='appointment.place']", "Room 3 (synthetic)")
    await taps.tap("I have read how the person may be reached")
    await taps.follow("Send")
    await expect(taps.page.locator("main")).to_contain_text("We will tell the person.")
    return taps.count


@job("Record consent, from the file", before=11, most=5)
async def consent(stage: Stage) -> int:
    person = await stage.scene.register(f"Synthetic {uuid4().hex[:8]}")
    # Of a long directory the services that a person is referred to are offered first.
    told = {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"}
    draft = {"person_id": person, "service_id": stage.scene.cast.services["tb"]["id"], "told": told}
    await stage.scene.worker.post("referrals", "/referrals", draft)
    taps = await stage.taps()
    await taps.page.goto(f"/people/{person}")
    await taps.follow("Record consent")
    await taps.follow("Synthetic TB Service")
    await taps.tap("What a referral needs: TB")
    await taps.tap("In person")
    await taps.follow("Save consent")
    await expect(taps.page.locator(".people-consent")).to_contain_text("Whether they came")
    return taps.count


@job("From a first meeting to the first referral sent", before=30, most=18)
async def first_referral(stage: Stage) -> int:
    taps = await stage.taps()
    await taps.page.goto("/today")
    await taps.follow("People")
    await taps.follow("Add a person")
    await taps.type("[name=alias]", f"Synthetic {uuid4().hex[:8]}")
    await taps.follow("Add, and log a contact")
    await taps.tap("Met")
    await taps.type("[name=note]", "Coughs at night. (synthetic)")
    await taps.follow("Save")
    await taps.follow("Start a case plan")
    await taps.type("[name=goals]", "somebody to look at my chest (synthetic)")
    await taps.follow("Continue")
    await taps.type("[name=q]", "Chest")
    await taps.follow("Search")
    await taps.follow("Choose")
    await taps.tap("Please assess the person for TB.")
    await taps.follow("See what will run")
    await taps.follow("Start the plan")
    await taps.follow("Check and send")
    await taps.follow("Record consent")
    await taps.tap("What this referral needs")
    await taps.tap("In person")
    await taps.follow("Save consent")
    await taps.follow("Send it")
    await expect(taps.page.locator("main .nhsuk-tag").first).to_have_text("Sent")
    return taps.count


@job("Log a contact, from Today", before=3, most=3)
async def contact_from_today(stage: Stage) -> int:
    person = await stage.scene.register(alias := f"Synthetic {uuid4().hex[:8]}")
    # A concern is theirs from the moment it is raised: they are on Today without waiting for a day.
    concern = {"about": "adult", "what": "Cannot say no to whoever comes (synthetic)."}
    await stage.scene.worker.post("intake", f"/people/{person}/concerns", concern)
    taps = await stage.taps()
    await taps.page.goto("/today")
    card = taps.page.locator(".today-list > li", has_text=alias)
    await taps.tap(card.get_by_text("Log a contact").first)
    await taps.tap(taps.page.locator("dialog label", has_text="Met").first)
    save = taps.page.locator("dialog button", has_text="Save")
    box = await save.bounding_box()
    assert box and box["y"] + box["height"] <= 780, "Save is in view without a swipe"
    await taps.tap(save)
    await taps.page.get_by_text("The contact is saved.").wait_for()
    return taps.count
