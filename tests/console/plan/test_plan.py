"""The page of a plan: goals and who does what, needs and their change, its referrals, and its commands."""

from uuid import uuid4

from playwright.async_api import Page, expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.console.conftest import DESK, PHONE, PageAs
from tests.console.looks import axe, looked_at
from tests.console.plan.conftest import WANTED, score
from tests.console.referral.conftest import follow, pick, press


async def opened(page_as: PageAs, plan: Json, width: int = PHONE, *, script: bool = True) -> Page:
    page = await page_as("worker", width, script=script)
    await page.goto(f"/plans/{plan['id']}")
    return page


async def test_without_script_goals_and_actions_are_added_and_ticked(page_as: PageAs, plan: Json) -> None:
    page = await opened(page_as, plan, script=False)
    await page.click("summary:has-text('Add a goal')")
    await press(page, "Add the goal")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("must not be empty", ignore_case=True)
    await page.fill("[name=words]", "his own key (synthetic)")
    await press(page, "Add the goal")
    await expect(page.locator("main")).to_contain_text("his own key (synthetic)")
    await page.click("summary:has-text('Add something to do')")
    await page.fill("[name=what]", "ring the hostel (synthetic)")
    await page.select_option("[name=goal_id]", label=WANTED)
    await press(page, "Add it")
    with_goal = page.locator(".plan-goal", has_text=WANTED)
    await expect(with_goal).to_contain_text("We do: ring the hostel (synthetic)")
    await press(page, "It is done")
    await expect(with_goal).to_contain_text("ring the hostel (synthetic). Done")
    await press(page, "Not done after all")
    await expect(with_goal).not_to_contain_text(". Done")
    await expect(page.locator("main")).to_contain_text("Something agreed was done")
    await follow(page, "Change")
    await page.fill("[name=cadence_days]", "3")
    await press(page, "Change it")
    await expect(page.locator("#standing")).to_contain_text("Every 3 days")


async def test_a_sentence_without_a_score_and_a_score_off_the_scale_are_named(page_as: PageAs, plan: Json) -> None:
    page = await opened(page_as, plan)
    await follow(page, "Fill in the needs form")
    await page.fill("[name='domains.drugs.sentence']", "he would not say (synthetic)")
    await page.fill("[name='domains.alcohol.sentence']", "x" * 4001)
    await score(page, "alcohol", 3)
    await page.evaluate("document.querySelector('[name=\"domains.money_and_benefits.score\"]').value = '7'")
    await page.locator("[name='domains.money_and_benefits.score'] + label").first.click()
    await press(page, "Save assessment")
    summary = page.locator(".nhsuk-error-summary")
    await expect(summary.locator("li")).to_have_count(3)
    await expect(summary).to_contain_text("Drugs: give a score to what you wrote, or clear it")
    await expect(summary).to_contain_text("Alcohol: one sentence: must be at most 4000 characters")
    await expect(summary).to_contain_text("Money and benefits: must be a number from 1 to 5")
    await expect(page.locator("[name='domains.drugs.sentence']")).to_have_value("he would not say (synthetic)")
    await axe(page)
    await summary.locator("a", has_text="Drugs").click()
    await expect(page.locator("[name='domains.drugs.score']").first).to_be_focused()


async def test_needs_are_assessed_again_and_their_change_is_seen(page_as: PageAs, scene: Setting, plan: Json) -> None:
    page = await opened(page_as, plan)
    await expect(page.locator("main")).to_contain_text("No needs form yet")
    await follow(page, "Fill in the needs form")
    await looked_at(page)
    await press(page, "Save assessment")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("score at least one", ignore_case=True)
    await score(page, "alcohol", 4, "a bottle a day (synthetic)")
    await score(page, "drugs", 1)
    await press(page, "Save assessment")
    await expect(page.locator("tr", has_text="Alcohol")).to_contain_text("First look")
    await follow(page, "Fill in the needs form again")
    await expect(page.locator("fieldset", has_text="Alcohol")).to_contain_text("Last time 4")
    await score(page, "alcohol", 2, "only at night (synthetic)")
    await score(page, "accommodation", 5)
    await press(page, "Save assessment")
    rows = page.locator("#needs ~ table tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.filter(has_text="Alcohol")).to_contain_text("Better: was 4")
    await expect(rows.filter(has_text="Alcohol")).to_contain_text("only at night (synthetic)")
    await expect(rows.filter(has_text="Drugs")).to_contain_text("First look")
    await expect(page.locator("svg.plot desc")).to_contain_text("Alcohol: 2. Better: was 4")
    await expect(page.locator("main")).to_contain_text("Not looked at yet: Physical health")
    await looked_at(page, "plan")
    looks = await scene.worker.every("casework", f"/cases/{plan['case_id']}/needs-assessments")
    assert [len(look["domains"]) for look in looks] == [2, 2]


async def test_a_plan_is_paused_resumed_reviewed_and_closed_from_its_page(
    page_as: PageAs, scene: Setting, plan: Json
) -> None:
    page = await opened(page_as, plan)
    await follow(page, "Pause the plan")
    await pick(page, "Prison")
    await press(page, "Pause it")
    await follow(page, "Back to the plan")
    await expect(page.locator("#standing")).to_contain_text("Paused (prison, hospital, away)")
    await happened(scene, page, "Paused")
    await follow(page, "End the pause")
    await press(page, "End the pause")
    await follow(page, "Back to the plan")
    await expect(page.locator("#standing")).to_contain_text("Running since")
    await expect(page.locator("main a", has_text="Pause the plan")).to_be_visible()
    await follow(page, "The plan was looked at together")
    await press(page, "It was looked at")
    await follow(page, "Back to the plan")
    await happened(scene, page, "The plan was looked at together: Synthetic worker")
    assert not await page.locator("main a", has_text="Close the plan").count(), "closing is a supervisor's"
    supervisor = await page_as("supervisor", DESK)
    await supervisor.goto(f"/plans/{plan['id']}")
    await follow(supervisor, "Close the plan")
    await pick(supervisor, "Goals met")
    await press(supervisor, "Close it")
    await follow(supervisor, "Back to the plan")
    await expect(supervisor.locator("#standing")).to_contain_text("Closed")
    await expect(supervisor.locator("main")).to_contain_text("Nothing: the plan is closed (goals met)")
    await expect(supervisor.locator("main button")).to_have_count(0)
    await axe(supervisor)


async def happened(scene: Setting, page: Page, text: str) -> None:
    """Wait until the plan's timeline shows this text."""

    async def told() -> bool | None:
        await page.reload()
        return text in await page.inner_text("h2:has-text('What happened') + ol") or None

    await scene.soon(told)


async def test_its_referrals_are_shown_with_their_state_and_other_referrals_apart(
    page_as: PageAs, scene: Setting, newcomer: str, plan: Json
) -> None:
    async def draft(pathway: str, **more: str) -> str:
        told = {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"}
        body = {"person_id": newcomer, "service_id": scene.cast.services[pathway]["id"], "told": told, **more}
        return str((await scene.worker.post("referrals", "/referrals", body))["id"])

    ours, other = await draft("tb", plan_id=plan["id"]), await draft("housing")
    page = await opened(page_as, plan)
    mine = page.locator("#referrals + ul")
    await expect(mine.locator("li")).to_have_count(1)
    await expect(mine).to_contain_text("Chest clinic")
    await expect(mine).to_contain_text("Not sent yet")
    await expect(mine.locator(f"a[href='/referrals/{ours}/preview']")).to_be_visible()
    apart = page.locator("h3:has-text('Other referrals') + ul")
    await expect(apart.locator(f"a[href='/referrals/{other}']")).to_have_text("Housing options")
    await axe(page)


async def test_another_teams_plan_is_not_there_and_others_do_what_their_role_may(page_as: PageAs, plan: Json) -> None:
    page = await opened(page_as, {"id": str(uuid4())})
    await expect(page.locator("h1")).to_have_text("Page not found")
    missing = await page.goto(f"/plans/{uuid4()}/needs")
    assert missing is not None and missing.status == 404
    guardian = await page_as("guardian")
    await guardian.goto(f"/plans/{plan['id']}")
    await expect(guardian.locator("main")).to_contain_text(WANTED)
    await expect(guardian.locator("main button")).to_have_count(0)
    clinician = await page_as("clinician")
    await clinician.goto(f"/plans/{plan['id']}")
    await expect(clinician.locator("main form")).to_have_count(0)
    await follow(clinician, "Fill in the needs form")
    await score(clinician, "physical_health", 3)
    await press(clinician, "Save assessment")
    await expect(clinician.locator("tr", has_text="Physical health")).to_contain_text("First look")
