"""Starting a case plan in steps: looked at before anything starts, nothing lost on the way, everything there once."""

import asyncio
import re
from html import unescape
from uuid import uuid4

from playwright.async_api import Page, expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.conftest import PASSWORD, Home, PageAs, Worker
from tests.console.hand import Hand, heading
from tests.console.looks import axe, looked_at, screenshot
from tests.console.plan.conftest import GOALS, WANTED, Begin, choose, start, to_referrals
from tests.console.referral.conftest import follow, pick, press


async def of(scene: Setting, person: str) -> tuple[list[Json], list[Json]]:
    """Return the person's cases and referrals."""
    cases = await scene.worker.every("casework", "/cases", person_id=person)
    return cases, await scene.worker.every("referrals", "/referrals", person_id=person)


async def test_what_will_run_is_seen_before_anything_starts(page_as: PageAs, scene: Setting, newcomer: str) -> None:
    page = await page_as("worker")
    await page.goto(f"/people/{newcomer}")
    await follow(page, "Start a case plan")
    await expect(page.locator("h1")).to_contain_text("step 1 of 3")
    await looked_at(page, "plan-goals")
    await press(page, "Continue")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(
        "at least one thing the person wants", ignore_case=True
    )
    await looked_at(page)
    await page.fill("[name=goals]", GOALS)
    await page.check("[name=phase][value=try_out]")
    await press(page, "Continue")
    await looked_at(page)
    await choose(page, "Housing")
    await choose(page, "Chest")
    await press(page, "See what will run")
    for service in ("Housing options", "Chest clinic"):
        missing = f"What do you ask {service} for? Choose what you ask for"
        await expect(page.locator(".nhsuk-error-summary")).to_contain_text(missing)
    await looked_at(page)
    await page.click("button:has-text('Take away Housing options')")
    await pick(page, "Please assess the person for TB")
    await screenshot(page, "plan-referrals")
    await press(page, "See what will run")
    await looked_at(page, "plan-preview")
    await expect(page.locator("main")).to_contain_text("every 14 days")
    await expect(page.locator("main")).to_contain_text("Please assess the person for TB")
    await expect(page.locator("#soon li")).to_have_count(3)
    await expect(page.locator("#soon")).to_contain_text("if Chest clinic does not reply: ")
    steps = page.locator("section", has_text="If Chest clinic does not reply").locator("ol").first
    await expect(steps).to_be_hidden()
    await page.click("summary:has-text('See all dates')")
    await expect(steps).to_contain_text("Remind the service")
    await expect(steps).to_contain_text("Talk it over together, and again every 20 working days")
    await expect(page.locator("#together")).to_contain_text("look at the plan together")
    assert await page.locator("#contacts li").count() > 5
    await looked_at(page, "plan-preview-all")
    assert await of(scene, newcomer) == ([], [])
    await start(page)
    await expect(page.locator(".nhsuk-notification-banner")).to_contain_text("Nothing has left yet")
    [case], [referral] = await of(scene, newcomer)
    assert page.url.endswith(case["plan_id"]) and referral["plan_id"] == case["plan_id"]
    assert referral["state"] == "draft" and not referral["sending"]
    told = (await scene.worker.get("referrals", f"/referrals/{referral['id']}"))["told"]
    assert told["need"] == "Please assess the person for TB."
    await follow(page, "Check and send")
    await expect(page.locator("h1")).to_contain_text("Check before you send")


async def test_back_keeps_what_was_written_and_no_word_stands_in_an_address(beginning: Begin) -> None:
    page = await beginning(script=False)
    visited = list[str]()
    page.on("request", lambda request: visited.append(request.url))
    await page.fill("[name=goals]", GOALS)
    await page.click("summary:has-text('another rhythm')")
    await page.fill("[name=cadence_days]", "ten")
    await press(page, "Continue")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("whole number of days", ignore_case=True)
    await expect(page.locator("[name=goals]")).to_have_value(GOALS)
    await page.fill("[name=cadence_days]", "10")
    await press(page, "Continue")
    await choose(page, "Housing")
    await pick(page, "Please find the person somewhere to sleep tonight")
    await page.click("summary:has-text('In your own words')")
    await page.fill("[name$='.told.need']", "not the hostel on the hill (synthetic)")
    await press(page, "Search")
    await back(page)
    await expect(page.locator("[name=cadence_days]")).to_have_value("10")
    await press(page, "Continue")
    await expect(page.locator("[name$='.told.need']")).to_have_value("not the hostel on the hill (synthetic)")
    await expect(page.locator("[name$='.need'][value=tonight]")).to_be_checked()
    await press(page, "See what will run")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(
        "tick what your own words speak of", ignore_case=True
    )
    await pick(page, "Where they live or sleep")
    await press(page, "See what will run")
    await expect(page.locator("main")).to_contain_text("not the hostel on the hill (synthetic)")
    await page.locator("button:has-text('Change')", has_text="the goals").click()
    await expect(page.locator("[name=goals]")).to_have_value(GOALS)
    assert len(visited) > 10 and not [url for url in visited if "?" in url.removesuffix(page.url)]


async def back(page: Page) -> None:
    async with page.expect_navigation():
        await page.click(".nhsuk-back-link")


async def test_enter_goes_on_and_never_back(beginning: Begin) -> None:
    page = await beginning(script=False)
    await page.fill("[name=goals]", WANTED)
    await page.click("summary:has-text('another rhythm')")
    await page.fill("[name=cadence_days]", "5")
    async with page.expect_navigation():
        await page.press("[name=cadence_days]", "Enter")
    await expect(page.locator("h1")).to_contain_text("First referrals")
    await page.fill("[name=q]", "Chest")
    async with page.expect_navigation():
        await page.press("[name=q]", "Enter")
    await expect(page.locator(".plan-choices h3")).to_have_text(["Chest clinic"])


async def test_a_skipped_step_is_left_out_and_still_there_to_come_back_to(
    beginning: Begin, scene: Setting, newcomer: str
) -> None:
    page = await beginning()
    await to_referrals(page)
    await choose(page, "Chest")
    await press(page, "Skip: none yet")
    await expect(page.locator("main")).to_contain_text("None yet. They can be written")
    await back(page)
    await expect(page.locator("h2", has_text="Chest clinic")).to_be_visible()
    await press(page, "Take away")
    await expect(page.locator("h2", has_text="Chest clinic")).to_have_count(0)
    await press(page, "See what will run")
    await start(page)
    cases, referrals = await of(scene, newcomer)
    assert len(cases) == 1 and not referrals
    await page.goto(f"/plan-start?person={newcomer}")
    assert page.url.endswith(f"/plans/{cases[0]['plan_id']}"), "one plan at a time"


def answers(scene: Setting, person: str) -> dict[str, str]:
    """Return the fields of the last press, with every step filled in."""
    chest = scene.cast.services["tb"]["id"]
    return {
        "person": person,
        "step": "preview",
        "once": str(uuid4()),
        "goals": GOALS,
        "phase": "transition",
        "cadence_days": "",
        "service": chest,
        f"ask.{chest}.need": "assess",
    }


async def test_pressed_twice_at_once_everything_is_there_once(
    hand: Hand, scene: Setting, newcomer: str, worker: Worker
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    await hand.get(f"/plan-start?person={newcomer}")
    sent = answers(scene, newcomer)
    one, two = await asyncio.gather(hand.post("/plan-start", sent), hand.post("/plan-start", sent))
    later = await hand.post("/plan-start", sent)
    assert {one.status_code, two.status_code, later.status_code} == {303}
    assert one.headers["location"] == two.headers["location"] == later.headers["location"]
    assert [len(found) for found in await of(scene, newcomer)] == [1, 1]
    changed = await hand.post("/plan-start", {**sent, "goals": "something else (synthetic)"})
    assert changed.headers["location"] == one.headers["location"], "it runs already, as it was started"
    plan = await scene.worker.get("casework", one.headers["location"])
    assert [goal["words"] for goal in plan["goals"]] == GOALS.splitlines()


async def test_a_draft_that_is_refused_is_named_and_the_rest_is_kept(
    hand: Hand, scene: Setting, newcomer: str, worker: Worker
) -> None:
    # As long as a person's file allows: with the sentence before it, it is longer than an agency's text may be.
    reach = {"channels": "phone", "by_whom": "anybody", "details": "x" * 4000, "voicemail": "nothing", "version": "0"}
    await hand.sign_in(worker.sign_in, PASSWORD)
    await hand.get(f"/people/{newcomer}/safe-contact")
    kept = await hand.post(f"/people/{newcomer}/safe-contact", reach)
    assert kept.status_code == 303, kept.text
    answer = await hand.post("/plan-start", answers(scene, newcomer))
    assert answer.status_code == 200 and "not everything was kept" in heading(answer)
    text = re.sub(r"\s+", " ", unescape(answer.text))
    assert "The referral to Chest clinic" in text and "must be at most 4000 characters" in text
    assert "Please assess the person for TB." in text
    [case], referrals = await of(scene, newcomer)
    assert case["plan_id"] in answer.text and not referrals


async def test_a_session_that_ends_on_the_way_loses_nothing(beginning: Begin, home: Home, worker: Worker) -> None:
    page = await beginning()
    await page.fill("[name=goals]", GOALS)
    await home.end_sessions(worker.sign_in)
    await press(page, "Continue")
    await expect(page.locator("h1")).to_have_text("Your session is over")
    other = await page.context.new_page()
    await other.goto("/sign-in")
    await other.fill("[name=sign_in]", worker.sign_in)
    await other.fill("[name=password]", PASSWORD)
    await other.click("main button:has-text('Sign in')")
    await other.wait_for_url(lambda url: "/sign-in" not in url)
    await press(page, "Send it again")
    await press(page, "Send it now")
    await expect(page.locator("h1")).to_contain_text("First referrals")
    await back(page)
    await expect(page.locator("[name=goals]")).to_have_value(GOALS)


async def test_without_a_worker_what_was_written_waits_in_the_page(
    page_as: PageAs, scene: Setting, home: Home, newcomer: str
) -> None:
    page = await page_as("supervisor")
    await page.goto(f"/plan-start?person={newcomer}")
    await to_referrals(page)
    await press(page, "Skip")
    await press(page, "Start the plan")
    await expect(page.locator("h1")).to_contain_text("Waiting for a worker")
    await axe(page)
    [case], _ = await of(scene, newcomer)
    assert case["stage"] == "waiting"
    own = await home.hire("worker", f"mpc-{uuid4().hex[:12]}")
    await scene.supervisor.post("casework", f"/cases/{case['id']}/reassign", {"worker_id": str(own)})
    await start(page)
    await expect(page.locator("#goals ~ *").first).to_contain_text(WANTED)


async def test_a_clinician_starts_no_plan_and_nobody_elses_person_is_there(page_as: PageAs, newcomer: str) -> None:
    clinician = await page_as("clinician")
    refused = await clinician.goto(f"/plan-start?person={newcomer}")
    assert refused is not None and refused.status == 403
    worker = await page_as("worker")
    missing = await worker.goto(f"/plan-start?person={uuid4()}")
    assert missing is not None and missing.status == 404
    await worker.goto("/plan-start/step")
    assert worker.url.endswith("/people")
