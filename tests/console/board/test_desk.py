"""The board at a desk with forty cases: a table with one line a person, sorted, searched, opened, by keyboard alone."""

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text

from deploy.demo.setting import Setting
from services.console.board.gather import MOST_BY_NAME
from shared.context import Actor
from shared.db.session import Database
from tests.console.board.test_board import small
from tests.console.click import click_through
from tests.console.conftest import DESK, PHONE, Home, PageAs
from tests.console.looks import at_each_width, axe, names_stand_alone, screenshot

CASES, FEW, SCREEN, SCREENS, LINE, ON_A_SCREEN, TABS = 40, 5, 900, 4, 44, 15, 5


async def people_with_referrals(scene: Setting, home: Home, how_many: int) -> list[str]:
    """Open a case with a plan and a written referral for each, by two workers in turn; return the people."""
    workers = [str(await home.hire("worker", f"desk-{uuid4().hex[:8]}", name=f"Synthetic {name}")) for name in "AB"]
    named = [f"Synthetic Person {number:02}" for number in range(how_many)]
    people = [(await scene.worker.post("intake", "/people", {"alias": name}))["id"] for name in named]
    for number, person in enumerate(people):
        of = {"person_id": person, "worker_id": workers[number % 2]}
        case = await scene.supervisor.post("casework", "/cases", of)
        plan = await scene.worker.post("casework", f"/cases/{case['id']}/plan", {"goals": ["a dry place (synthetic)"]})
        told = {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"}
        about = {"person_id": person, "case_id": case["id"], "plan_id": plan["id"], "told": told}
        service = scene.cast.services["tb"]["id"]
        await scene.worker.post("referrals", "/referrals", {**about, "service_id": service, "pathway": "tb"})

    async def shown() -> bool | None:
        """Both rows of everybody"""
        return True if len(await scene.supervisor.every("casework", "/board", limit=200)) == 2 * how_many else None

    await scene.soon(shown)
    return people


_VISIBLE = """() => [...document.querySelectorAll("[data-line]")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}).length"""


async def names(page: Page) -> list[str]:
    return [text.split(" (")[0].strip() for text in await page.locator(".board-name bdi").all_inner_texts()]


@pytest.mark.usefixtures("apart")
async def test_forty_people_are_a_table_of_short_lines(page_as: PageAs, scene: Setting, home: Home) -> None:
    await people_with_referrals(scene, home, CASES)
    page = await page_as("supervisor", DESK)
    await page.set_viewport_size({"width": DESK, "height": SCREEN})
    await page.goto("/board?all=yes")
    lines = page.locator("[data-line]")
    await expect(lines).to_have_count(CASES)
    heights = set(await lines.evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().height))"))
    assert heights == {LINE}, heights
    assert await page.evaluate(_VISIBLE) >= ON_A_SCREEN
    await screenshot(page, "board-desk")
    await small(page)
    # The first line is a few tabs away, on the whole board too.
    await page.goto("/board")
    assert await page.evaluate("document.documentElement.scrollHeight") <= SCREENS * SCREEN
    tabs = 0
    while tabs < TABS and not await page.evaluate("Boolean(document.activeElement.closest('[data-line]'))"):
        await page.keyboard.press("Tab")
        tabs += 1
        if await page.evaluate("document.activeElement.hash === '#list'"):
            await page.keyboard.press("Enter")
    assert (
        await page.evaluate("document.activeElement.closest('[data-line]').matches('[data-line] ~ [data-line]')")
        is False
    )
    assert await page.evaluate(_VISIBLE) >= ON_A_SCREEN
    async for width in at_each_width(page):
        await axe(page)
        await screenshot(page, "board-forty")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"the board is {wide} wide"
    await names_stand_alone(page, ["Synthetic Person 07"])


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("script", [True, False])
async def test_sorted_searched_and_opened(page_as: PageAs, scene: Setting, home: Home, script: bool) -> None:
    people = await people_with_referrals(scene, home, FEW)
    page = await page_as("supervisor", DESK, script=script)
    await page.goto("/board?all=yes")
    await page.locator("thead").get_by_role("link", name="Person").click()
    await page.wait_for_url("**sort=name")
    assert await names(page) == [f"Synthetic Person {number:02}" for number in range(FEW)]
    await expect(page.locator("[aria-sort=ascending]")).to_have_text("Person▲")
    await page.locator("thead").get_by_role("link", name="Person").click()
    await page.wait_for_url("**sort=-name")
    assert (await names(page))[0] == f"Synthetic Person {FEW - 1:02}"
    await page.locator("thead").get_by_role("link", name="Worker").click()
    await page.wait_for_url("**sort=worker_name")
    assert (await names(page))[:2] == ["Synthetic Person 00", "Synthetic Person 02"]
    for column in ("Days", "Next step", "State"):
        await page.locator("thead").get_by_role("link", name=column).click()
        await expect(page.locator("[data-line]")).to_have_count(FEW)
    # A name is posted: ids alone stand in the address.
    await page.fill("#find", "person 04")
    await page.locator(".board-search button").click()
    await page.wait_for_url("**person=**")
    assert page.url.endswith(f"person={people[4]}")
    assert await names(page) == ["Synthetic Person 04"]
    await page.locator(".board-more summary").click()
    opened = page.locator(".board-parts")
    await expect(opened).to_contain_text("Case plan")
    await expect(opened).to_contain_text("Referral to")
    if script:
        await axe(page)
        await screenshot(page, "board-opened")
    await page.get_by_role("link", name="Show everyone").click()
    await page.fill("#find", "nobody like that")
    await page.locator(".board-search button").click()
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("nobody has that name", ignore_case=True)
    # What is ticked on the board is ticked on the page that names it.
    await page.goto("/board?all=yes&sort=name")
    for number in (1, 3):
        await page.locator("[name=pick]").nth(number).check()
    await page.click("text=Move the ticked cases")
    await expect(page.locator("[name=case]:checked")).to_have_count(2)
    await expect(page.locator("main")).to_contain_text("Synthetic Person 03")
    await expect(page.locator("main")).not_to_contain_text("Synthetic Person 04")


@pytest.mark.usefixtures("apart")
async def test_by_keys_that_can_be_switched_off(page_as: PageAs, scene: Setting, home: Home) -> None:
    people = await people_with_referrals(scene, home, FEW)
    page = await page_as("supervisor", DESK)
    await page.goto("/board?all=yes&sort=name")
    on = page.locator("[data-line]:focus-within .board-name")
    for key, number in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        await page.keyboard.press(key)
        await expect(on).to_contain_text(f"Synthetic Person {number:02}")
    line = page.locator(f"#line-{people[1]}")
    await page.keyboard.press("Space")
    await expect(line.locator(".board-parts")).to_be_visible()
    await page.keyboard.press("x")
    await expect(line.locator("[name=pick]")).to_be_checked()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await axe(page)
    await page.click("#keys-switch")
    await expect(page.locator("#keys-state")).to_have_text("The keys are off in this browser.")
    await page.keyboard.press("Escape")
    await page.reload()
    await page.keyboard.press("j")
    await expect(on).to_have_count(0)
    await page.click("#keys-open")
    await page.click("#keys-switch")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.type("?j")
    await expect(page.locator("#keys")).to_be_hidden()  # what is typed into a field is no key
    assert await page.input_value("#find") == "?j"
    await page.locator(".board-name").first.focus()
    await page.keyboard.press("a")
    await page.wait_for_url("**/act/on-it")
    await page.go_back()
    await page.locator(".board-name").nth(2).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Synthetic Person 02")


@pytest.mark.usefixtures("apart")
async def test_a_phone_has_a_card_for_each_person(page_as: PageAs, scene: Setting, home: Home) -> None:
    people = await people_with_referrals(scene, home, 2)
    page = await page_as("supervisor", PHONE)
    await page.goto("/board?all=yes&sort=name")
    card = page.locator(f"#line-{people[0]}")
    await expect(card).to_contain_text("Waits for")
    box = await card.bounding_box()
    assert box is not None and box["x"] + box["width"] <= PHONE
    await card.locator("summary").click()
    await expect(card.locator(".board-parts")).to_contain_text("Referral to")
    await axe(page)
    await screenshot(page, "board-cards")


# As many rows as a board of a whole city has, written as the projection writes them: each of somebody of their own.
_MANY = """INSERT INTO board_rows (id, team_id, recorded_at, kind, person_id, stage, stalled, waiting_for, who, rule,
  rule_source, next_step, next_at, level, unlocks, last_human_what, last_human_by, ahead, closed, version)
SELECT gen_random_uuid(), :team, now(), 'plan', gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'planned' ELSE 'engaging' END,
  false, 'the next contact', 'us', '', '', 'see the person', now() + n * interval '1 minute', 0, '', '', '', '[]',
  false, 1
FROM generate_series(1, :many) AS n"""


@pytest.mark.usefixtures("apart")
async def test_what_an_order_of_names_leaves_out_is_said_with_a_way_to_it(page_as: PageAs, home: Home) -> None:
    database = Database(home.stack.settings(), "casework", "work")
    async with database.transaction(Actor.service("casework")) as session:
        await session.execute(text(_MANY), {"team": home.team, "many": MOST_BY_NAME + 3})
    await database.dispose()
    page = await page_as("supervisor", DESK, script=False)
    said = page.locator("#not-shown")
    for address, left_out in (
        ("/board?sort=name", "3 people are not shown."),
        ("/board?sort=-worker_name", "3 people are not shown."),
        ("/board?sort=name&stage=planned", None),
        ("/board?all=yes", None),
    ):
        await page.goto(address)
        await expect(page.locator("[data-line]")).to_have_count(50)
        if left_out is None:
            await expect(said).to_have_count(0)
        else:
            await expect(said).to_contain_text(left_out)
    await page.goto("/board?sort=name")
    await click_through(said.get_by_role("link", name="order everyone by next step"))
    await expect(page.locator("a[rel=next]")).to_be_visible()
    await expect(page.locator("#everyone")).to_contain_text(str(MOST_BY_NAME + 3))
