"""An administrator adds a bank holiday after a look at what it moves, and takes it back; others only read."""

import asyncio
from datetime import date

import httpx
from playwright.async_api import Page, expect

from services.console.bank_holiday import words
from services.console.web.words import day as written
from shared import clock, days_off
from shared.context import Actor
from shared.db.session import Database
from shared.practice.calendar import local_day, working_days_after
from tests.console.conftest import PHONE, Home, PageAs
from tests.console.looks import axe
from tests.console.referral.conftest import press


def test_what_moves_is_one_sentence() -> None:
    none = {"clocks": 0, "plans": 0, "tasks": 0}
    assert words.effect(none) == "Nothing runs over this day now."
    assert words.effect({**none, "plans": 1}) == "1 plan runs over this day now and is counted anew."
    assert words.effect({"clocks": 2, "plans": 1, "tasks": 3}) == (
        "2 clocks of referrals, 1 plan and 3 tasks run over this day now and are counted anew."
    )


async def fill(page: Page, day: date, name: str = "A day (synthetic)", source: str = "proclamation") -> None:
    await page.goto("/bank-holidays")
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        await page.fill(f"[name=day-{part}]", str(value))
    await page.fill("[name=name]", name)
    await page.fill("[name=source]", source)
    await press(page, "See what it changes")


async def heard(home: Home, day: date, *, off: bool) -> None:
    """Casework, which counts plans and tasks, has heard how the day stands."""
    database = Database(home.stack.settings(), "casework", "work")
    try:
        async with asyncio.timeout(60):
            while True:
                async with database.transaction(Actor.service("casework")) as session:
                    if (day in (await days_off.latest(session)).days) is off:
                        return
                await asyncio.sleep(0.1)
    finally:
        await database.dispose()


async def test_one_is_added_after_a_look_and_taken_back(home: Home, page_as: PageAs) -> None:
    page = await page_as("admin", PHONE)
    main = page.locator("main")
    # Christmas Day is there already, and a weekend is none: said at the field, with the rest still in the form.
    await fill(page, date(2026, 12, 25))
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(
        "Friday 25 December 2026 is a bank holiday already"
    )
    await expect(page.locator("[name=source]")).to_have_value("proclamation")
    await axe(page)
    await fill(page, date(2026, 12, 12), source=" ")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("Say where it was announced.")
    day = working_days_after(local_day(clock.now()), 340)
    await fill(page, day)
    await expect(page.locator("h1")).to_contain_text(f"Add {words.named(day)}?")
    await expect(main).to_contain_text("over this day now")
    await axe(page)
    await press(page, "Add the bank holiday")
    await expect(main).to_contain_text("The bank holiday is added.")
    await expect(main).to_contain_text("Source: proclamation")
    await expect(main).to_contain_text("Added by")
    await heard(home, day, off=True)
    # Again: it is told that it is there.
    await fill(page, day)
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("was added already", ignore_case=True)
    reader = await page_as("worker", PHONE)
    await reader.goto("/bank-holidays")
    await expect(reader.locator("main")).to_contain_text("A day (synthetic)")
    await expect(reader.get_by_role("button", name="See what it changes")).to_have_count(0)
    await expect(reader.get_by_role("link", name="Take it back")).to_have_count(0)
    await page.goto("/bank-holidays")
    row = main.locator(".nhsuk-summary-list__row", has_text="A day (synthetic)")
    await row.get_by_role("link", name="Take it back").click()
    await axe(page)
    await press(page, "Make it a working day again")
    await expect(main).to_contain_text("It is a working day again.")
    await expect(main.locator("li", has_text="Taken back by")).to_contain_text("A day (synthetic)")
    await heard(home, day, off=False)


async def test_those_that_are_over_are_folded_away(home: Home, page_as: PageAs) -> None:
    """Whoever looks when the next one is need not read past last spring."""
    headers = {"Authorization": f"Bearer {home.stack.token('worker', teams=[home.team])}"}
    async with httpx.AsyncClient(base_url=home.stack.url("referrals"), headers=headers, trust_env=False) as http:
        rows = (await http.get("/bank-holidays")).json()
    days = [date.fromisoformat(row["day"]) for row in rows if row["built_in"]]
    today = local_day(clock.now())
    page = await page_as("worker", PHONE)
    await page.goto("/bank-holidays")
    seen, folded = page.locator("main h2:text('Built in') + dl dt"), page.locator("details dt")
    assert await seen.all_inner_texts() == [written(day) for day in sorted(days) if day >= today]
    assert await folded.all_text_contents() == [written(day) for day in sorted(days) if day < today]
    assert not [one for one in await folded.all() if await one.is_visible()]
