"""One man's plan on the real server: casework's real activities and database, its relay, and one clock for all."""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowHandle

from services.casework.plan.activities import PlanActivities
from shared import clock
from shared.temporal.worker import activity_worker
from tests.casework.world import Json, World
from tests.workflows import harness
from tests.workflows.harness import until
from workflows.contracts import CASEWORK_QUEUE, plan_workflow_id

# Wake-ups are spread over ten minutes.
SPREAD = timedelta(seconds=601)


class Casework:
    """Casework's ear for the engine, which may be away for a while."""

    def __init__(self, world: World, client: Client) -> None:
        self._world, self._client = world, client
        self._there = AsyncExitStack()

    async def comes(self) -> None:
        refused = PlanActivities(self._world.services).keep_refused
        worker = activity_worker(self._client, CASEWORK_QUEUE, self._world.activities, refused=refused)
        await self._there.enter_async_context(worker)

    async def goes(self) -> None:
        await self._there.aclose()


class Story:
    def __init__(self, world: World, client: Client, casework: Casework, person: UUID, case: str, plan: str) -> None:
        self.world, self.client, self.casework = world, client, casework
        self.person, self.case, self.id = person, case, plan
        self.began = clock.now()

    # --- the engine -----------------------------------------------------------------------------------------

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(plan_workflow_id(self.id))

    async def wait_until(self, instant: datetime) -> None:
        """It becomes that instant for everybody."""
        await harness.go_to(self.client, self.world.services.settings, self.handle, instant)

    async def go_to(self, stands_at: datetime) -> None:
        """What stands at that instant has come, and the board shows what became of it."""
        await self.wait_until(stands_at + SPREAD)
        await self.told()

    async def told(self) -> None:
        """The board shows where the plan stands; nothing of it is due."""

        async def same() -> bool:
            view = await self.world.look(self.id)
            row = await self.board()
            return (
                row is not None
                and (row["stage"], row["level"], row["next_at"]) == (view.row.stage, view.row.level, view.row.next_at)
                and (row["last_human_at"], row["paused_until"]) == (view.row.last_human_at, view.row.paused_until)
                and (view.wake_at is None or view.wake_at > clock.now())
            )

        await until(same)

    # --- what happens ---------------------------------------------------------------------------------------

    async def contact(self, kind: str, *, at: datetime | None = None) -> None:
        await self.world.contact(self.person, kind, at=at)
        await self.told()

    async def decide(self, what: str, body: Json | None = None, **more: Any) -> Json:
        answer = await self.world.ok("POST", f"/plans/{self.id}/{what}", body, role="supervisor", **more)
        await self.told()
        return dict(answer)

    # --- what is seen ---------------------------------------------------------------------------------------

    async def board(self) -> Json | None:
        found = await self.world.rows("SELECT to_jsonb(b) FROM board_rows b WHERE id = :id", id=self.id)
        if not found:
            return None
        row = dict(found[0][0])
        for name in ("next_at", "last_human_at", "paused_until"):
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
        return row

    async def steps(self, outcome: str = "planned", clock: str = "contact") -> list[tuple[str, datetime]]:
        """Steps of one clock with an outcome, in the order of their instants."""
        found = await self.world.rows(
            "SELECT action, at FROM plan_steps WHERE plan_id = :id AND outcome = :outcome AND clock = :clock"
            " ORDER BY at, stage_entry",
            id=self.id,
            outcome=outcome,
            clock=clock,
        )
        return [(action, at) for action, at in found]

    async def planned(self, action: str, clock: str = "contact") -> datetime:
        [at] = [at for each, at in await self.steps(clock=clock) if each == action]
        return at

    async def taken(self, clock: str = "contact", outcome: str = "fired") -> list[str]:
        return [action for action, _ in await self.steps(outcome, clock)]

    async def tasks(self) -> list[str]:
        return await self.world.tasks(plan_id=self.id)
