"""The activity by which workflows report their board row."""

from temporalio import activity

from services.casework.board import feed, progress
from shared.context import Actor
from shared.http.state import Services
from workflows import contracts
from workflows.contracts import Progress


class BoardActivities:
    def __init__(self, services: Services) -> None:
        self._work = services.work

    @activity.defn(name=contracts.REPORT_PROGRESS)
    async def report_progress(self, report: Progress) -> None:
        """Write a workflow's row unless a newer report is stored."""
        async with self._work.transaction(Actor.service("casework")) as session:
            await progress.write(session, report)
        feed.ring()
