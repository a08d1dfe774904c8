"""What a supervisor does for many at once: one call, reviews, moving cases, people who wait."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Route, expect

from deploy.demo.setting import Setting
from shared import clock
from tests.console.board.test_board import refer
from tests.console.click import click_through
from tests.console.conftest import DESK, PASSWORD, PHONE, Home, PageAs
from tests.console.hand import Hand, heading
from tests.console.looks import axe, screenshot
from tests.console.test_errors import PATIENCE, silent


async def test_one_call_is_recorded_for_all_that_was_ticked(page_as: PageAs, scene: Setting) -> None:
    accepted = await refer(scene, "Synthetic Call One")
    nothing_new = await refer(scene, "Synthetic Call Two")
    agency = scene.cast.services["tb"]["agency_id"]
    page = await page_as("supervisor", PHONE)
    await page.goto(f"/board/agencies/{agency}/call")
    await page.evaluate("document.querySelectorAll('[name=about]').forEach(box => { box.checked = false })")
    await page.click("main button:has-text('Record the call')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("Tick at least one")
    await axe(page)
    for referral in (accepted, nothing_new):
        await page.check(f"[name=about][value='{referral}']")
    await page.check("[name=outcome][value=spoke]")
    await page.select_option(f"[name='said-{accepted}']", "accept")
    await page.click("main button:has-text('Record the call')")
    await expect(page.locator("#results li")).to_have_count(2)
    await expect(page.locator("h1")).to_have_text("The call is recorded")
    await axe(page)
    await screenshot(page, "board-called")
    assert await scene.state_of(accepted) == "accepted"
    assert await scene.state_of(nothing_new) == "sent"


@pytest.mark.usefixtures("apart")
async def test_a_call_says_what_may_be_said_of_each_and_where_more_is_recorded(page_as: PageAs, scene: Setting) -> None:
    agreed = await refer(scene, "Synthetic Agreed")
    person = await scene.register("Synthetic Run Out")
    tb = scene.cast.services["tb"]
    until = clock.now() + timedelta(days=1)
    body = {"agency_id": tb["agency_id"], "purpose": "referral", "how_given": "spoken", "expires_at": until.isoformat()}
    kinds = {"may_tell": ["alias", "safe_contact", "person_wants"], "may_tell_us": ["attendance"]}
    await scene.worker.post("intake", f"/people/{person}/consents", {**body, **kinds})
    await scene.start_plan()
    run_out = await scene.refer("tb")
    await scene.journey.travel_to(clock.now() + timedelta(days=2))
    page = await page_as("supervisor", PHONE)
    await page.goto(f"/board/agencies/{tb['agency_id']}/call")
    await expect(page.locator("main a[href^='tel:']").first).to_have_text("020 7946 0001")
    rows = {one: page.locator(".board-row", has=page.locator(f"[value='{one}']")) for one in (agreed, run_out)}
    await expect(rows[agreed]).to_contain_text(
        "You may say: the reference, and the name they go by, what they want, how they may be reached"
    )
    await expect(rows[run_out]).to_contain_text("only the reference. Consent has expired.")
    assert await rows[run_out].locator("a").count() == 0, "nothing more may be told of him"
    await axe(page)
    await screenshot(page, "board-call")
    await rows[agreed].get_by_text("I told them more").click()
    await page.wait_for_url(f"**/referrals/{agreed}/call")
    await page.get_by_text("I shared more than the reference").click()
    await expect(page.locator("[name=told_kinds]").first).to_be_visible()


async def test_reviews_are_signed_many_at_once(page_as: PageAs, scene: Setting) -> None:
    plans: list[str] = []
    for number in range(2):
        await refer(scene, f"Synthetic Review {number}")
        plans.append(scene.cast.plan)
        await scene.worker.post(
            "casework", f"/plans/{scene.cast.plan}/review", {"note": f"both feet on the ground {number} (synthetic)"}
        )
    page = await page_as("supervisor", script=False)
    await page.goto("/board")
    await page.click("text=to sign")
    await expect(page.locator("main")).to_contain_text("Synthetic Review 0")
    await axe_free(page)
    await expect(page.locator("main")).to_contain_text("both feet on the ground 0 (synthetic)")
    assert await page.locator("[name=review]:checked").count() == 0, "nothing is ticked before somebody ticks it"
    await page.click("main button:has-text('Sign what is ticked')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("tick at least one", ignore_case=True)
    for undone in (True, False):
        await page.click("main button:has-text('Select all')")
        await page.click("main button:has-text('Sign what is ticked')")
        await expect(page.locator("h1")).to_contain_text("Sign ")
        await expect(page.locator("main")).to_contain_text("both feet on the ground 1 (synthetic)")
        await page.click("main button:has-text('Sign ')")
        await expect(page.locator("h1")).to_contain_text("Signed: ")
        if undone:
            await page.click("main button:has-text('Undo')")
            await expect(page.locator(".nhsuk-notification-banner--success")).to_contain_text("taken back")
    for plan in plans:
        [review] = await scene.supervisor.every("casework", "/reviews", plan_id=plan)
        assert review["signed_at"] is not None


async def axe_free(page: Any) -> None:
    """Without script axe cannot run; that it is the same page is seen elsewhere."""
    assert await page.locator("main button").count() >= 1


async def moving(scene: Setting, home: Home, how_many: int) -> tuple[str, str, list[str]]:
    """Somebody new to move cases to, and cases of a worker of our own."""
    fresh = await home.hire("worker", f"fresh-{uuid4().hex[:8]}", name=f"Synthetic Fresh {uuid4().hex[:4]}")
    owner = await home.hire("worker", f"owner-{uuid4().hex[:8]}", name="Synthetic Owner")
    cases: list[str] = []
    for number in range(how_many):
        await scene.register(f"Synthetic Move {number}")
        body = {"person_id": scene.cast.person, "worker_id": str(owner)}
        cases.append((await scene.supervisor.post("casework", "/cases", body))["id"])
    return str(owner), str(fresh), cases


async def test_cases_move_with_a_bar_and_each_says_what_became_of_it(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    owner, fresh, cases = await moving(scene, home, 4)
    stays = cases.pop()
    page = await page_as("supervisor", DESK)
    await page.goto(f"/board/caseloads/{owner}")
    assert await page.locator("[name=case]:checked").count() == 0, "nobody is moved by being overlooked"
    for case in cases:
        await page.check(f"[name=case][value='{case}']")
    await page.select_option("[name=to]", fresh)
    await page.click("main button:has-text('Move what is ticked')")
    await expect(page.locator("#transfer h2")).to_contain_text("Move 3 cases to")
    await expect(page.locator("#transfer li")).to_have_count(3)
    await page.click("main button:has-text('Move 3 cases')")
    await expect(page.locator("#transfer h2")).to_have_text("All moved")
    await expect(page.locator("#moves li[data-moved=yes]")).to_have_count(3)
    assert await page.get_attribute("#progress", "value") == "3"
    await axe(page)
    await screenshot(page, "board-moved")
    for case in cases:
        assert (await scene.worker.get("casework", f"/cases/{case}"))["worker_id"] == fresh
    assert (await scene.worker.get("casework", f"/cases/{stays}"))["worker_id"] == owner
    given = await scene.supervisor.every("casework", "/tasks", kind="case_given")
    assert {one["case_id"] for one in given if one["worker_id"] == fresh} == {*cases}, "who gets them is told"
    await page.click("main button:has-text('Undo')")
    await expect(page.locator("h1")).to_have_text("All moved")
    for case in cases:
        assert (await scene.worker.get("casework", f"/cases/{case}"))["worker_id"] == owner


async def test_a_move_that_is_interrupted_says_so_and_goes_on_by_itself(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    owner, fresh, cases = await moving(scene, home, 5)
    page = await page_as("supervisor", PHONE)
    page.set_default_timeout(PATIENCE)
    trouble = page.locator("[data-trouble]")
    await page.goto(f"/board/caseloads/{owner}")
    await page.click("main button:has-text('Select all')")
    await expect(page.locator("[name=case]:checked")).to_have_count(len(cases))
    await page.select_option("[name=to]", fresh)
    await page.click("main button:has-text('Move what is ticked')")
    await expect(page.locator("#transfer h2")).to_contain_text("Move 5 cases")
    with silent(home, "casework"):
        await page.click("main button:has-text('Move 5 cases')")
        await expect(trouble).to_contain_text("We cannot reach a part of Alongside", timeout=PATIENCE)
        await expect(trouble).to_contain_text("It will not be sent twice. Press again")
        assert await page.locator("#transfer [name=case]").count() == len(cases), "it can be pressed again"
        await axe(page)
        await screenshot(page, "board-moving-away")
    asked: list[str] = []

    async def no_line(route: Route) -> None:
        """From the second part on, until it has been asked for three times."""
        asked.append(route.request.method)
        await (route.abort() if 1 < len(asked) < 4 else route.continue_())

    await page.route(f"**/board/caseloads/{owner}", no_line)
    await page.click("main button:has-text('Move 5 cases')")
    goes_on = "It continues automatically as soon as it can."
    await expect(trouble).to_have_text(f"You are offline. It will not be sent twice. {goes_on}")
    assert await page.get_attribute("#progress", "value") == "2"
    await axe(page)
    await screenshot(page, "board-moving-stopped")
    await expect(page.locator("#transfer h2")).to_have_text("All moved", timeout=PATIENCE)
    await expect(page.locator("#moves li[data-moved=yes]")).to_have_count(len(cases))
    await expect(trouble).to_be_empty()
    for case in cases:
        assert (await scene.worker.get("casework", f"/cases/{case}"))["worker_id"] == fresh


async def test_a_move_sent_from_a_page_too_old_says_so(page_as: PageAs, scene: Setting, home: Home) -> None:
    owner, fresh, _ = await moving(scene, home, 1)
    await home.hire("supervisor", name := f"old-page-{uuid4().hex[:8]}")
    page = await page_as("supervisor", PHONE, sign_in=name)
    await page.goto(f"/board/caseloads/{owner}")
    await page.check("[name=case]")
    await page.select_option("[name=to]", fresh)
    await page.evaluate("document.querySelector('#transfer [name=csrf]').value = 'of an earlier session'")
    await page.click("main button:has-text('Move what is ticked')")
    await expect(page.locator("[data-trouble]")).to_contain_text("Please send this again. Your changes were not saved")
    await home.end_sessions(name)
    await page.wait_for_timeout(1_100)  # within a second a button takes the second press for the first
    await page.click("main button:has-text('Move what is ticked')")
    await page.wait_for_url("**/sign-in**")


async def test_without_script_all_move_in_one_go(page_as: PageAs, scene: Setting, home: Home) -> None:
    owner, fresh, cases = await moving(scene, home, 3)
    page = await page_as("supervisor", script=False)
    await page.goto(f"/board/caseloads/{owner}")
    await page.click("main button:has-text('Select all')")
    await page.click("main button:has-text('Move what is ticked')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("choose another worker", ignore_case=True)
    await page.select_option("[name=to]", fresh)
    await page.click("main button:has-text('Move what is ticked')")
    await page.click("main button:has-text('Move 3 cases')")
    await expect(page.locator("h1")).to_have_text("All moved")
    await expect(page.locator("#moves li")).to_have_count(len(cases))


@pytest.mark.parametrize("script", [True, False])
async def test_cases_of_several_workers_move_together(
    page_as: PageAs, scene: Setting, home: Home, script: bool
) -> None:
    first, fresh, [one, stays] = await moving(scene, home, 2)
    _, _, [two] = await moving(scene, home, 1)
    for case in (one, stays, two):
        await plan(scene, case)
    page = await page_as("supervisor", DESK, script=script)
    await page.goto("/board?all=yes&kind=plan")
    await click_through(page.locator("text=Move cases to another worker"))
    assert "kind=plan" in page.url and await page.locator("[name=case]:checked").count() == 0
    if script:
        await axe(page)
    await page.select_option("[name=to]", fresh)
    await page.click("main button:has-text('Move what is ticked')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("tick at least one", ignore_case=True)
    for case in (one, two):
        await page.check(f"[name=case][value='{case}']")
    # A colleague is faster with one of them: it stays where the colleague put it, and says so.
    elsewhere = str(await home.hire("worker", f"else-{uuid4().hex[:8]}", name="Synthetic Elsewhere"))
    await scene.supervisor.post("casework", f"/cases/{two}/reassign", {"worker_id": elsewhere})
    await page.select_option("[name=to]", fresh)
    await page.click("main button:has-text('Move what is ticked')")
    await page.click("main button:has-text('Move 2 cases')")
    await expect(page.locator("#moves li")).to_have_count(2)
    kept = page.locator("#moves li[data-moved=no]")
    await expect(kept).to_contain_text("Synthetic Move 0: not moved. It is not an open case of this worker.")
    await expect(kept).to_contain_text("The case is with Synthetic Elsewhere now.")
    await expect(page.locator("main")).to_contain_text("Some could not be moved")
    if script:
        await axe(page)
        await screenshot(page, "board-moved-some")
    held = [(await scene.worker.get("casework", f"/cases/{case}"))["worker_id"] for case in (one, two, stays)]
    assert held == [fresh, elsewhere, first]


async def plan(scene: Setting, case: str) -> None:
    """Start a plan, so that the board has a row of the case."""
    await scene.worker.post("casework", f"/cases/{case}/plan", {"goals": ["a dry place (synthetic)"]})


async def test_a_press_sent_twice_moves_once_and_contacts_stay_with_whoever_wrote_them(
    hand: Hand, scene: Setting, home: Home
) -> None:
    owner, fresh, cases = await moving(scene, home, 2)
    person = (await scene.worker.get("casework", f"/cases/{cases[0]}"))["person_id"]
    await scene.worker.post("intake", f"/people/{person}/contacts", {"kind": "met", "channel": "in_person"})
    before = await scene.worker.every("intake", f"/people/{person}/contacts")
    await hand.sign_in("supervisor", PASSWORD)
    await hand.get("/board")
    froms = {f"from-{case}": owner for case in cases}
    sent = {"to": fresh, "case": cases, "confirm": "yes", "once": str(uuid4()), **froms}
    answers = await asyncio.gather(*(hand.post("/board/move", sent) for _ in range(3)))
    assert {(answer.status_code, heading(answer)) for answer in answers} == {(200, "All moved")}
    for case in cases:
        assert (await scene.worker.get("casework", f"/cases/{case}"))["worker_id"] == fresh
    assert await scene.worker.every("intake", f"/people/{person}/contacts") == before
    loads: Any = await scene.supervisor.get("casework", "/caseloads")
    assert [row["cases"] for row in loads if row["worker_id"] == fresh] == [2]
    # With the same page once more, under a new key: none of the cases is with the first worker any more.
    again = await hand.post("/board/move", {**sent, "once": str(uuid4()), "to": owner})
    assert heading(again) == "None could be moved" and again.text.count("this worker") == 2


async def test_somebody_who_waits_gets_a_worker(page_as: PageAs, scene: Setting, home: Home) -> None:
    fresh = str(await home.hire("worker", f"room-{uuid4().hex[:8]}", name="Synthetic Room"))
    await scene.register("Synthetic Waits")
    case = await scene.supervisor.post("casework", "/cases", {"person_id": scene.cast.person})
    assert case["stage"] == "waiting"
    page = await page_as("supervisor", PHONE)
    await page.goto("/board/caseloads")
    await axe(page)
    form = page.locator(f"form[action='/board/caseloads/waiting/{case['id']}']")
    await form.locator("button").click()
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("choose who carries on", ignore_case=True)
    await axe(page)
    await form.locator("select").select_option(fresh)
    await form.locator("button").click()
    await expect(page.locator(".nhsuk-notification-banner--success")).to_be_visible()
    assert (await scene.worker.get("casework", f"/cases/{case['id']}"))["worker_id"] == fresh
