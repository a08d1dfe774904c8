"""The agency answers, the person attends, and the plan is closed."""

import re

from playwright.async_api import expect

from tests.console.agency.conftest import choose, read_mail
from tests.console.agency.conftest import follow as follow_mail
from tests.console.referral.conftest import follow, pick, press
from tests.console.referral.test_recording import fill_moment, in_days
from tests.console.walk.teller import BEHIND, Teller


class Ending(Teller):
    """Told by all three."""

    # -- the agency answers

    async def the_agency_opens_its_mail(self) -> None:
        """Open the referral by link, or by code without scripts; before the second code it discloses nothing."""
        message = await self.scene.mail_sent(self.scene.cast.referral, "first")
        link, code = read_mail(self.scene, message["id"])
        page = self.agency
        if self.look.script:
            await follow_mail(page, link)
        else:
            await page.goto("/r")
            await page.fill("[name=code]", code)
            await press(page, "Open")
        source = await page.content()
        assert "Anton" not in source and not any(words in source for words in BEHIND)
        await self.look(page, "agency-answer", front=True)

    async def the_agency_accepts(self) -> None:
        page = self.agency
        await choose(page, "accept")
        await page.fill("[name=their_reference]", "HT/2041-7")
        await press(page, "Send")
        await expect(page.locator("h1")).to_have_text("Thank you")
        await self.look(page, "agency-thank-you")
        await self.worker.goto(self.referral)
        await expect(self.worker.locator("main .nhsuk-tag").first).to_have_text("Accepted")
        await expect(self.worker.locator("main")).to_contain_text("by link" if self.look.script else "by code")

    async def the_agency_reads_what_it_is_about(self) -> None:
        """Read the second code out over the phone, as the worker, and open the referral with it, as the agency."""
        await self.worker.goto(f"{self.referral}/code")
        second = re.search(r"[A-Z0-9]{6}", await self.worker.inner_text(".nhsuk-panel"))
        assert second is not None
        await self.look(self.worker, "second-code")
        page = self.agency
        await press(page, "Change your answer")
        await page.fill("[name=second_step]", second[0])
        await press(page, "Read it")
        told = await page.inner_text("main")
        assert all(words in told for words in BEHIND), told
        await self.look(page, "agency-what-it-is-about")

    async def the_agency_gives_an_appointment(self) -> None:
        page = self.agency
        await choose(page, "book")
        await fill_moment(page, "appointment.at", in_days(7))
        await page.fill("[name='appointment.place']", "Synthetic clinic, room 1")
        await page.check("[name=safe_contact_confirmed]")
        await self.look(page, "agency-appointment")
        await press(page, "Send")
        await expect(page.locator("main")).to_contain_text("We will tell the person.")

    # -- the person attends

    async def the_person_is_informed(self) -> None:
        page = self.worker
        await page.goto(self.referral)
        await expect(page.locator("main")).to_contain_text("The person does not know yet.")
        await follow(page, "The person was told about the appointment")
        await pick(page, "Face to face")
        await self.look(page, "the-person-is-told")
        await press(page, "Save")
        await expect(page.locator("main")).to_contain_text("The person was told today")

    async def the_person_misses_it_and_it_is_booked_again(self) -> None:
        await self.after_the_appointment()
        page = self.worker
        await page.goto(self.referral)
        await follow(page, "What became of the visit")
        await pick(page, "Did not come")
        await page.click("summary:has-text('there is a new date')")
        await fill_moment(page, "appointment.at", in_days(7))
        await self.look(page, "what-became-of-the-visit")
        await press(page, "Record it")
        await expect(page.locator("main")).to_contain_text("Did not come")
        await expect(page.locator("main .nhsuk-tag").first).to_have_text("Appointment booked")

    async def the_person_attends(self) -> None:
        await self.after_the_appointment()
        page = self.worker
        await page.goto("/today")
        await self.look(page, "today-after-the-visit")
        await page.goto(self.referral)
        await follow(page, "What became of the visit")
        await pick(page, "Attended")
        await press(page, "Record it")
        await expect(page.locator("main .nhsuk-tag").first).to_have_text("Attended")

    async def it_is_finished(self) -> None:
        page = self.worker
        await follow(page, "What comes next")
        await pick(page, "It is finished")
        await press(page, "Record it")
        await expect(page.locator("main .nhsuk-tag").first).to_have_text("Completed")
        await self.look(page, "completed")

    # -- the end

    async def the_plan_is_reviewed_and_signed(self) -> None:
        page = self.worker
        await page.goto(f"/board/{self.scene.cast.plan}")
        await follow(page, "The plan was looked at together")
        await press(page, "It was looked at")
        page = self.supervisor
        await page.goto("/board")
        await follow(page, "1 review to sign")
        await self.look(page, "reviews")
        await press(page, "Select all")
        await press(page, "Sign what is ticked")
        await press(page, "Sign 1 review")
        await follow(page, "Reviews to sign")
        await expect(page.locator("main")).to_contain_text("Every review is signed.")

    async def the_plan_is_closed(self) -> None:
        page = self.supervisor
        await page.goto(f"/board/{self.scene.cast.plan}")
        await follow(page, "Close the plan")
        await pick(page, "Goals met")
        await self.look(page, "close")
        await press(page, "Close it")
        await expect(page.locator("h1")).to_have_text("Done: Close the plan")

        async def gone() -> bool | None:
            """An empty board"""
            return True if not await self.scene.supervisor.every("casework", "/board") else None

        await self.scene.soon(gone)
        await page.goto("/board?all=yes")
        await expect(page.locator("main")).to_contain_text("No plan or referral is open.")
        await self.worker.goto(f"/people/{self.scene.cast.person}")
        await expect(self.worker.locator("main")).to_contain_text("No open case. The last one was closed")
        await self.look(self.worker, "closed")
