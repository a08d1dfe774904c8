"""Nobody answers: what then happens by itself, who is asked, and what a supervisor decides."""

from playwright.async_api import expect

from deploy.demo.api import Json
from tests.console.referral.conftest import follow, pick, press
from tests.console.walk.teller import ALIAS, Teller


class Silence(Teller):
    """Told by worker and supervisor."""

    async def the_agency_is_reminded(self) -> None:
        async def reminder() -> Json | None:
            """The reminder to the agency"""
            sent = await self.scene.messages(referral_id=self.scene.cast.referral, kind="reminders", status="sent")
            return sent[0] if sent else None

        await self.scene.leap_until(reminder)
        await self.worker.goto(self.referral)
        await expect(self.worker.locator("svg.way desc")).to_contain_text("Remind the service")

    async def the_worker_is_asked_to_ring(self) -> None:
        await self.until_asked("ask_worker")
        page = self.worker
        await page.goto("/today")
        call = page.locator(".today-said", has_text=ALIAS)
        await expect(call).to_contain_text("You may say: the reference, and their health, how they may be reached.")
        await self.look(page, "today-ring", front=True)
        await call.get_by_role("link", name="Record the call").click()
        await pick(page, "Nobody answered")
        await self.look(page, "call")
        await press(page, "Record the call")
        await page.wait_for_url("**/today")
        await page.goto(self.referral)
        await expect(page.locator("main")).to_contain_text("Rang them: nobody answered")

    async def the_board_is_opened(self) -> None:
        """And left open: what follows comes to it."""
        page = self.supervisor
        await page.goto("/board")
        await expect(self.row).not_to_contain_text("Waiting too long")
        await expect(page.locator("#board-live")).to_contain_text("Live")
        await page.evaluate("window.notReloaded = true")

    async def the_board_shows_that_it_waits_too_long(self) -> None:
        """Without a reload, and with the step that is now the supervisor's."""
        await self.until_asked("tell_supervisor")
        page = self.supervisor
        await page.get_by_role("button", name="changed: show").click()
        await expect(self.row).to_contain_text("Waiting too long")
        await expect(page.locator("[aria-labelledby=needs-you]")).to_contain_text(ALIAS)
        assert await page.evaluate("window.notReloaded"), "it came without a reload"
        await self.look(page, "board-waiting-too-long", front=True)

    async def the_supervisor_gives_more_days(self) -> None:
        page = self.supervisor
        await page.goto("/board?all=yes")
        await self.row.locator(".board-more summary").click()
        async with page.expect_navigation():
            await self.row.locator(f"#row-{self.scene.cast.referral} .board-part__what a").click()
        await expect(page.locator("#why")).to_contain_text("a reply from the service")
        await expect(page.locator("#why")).to_contain_text("our own rule")
        await self.look(page, "why-it-waits", front=True)
        await follow(page, "Give more days")
        await page.fill("[name=working_days]", "3")
        await page.fill("[name=note]", "I ring their manager myself. (synthetic)")
        await press(page, "Give more days")
        await expect(page.locator("#answer")).to_contain_text("moved by 3 working days")
        await self.look(page, "done")

    async def the_worker_sees_what_was_decided(self) -> None:
        page = self.worker
        await page.goto(self.referral)
        await expect(page.locator("main")).to_contain_text("They were given more time")
        await expect(page.locator("main")).to_contain_text("Synthetic Susan")
        await self.look(page, "what-was-decided")
