"""Reading a rule, changing one with a look at what it does, and who may not."""

from playwright.async_api import Page, expect

from services.console.staff import service as staff
from shared.context import Actor
from tests.console.conftest import DESK, PHONE, PageAs
from tests.console.ladders.conftest import RuleCrew
from tests.console.looks import at_each_width, axe, screenshot
from tests.console.referral.conftest import press

RULE = "/ladders/any.sent"
MARKUP = '<b>bold</b> & "quoted" (synthetic)'

# The form of the page sent twice at once, and where each ends.
TWICE = """() => {
  const form = document.querySelector("main form");
  const send = async () => {
    const answer = await fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
    return new URL(answer.url).pathname + " " + answer.status;
  };
  return Promise.all([send(), send()]);
}"""


async def changing(page: Page, key: str = "any.sent") -> None:
    await page.goto(f"/ladders/{key}/change")


async def no_sideways(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


async def errors(page: Page) -> list[str]:
    """Where the summary leads: the ids of the fields that are wrong."""
    links = page.locator(".nhsuk-error-summary a")
    return [str(await links.nth(n).get_attribute("href")) for n in range(await links.count())]


async def test_the_rules_are_read_with_their_sources(crew: RuleCrew) -> None:
    page = await crew.page("worker")
    await page.goto("/ladders")
    await expect(page.locator("h2").first).to_have_text("Every service")
    await expect(page.locator("main")).to_contain_text("NICE QS141")
    await expect(page.locator("main")).to_contain_text("Source: ours")
    async for _ in at_each_width(page):
        await axe(page)
        await no_sideways(page)
        await screenshot(page, "ladders")
    await page.click("main a:has-text('Reply clock')")
    main = page.locator("main")
    await expect(main).to_contain_text("A referral is sent on Mon")
    await expect(main).to_contain_text("Every team starts from it")
    await expect(main).to_contain_text("Remind the service: 2 working days before the time is up")
    picture = page.get_by_role("img", name="A typical case")
    assert await picture.locator("path").count() == 7, "six steps, and the end of the time"
    assert await picture.locator(".mark--late").count() == 4, "the steps after it"
    await expect(picture.locator("desc")).to_contain_text("Tell the supervisor")
    await expect(main.get_by_role("button")).to_have_count(0)
    async for _ in at_each_width(page):
        await axe(page)
        await no_sideways(page)
        await screenshot(page, "ladder")


async def test_a_rule_is_changed_after_a_look_at_what_it_does(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await page.goto(RULE)
    await page.click("main a:has-text('Change this rule')")
    async for _ in at_each_width(page):
        await axe(page)
        await no_sideways(page)
    await page.fill("[name='length.n']", "3")
    await page.check("[name=how][value=own]")
    async for _ in at_each_width(page):
        await axe(page)
        await no_sideways(page)
    await page.locator(".ladder-step", has_text="Step 1").get_by_role("button").click()
    await expect(page.locator(".ladder-step")).to_have_count(5)
    await page.fill("[name='ladder.2.days']", "1")
    await page.fill("[name=agreed]", MARKUP)
    await screenshot(page, "ladder-change")
    await press(page, "See what it does")
    main = page.locator("main")
    await expect(main).to_contain_text("It may take 3 working days, instead of 5 working days.")
    await expect(main).to_contain_text("No longer: remind the service.")
    await expect(main).to_contain_text("1 working day after the time is up")
    await expect(main).to_contain_text("What runs already keeps the rule it began with.")
    await expect(main).to_contain_text(MARKUP)
    async for width in at_each_width(page):
        now = await page.locator("section", has_text="As it is:").bounding_box()
        then = await page.locator("section", has_text="As it would be:").bounding_box()
        assert now is not None and then is not None
        assert (then["x"] > now["x"]) == (width == DESK) and (then["y"] > now["y"]) == (width == PHONE)
        await axe(page)
        await no_sideways(page)
        await screenshot(page, "ladder-preview")
    assert len(await crew.versions("any.sent")) == 1, "a look changes nothing"
    await press(page, "Change the rule")
    await expect(main).to_contain_text("The rule is changed.")
    await expect(main).to_contain_text("by Synthetic supervisor of a crew")
    await expect(main).to_contain_text("It may take 3 working days, instead of 5 working days.")
    async for _ in at_each_width(page):
        await axe(page)
        await no_sideways(page)
        await screenshot(page, "ladder-changed")
    old, new = await crew.versions("any.sent")
    assert (old["length"]["n"], new["length"]["n"], new["changed_by"]) == (5, 3, str(crew.ids["supervisor"]))
    assert [step["action"] for step in new["steps"]][:2] == ["ask_worker", "tell_supervisor"]
    await page.goto("/ladders")
    await expect(main).to_contain_text("3 working days, 5 steps (changed by your team)")


async def test_without_script_steps_come_and_go_and_nothing_is_lost(crew: RuleCrew) -> None:
    page = await crew.page("supervisor", script=False)
    await changing(page)
    await page.check("[name=how][value=own]")
    for n in (0, 1, 3):
        await page.fill(f"[name='ladder.{n}.every']", "9")
        await page.click(f"[name=press][value=remove-{n}]")
        await page.wait_for_load_state()
        await expect(page.locator(f"[name='ladder.{n}.every']")).to_have_count(0)
    await page.fill("[name='ladder.2.days']", "7")
    await press(page, "Add a step")
    assert page.url.endswith("/change#steps")
    await expect(page.locator("[name='ladder.2.days']")).to_have_value("7")
    await expect(page.locator("[name='ladder.6.action']")).to_have_value("remind_agency")
    assert len(await crew.versions("any.sent")) == 1, "a step in the form is no step of the rule"
    await page.select_option("[name='ladder.6.when']", "before")
    await page.fill("[name='ladder.6.days']", "1")
    # Enter looks ahead: it takes no step away.
    async with page.expect_navigation():
        await page.press("[name='ladder.6.days']", "Enter")
    await expect(page.locator("h1")).to_contain_text("What the change does")
    await press(page, "Change something else")
    await expect(page.locator("[name='ladder.2.days']")).to_have_value("7")
    await press(page, "See what it does")
    await press(page, "Change the rule")
    new = (await crew.versions("any.sent"))[-1]
    assert [(step["action"], step["days"]) for step in new["steps"]] == [
        ("remind_agency", 1), ("offer_alternative", 5), ("tell_supervisor", 7), ("case_conference", 10),
    ]  # fmt: skip


async def test_what_is_urgent_has_hours_and_what_counts_back_an_appointment(crew: RuleCrew) -> None:
    page = await crew.page("supervisor", DESK)
    main = page.locator("main")
    await changing(page, "any.question")
    await page.fill("[name='length.n']", "4")
    await page.select_option("[name='length.unit']", "hours")
    await press(page, "See what it does")
    await expect(main).to_contain_text("Ask the worker to see to it: on Mon")
    await expect(main).to_contain_text("at 12pm, instead of Mon")
    await axe(page)
    await screenshot(page, "ladder-hours")
    await changing(page, "any.booked.told")
    assert await page.locator("[name='length.unit'] option").count() == 1
    await page.fill("[name='length.n']", "2")
    await press(page, "See what it does")
    await expect(main).to_contain_text("It may take until 2 working days before the appointment, instead of until 1")
    await axe(page)
    await screenshot(page, "ladder-told")
    await press(page, "Change the rule")
    assert (await crew.versions("any.booked.told"))[-1]["length"] == {"n": 2, "unit": "before_date"}


async def test_off_needs_a_reason_and_the_default_can_be_had_again(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await changing(page, "gp.written_reason")
    await page.check("[name=how][value=off]")
    await press(page, "See what it does")
    assert await errors(page) == ["#off-reason"]
    await axe(page)
    await page.fill("[name=off_reason]", "we ring them every week (synthetic)")
    await press(page, "See what it does")
    await expect(page.locator("main")).to_contain_text("There are no automatic steps any more.")
    await axe(page)
    await press(page, "Change the rule")
    await expect(page.locator("main")).to_contain_text("we ring them every week (synthetic)")
    await page.click("main a:has-text('Go back to what every team starts from')")
    await expect(page.locator("main")).to_contain_text("New: ask the worker to ring them")
    await axe(page)
    await press(page, "Change the rule")
    await expect(page.locator("main")).to_contain_text("back to what every team starts from")
    await expect(page.locator("main a:has-text('Go back')")).to_have_count(0)
    first, off, last = await crew.versions("gp.written_reason")
    assert off["ladder"] == "off" and last["as_default"]
    assert (first["length"], first["source"]) == (last["length"], last["source"])


async def test_every_mistake_is_named_at_its_field(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await changing(page)
    await page.fill("[name='length.n']", "0")
    await page.check("[name=how][value=own]")
    await page.fill("[name='ladder.0.days']", "")
    await page.fill("[name='ladder.1.days']", "3")
    await page.fill("[name='ladder.5.every']", "soon")
    await press(page, "See what it does")
    assert await errors(page) == ["#length-n", "#ladder-0-days", "#ladder-1-days", "#ladder-5-every"]
    await axe(page)
    await no_sideways(page)
    await screenshot(page, "ladder-mistakes")
    await expect(page.locator("[name='ladder.5.every']")).to_have_value("soon")
    # What only the rules know: too long, twice the same, earlier than the beginning.
    await page.fill("[name='length.n']", "900")
    await page.select_option("[name='ladder.0.action']", "tell_supervisor")
    await page.fill("[name='ladder.0.days']", "5")
    await page.fill("[name='ladder.1.days']", "")
    await page.fill("[name='ladder.5.every']", "20")
    await press(page, "See what it does")
    assert await errors(page) == ["#length-n", "#ladder-2-action"]
    await page.fill("[name='length.n']", "5")
    await page.select_option("[name='ladder.0.action']", "remind_agency")
    await press(page, "See what it does")
    assert await errors(page) == ["#ladder-0-days"]
    await page.fill("[name='ladder.0.days']", "1")
    await page.fill("[name=agreed]", "x" * 181)
    await press(page, "See what it does")
    assert await errors(page) == ["#agreed"]
    await page.fill("[name=agreed]", "")
    await page.fill("[name='ladder.0.days']", "2")
    await page.check("[name=how][value=default]")
    await press(page, "See what it does")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("there is nothing to change", ignore_case=True)
    assert len(await crew.versions("any.sent")) == 1


async def test_who_comes_second_is_told_what_the_first_did(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await changing(page)
    await page.fill("[name='length.n']", "4")
    await crew.change("any.sent", 1, length={"n": 7, "unit": "working_days"}, source="ours")
    await press(page, "See what it does")
    main = page.locator("main")
    await expect(page.locator("h1")).to_contain_text("changed this rule first")
    await expect(main).to_contain_text("It may take 7 working days, instead of 5 working days.")
    await axe(page)
    await no_sideways(page)
    await screenshot(page, "ladder-stale")
    await press(page, "Look at my change again")
    await expect(main).to_contain_text("It may take 4 working days, instead of 7 working days.")
    await crew.change("any.sent", 2, length={"n": 8, "unit": "working_days"}, source="ours")
    await press(page, "Change the rule")
    await expect(main).to_contain_text("Your change was not saved.")
    await expect(main).to_contain_text("It may take 8 working days, instead of 7 working days.")
    assert [one["length"]["n"] for one in await crew.versions("any.sent")] == [5, 7, 8]
    await press(page, "Look at my change again")
    await press(page, "Change the rule")
    assert [one["length"]["n"] for one in await crew.versions("any.sent")] == [5, 7, 8, 4]


async def test_pressed_twice_there_is_one_version(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await changing(page)
    await page.fill("[name='length.n']", "6")
    await press(page, "See what it does")
    assert await page.evaluate(TWICE) == [f"{RULE} 200", f"{RULE} 200"]
    assert [one["length"]["n"] for one in await crew.versions("any.sent")] == [5, 6]
    await press(page, "Change the rule")
    await expect(page.locator("main")).to_contain_text("The rule is changed.")
    assert [one["length"]["n"] for one in await crew.versions("any.sent")] == [5, 6]


async def test_a_worker_reads_and_changes_nothing(crew: RuleCrew) -> None:
    page = await crew.page("worker")
    await page.goto(RULE)
    await expect(page.locator("main a:has-text('Change')")).to_have_count(0)
    for below in ("/change", "/default"):
        answer = await page.goto(RULE + below)
        assert answer is not None and answer.status == 403


async def test_another_teams_rules_are_not_there(crew: RuleCrew, page_as: PageAs) -> None:
    await crew.change("any.sent", 1, length={"n": 9, "unit": "working_days"}, source="ours")
    page = await page_as("supervisor")
    for path in (
        f"{RULE}?team={crew.team}",
        f"{RULE}/change?team={crew.team}",
        "/ladders/no.such",
        "/ladders/..%2Fpeople",
    ):
        answer = await page.goto(path)
        assert answer is not None and answer.status == 404, path
    await page.goto(RULE)
    await expect(page.locator("main")).not_to_contain_text("9 working days")


async def test_what_no_team_changes_says_why(crew: RuleCrew) -> None:
    page = await crew.page("supervisor")
    await page.goto("/ladders/any.draft")
    await expect(page.locator("main")).to_contain_text("No team changes this rule: no time runs here")
    await axe(page)
    answer = await page.goto("/ladders/any.draft/change")
    assert answer is not None and answer.status == 409
    await axe(page)


async def test_who_is_in_two_teams_says_which(crew: RuleCrew) -> None:
    async with crew.home.database.transaction(Actor.service("console")) as tx:
        await staff.put_in_teams(tx, crew.ids["supervisor"], [crew.team, crew.home.team])
    page = await crew.page("supervisor")
    await page.goto(f"/ladders?team={crew.team}")
    await expect(page.locator("nav[aria-label=Team] strong")).to_have_text(crew.name)
    await axe(page)
    await page.click("main a:has-text('Reply clock')")
    await page.click("main a:has-text('Change this rule')")
    await page.fill("[name='length.n']", "8")
    await press(page, "See what it does")
    await press(page, "Change the rule")
    assert str(crew.team) in page.url
    assert [one["length"]["n"] for one in await crew.versions("any.sent")] == [5, 8]
    await page.goto(f"{RULE}?team={crew.home.team}")
    await expect(page.locator("main")).not_to_contain_text("8 working days")
