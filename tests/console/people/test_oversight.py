"""The guardian is told of what was decided without the person's word, reads it and gives a word on it."""

from uuid import UUID, uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared.context import Actor
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import looked_at
from tests.console.people.test_people import fresh

OVERRIDE = {"why": "They may not live. (synthetic)", "risk": "r", "proportionality": "p", "told": True}


async def overridden(scene: Setting) -> tuple[str, Json]:
    """Somebody of whom a service may be told without consent, and what the guardian is told of that."""
    person = await scene.register(fresh("Orla"))
    agency = scene.cast.services["tb"]["agency_id"]
    body = {"agency_id": agency, "grounds": ["vital_interest"], "override": OVERRIDE}
    await scene.worker.post("intake", f"/people/{person}/legal-bases", body)
    [row] = await scene.worker.every("intake", f"/people/{person}/oversight")
    return person, row


async def task_of(scene: Setting, kind: str, row: Json) -> Json:
    """Return the task that this record leads to, once casework has received it."""

    async def there() -> Json | None:
        tasks = await scene.supervisor.every("casework", "/tasks", kind=kind)
        return next((task for task in tasks if task["oversight_id"] == row["id"]), None)

    return await scene.soon(there)


async def sister_team(home: Home) -> UUID:
    async with home.database.transaction(Actor.service("console")) as tx:
        return (await staff.open_team(tx, f"Synthetic team {uuid4()}")).id


async def save(page: Page) -> None:
    await page.click("main button:has-text('Save')")


# In a team of its own: where accounts were changed the guardian's first page is that, whoever changed them.
@pytest.mark.usefixtures("apart")
async def test_the_guardian_reads_it_from_today_and_does_not_agree(page_as: PageAs, scene: Setting) -> None:
    person, row = await overridden(scene)
    await task_of(scene, "read_override", row)
    page = await page_as("guardian")
    await page.goto("/")
    assert page.url.endswith("/today"), "a guardian's day begins there"
    await looked_at(page, "today-guardian")
    mine = page.locator(".today-list > li", has=page.locator(f"a[href='/oversight/{row['id']}']"))
    await expect(mine).to_contain_text("Information may be shared without consent")
    await expect(mine.locator("button")).to_have_count(0)
    await mine.get_by_text("Read it").click()
    await expect(page.locator("main")).to_contain_text("They may not live. (synthetic)")
    await looked_at(page, "oversight")
    await save(page)
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("choose one", ignore_case=True)
    await page.check("[name=agrees][value=no]")
    await save(page)
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(
        "is needed when you do not agree", ignore_case=True
    )
    await page.fill("[name=why]", "Ask first. (synthetic)")
    await save(page)
    await page.wait_for_url("**/today")
    task = await task_of(scene, "guardian_disagrees", row)
    supervisor = await page_as("supervisor")
    await supervisor.goto("/board")
    mine = supervisor.locator(".board-row", has=supervisor.locator(f"a[href='/oversight/{task['oversight_id']}']"))
    await mine.get_by_text("Read it").click()
    await expect(supervisor.locator("main")).to_contain_text("does not agree")
    await expect(supervisor.locator("main")).to_contain_text("Ask first. (synthetic)")
    await expect(supervisor.locator("main form")).to_have_count(0)
    await supervisor.goto(f"/people/{person}/disclosures")
    await expect(supervisor.locator("main .people-consent")).to_contain_text("has read it and does not agree")


async def test_a_guardians_day_holds_nothing_of_care_and_of_other_teams(
    page_as: PageAs, scene: Setting, home: Home, hand: Hand
) -> None:
    _, row = await overridden(scene)
    await task_of(scene, "read_override", row)
    await home.hire("guardian", other := f"guardian-{uuid4().hex[:8]}", await sister_team(home))
    page = await page_as("guardian", sign_in=other)
    await page.goto("/today")
    await expect(page.locator("main")).to_contain_text("Nothing waits for you.")
    await expect(page.locator("main a[href^='/people']")).to_have_count(0)
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/today")
    assert (await hand.post(f"/oversight/{row['id']}/word", {"agrees": "yes"})).status_code == 403
