"""Read the figures of casework for `/metrics`, besides those of every service."""

from services.casework.operations import readings
from shared import clock
from shared.http.state import Services
from shared.metrics import counted
from shared.metrics.figures import LISTED_EVERY_SECONDS, NOT_COUNTED, OPEN, age, client_of, without_workflow
from shared.metrics.gathering import Gauge, Reading, Sample
from shared.readings import engine
from shared.readings.rows import Rows, settled
from workflows.contracts import CASE_PLAN

ASLEEP = Gauge("alongside_rows_asleep", "Rows whose next step is over 15 minutes past, 100 at the most.", ("kind",))
ASLEEP_AGE = Gauge("alongside_rows_asleep_oldest_seconds", "How long the next step of the longest of them is past.")
TASKS = Gauge("alongside_tasks_too_long", "Tasks that are days past due and nobody has done.")
TASKS_AGE = Gauge("alongside_tasks_too_long_oldest_seconds", "How long the longest of them is past due.")
ON_BOARD = Gauge("alongside_board_rows", "Rows that the board shows.", ("kind",))
NOT_ON_BOARD = Gauge("alongside_plans_not_on_board", "Open plans that are not on the board.")


def figures(services: Services, rows: Rows) -> list[Reading]:
    """Return the readings of casework."""
    counted.expect_steps("plan")
    counted.expect_board("plan", "referral")

    async def asleep() -> list[Sample]:
        found = await readings.asleep(rows, clock.now())
        kinds = [ASLEEP.of(sum(row.kind == kind for row in found), kind) for kind in ("plan", "referral")]
        return [*kinds, ASLEEP_AGE.of(age(found[0].next_at if found else None))]

    async def tasks() -> list[Sample]:
        now = clock.now()
        late = await readings.tasks_too_long(rows, now)
        anew = NOT_COUNTED.of(await readings.not_counted_anew(rows, now))
        return [TASKS.of(late.count), TASKS_AGE.of(age(late.oldest)), anew]

    async def plans() -> list[Sample]:
        found, shown = await readings.open_plans(rows), await readings.shown(rows)
        missing = settled(found, clock.now()) - shown["plan"]
        counts = [ON_BOARD.of(len(ids), kind) for kind, ids in shown.items()]
        return [OPEN.of(len(found), "plan"), NOT_ON_BOARD.of(len(missing)), *counts]

    async def workflows() -> list[Sample]:
        running = await engine.running(client_of(services), CASE_PLAN)
        return [without_workflow("plan", settled(await readings.open_plans(rows), clock.now()), running)]

    return [
        Reading("asleep", "database", asleep),
        Reading("tasks", "database", tasks),
        Reading("plans", "database", plans),
        Reading("workflows", "temporal", workflows, good_for=LISTED_EVERY_SECONDS),
    ]
