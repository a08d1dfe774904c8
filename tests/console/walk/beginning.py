"""A person is met, a plan is started, and the person is referred."""

import re

from playwright.async_api import expect

from tests.console.referral.conftest import follow, pick, press
from tests.console.walk.teller import ALIAS, BEHIND, GOAL, NEED, Teller

NOTE = "He coughs at night. He would see somebody if I come along. (synthetic)"

# What leads on, whatever step of a plan's beginning it is; what may be skipped is.
ON = ("Skip", "Continue", "See what will run", "Start the plan")
STEPS_AT_MOST = 8


class Beginning(Teller):
    """Told by the worker."""

    # -- the person is met

    async def the_person_is_registered(self) -> None:
        page = self.worker
        await page.goto("/people")
        await follow(page, "Add a person")
        await self.look(page, "register")
        await page.fill("[name=alias]", ALIAS)
        await press(page, "Add person")
        await expect(page.locator("h1")).to_have_text(ALIAS)
        await expect(page.locator("main")).to_contain_text("only in person, through us")
        self.scene.cast.person = page.url.rsplit("/", 1)[1]
        await self.look(page, "the-file")

    async def a_contact_is_logged(self) -> None:
        page = self.worker
        await page.goto(f"/people/{self.scene.cast.person}")
        await page.click("main a:has-text('Log a contact')")
        await page.check("[name=kind][value=met]")
        await page.fill("[name=note]", NOTE)
        await self.look(page, "log-a-contact", front=True)
        await page.click("main button:has-text('Save')")
        await expect(page.locator("main")).to_contain_text("The contact is saved.")
        await expect(page.locator("main")).to_contain_text(NOTE)

    async def the_person_agrees(self) -> None:
        """Both ways: what we may tell them, and what they may tell us."""
        page = self.worker
        await follow(page, "Record consent")
        await follow(page, "Synthetic TB Service")
        await pick(page, "What a referral needs: TB")
        await pick(page, "In person")
        await self.look(page, "consent")
        await press(page, "Save consent")
        await expect(page.locator(".people-consent")).to_contain_text("Synthetic TB Service")

    # -- the person's plan

    async def a_plan_is_started(self) -> None:
        """Through whatever steps the form has, each by its own button; none starts anything before the last."""
        page = self.worker
        await page.goto(f"/people/{self.scene.cast.person}")
        await follow(page, "Start a case plan")
        for _ in range(STEPS_AT_MOST):
            if await page.locator("textarea[name=goals]").count():
                await page.fill("[name=goals]", GOAL)
            await self.look(page, "plan-start")
            assert await self.scene.worker.every("casework", "/cases", person_id=self.scene.cast.person) == []
            on = [words for words in ON if await page.locator("main form button", has_text=words).count()]
            await press(page, on[0])
            if "/plans/" in page.url:
                break
        await expect(page.locator("main")).to_contain_text(GOAL)
        self.scene.cast.plan = page.url.rsplit("/", 1)[1]
        [case] = await self.scene.worker.every("casework", "/cases", person_id=self.scene.cast.person)
        self.scene.cast.case = case["id"]
        await self.look(page, "plan")

    # -- the person is referred

    async def a_service_is_chosen(self) -> None:
        page = self.worker
        await page.goto(f"/people/{self.scene.cast.person}")
        await follow(page, "Refer to a service")
        await page.fill("[name=q]", "Chest")
        await press(page, "Search")
        await self.look(page, "choose-a-service")
        await follow(page, "Chest clinic")
        await pick(page, NEED)
        await self.look(page, "what-they-are-told")

    async def it_is_previewed_and_sent(self) -> None:
        page = self.worker
        await press(page, "Check before you send")
        told = await page.inner_text("main dl")
        assert all(words in told for words in BEHIND) and "Anton" not in told, told
        await expect(page.locator("main")).to_contain_text("There is consent for all of it")
        await self.look(page, "preview", front=True)
        await press(page, "Send it")
        found = re.search(r"/referrals/([0-9a-f-]{36})", page.url)
        assert found is not None, page.url
        self.scene.cast.referral = found[1]
        if not self.look.script:
            await self.scene.reached(found[1], "sent")
            await page.reload()
        # With script the page looks again by itself.
        await expect(page.locator("main .nhsuk-tag").first).to_have_text("Sent")
        await self.look(page, "sent")
