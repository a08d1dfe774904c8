"""What was disclosed about a person, on what basis; a disclosure without a basis is not recorded as one."""

from typing import Any

from playwright.async_api import expect

from deploy.demo.setting import Setting
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, PageAs
from tests.console.hand import Hand
from tests.console.looks import looked_at
from tests.console.people.test_people import fresh


async def test_what_was_told_by_mouth_rests_on_consent(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Ned"))
    consent = await scene.agree("tb")
    page = await page_as("worker")
    await page.goto(f"/people/{person}")
    await click_through(page.locator("main a:has-text('Information shared')"))
    assert "Nothing has been shared yet." in await page.inner_text("main")
    await looked_at(page)
    await page.click("main a:has-text('Record what you shared')")
    await looked_at(page, "disclosure")
    await page.check("[name=categories][value=alias]")
    await page.check("[name=how][value=phone]")
    await page.check("[name=ground][value=none]")
    await click_through(page.locator("main button:has-text('Save')"))
    assert "it is a concern" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await page.check("[name=categories][value=health]")
    await page.check(f"[name=ground][value^='consent:{consent}']")
    await click_through(page.locator("main button:has-text('Save')"))
    assert "no consent to share all of this" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.uncheck("[name=categories][value=health]")
    await page.fill("[name=to_whom]", "the desk (synthetic)")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}/disclosures")
    shown = await page.inner_text("main .people-contacts")
    assert "Told by one of us, by phone, to the desk (synthetic)" in shown and "consent of" in shown
    await looked_at(page, "disclosures")
    [kept] = await told(scene, person)
    assert (kept["consent_id"], kept["categories"], kept["how"]) == (consent, ["alias"], "phone")


async def test_a_decision_without_consent_names_why_and_serves_once(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Orm"))
    agency = scene.cast.services["tb"]["agency_id"]
    page = await page_as("supervisor")
    await page.goto(f"/people/{person}/legal-bases/new")
    await looked_at(page)
    assert not await page.is_visible("[name='override.why']"), "asked only when it is"
    await page.select_option("[name=agency_id]", agency)
    await page.check("[name=grounds][value=gdpr_6_1_e]")
    await page.check("[name=override][value=yes]")
    await page.check("[name='override.told'][value=no]")
    await click_through(page.locator("main button:has-text('Save')"))
    wrong = await page.inner_text(".nhsuk-error-summary")
    assert "Why?" in wrong and "What is the risk" in wrong and "If not, why not?" in wrong
    await looked_at(page, "legal-basis")
    for name in ("why", "risk", "proportionality", "why_not_told"):
        await page.fill(f"[name='override.{name}']", f"{name} (synthetic)")
    await page.click("main button:has-text('Save')")
    wrong_ground = page.locator(".nhsuk-error-summary", has_text="hoose a statute, public interest")
    await expect(wrong_ground).to_be_visible()
    await page.check("[name=grounds][value=vital_interest]")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}/disclosures")
    assert "The person was not told: why_not_told (synthetic)" in await page.inner_text("main .people-consent")
    await looked_at(page)
    for press in ("Saved", "served for a disclosure already"):
        await page.goto(f"/people/{person}/disclosures/new")
        await page.check("[name=categories][value=health]")
        await page.check("[name=how][value=in_person]")
        await page.check("[name=ground][value^='basis:']")
        await page.click("main button:has-text('Save')")
        await expect(page.locator("main")).to_contain_text(press)
    [kept] = await told(scene, person)
    assert kept["legal_basis_id"] and kept["agency_id"] == agency and not kept["consent_id"]


async def test_what_a_message_told_is_listed_with_its_ground(hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Pip"))
    await scene.start_plan()
    await scene.agree("tb")
    await scene.refer("tb")

    async def left() -> list[dict[str, Any]] | None:
        return await told(scene, person) or None

    await scene.soon(left)
    await hand.sign_in("worker", PASSWORD)
    page = (await hand.get(f"/people/{person}/disclosures")).text
    assert "consent of" in page and f'href="/referrals/{scene.cast.referral or ""}' in page


async def told(scene: Setting, person: str) -> list[dict[str, Any]]:
    return await scene.worker.every("intake", f"/people/{person}/disclosures")
