"""Who is there in a story, and what several of its chapters do."""

from datetime import datetime, timedelta

from playwright.async_api import Locator, Page

from deploy.demo.api import Json
from shared import clock
from tests.console.conftest import DESK, PHONE
from tests.console.walk.conftest import StoryCrew
from tests.console.walk.look import Look

ALIAS = "Anton (synthetic)"
GOAL = "a dry place to sleep, and somebody to look at my chest (synthetic)"
NEED = "Please assess the person for TB."
# What the agency may read only after they enter the security code.
BEHIND = ("Only through us", NEED)


class Teller:
    """The story of one person. `worker`, `supervisor` and `agency` are their open browsers."""

    def __init__(self, crew: StoryCrew, look: Look) -> None:
        self.crew, self.scene, self.look = crew, crew.scene, look
        self.worker: Page
        self.supervisor: Page
        self.agency: Page

    async def begin(self) -> None:
        script = self.look.script
        self.worker = await self.crew.page("worker", PHONE, script=script)
        self.supervisor = await self.crew.page("supervisor", DESK, script=script)
        self.agency = await self.crew.page(None, PHONE, script=script)

    @property
    def referral(self) -> str:
        return f"/referrals/{self.scene.cast.referral}"

    @property
    def row(self) -> Locator:
        """Return the person's line on the supervisor's board."""
        return self.supervisor.locator(f"#line-{self.scene.cast.person}")

    async def until_asked(self, kind: str) -> None:
        async def task() -> Json | None:
            """Somebody is asked to do something about it."""
            tasks = await self.scene.supervisor.every("casework", "/tasks", kind=kind)
            about = (
                task for task in tasks if self.scene.cast.referral in [one["referral_id"] for one in task["lines"]]
            )
            return next(about, None)

        await self.scene.leap_until(task)

    async def after_the_appointment(self) -> None:
        found = await self.scene.worker.get("referrals", f"/referrals/{self.scene.cast.referral}")
        await self.scene.travel(datetime.fromisoformat(found["appointment"]["at"]) + timedelta(hours=2))
        assert clock.now() > datetime.fromisoformat(found["appointment"]["at"])
