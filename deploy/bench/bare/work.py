"""The bare activities: one small PostgreSQL transaction each, with rows like ours, written by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from temporalio import activity

from deploy.bench.bare.names import OPEN_STAGE, REFRESH_PLAN, RUN_DUE_STEPS
from workflows.contracts import Refresh, View

TABLES = Path(__file__).parent / "tables.sql"
TEAM = UUID("00000000-0000-4000-8000-000000000001")
STEPS = ("remind_agency", "ask_worker", "tell_supervisor", "ask_supervisor_to_ring", "offer_alternative")
_STEP = "INSERT INTO steps (of_id, clock, action, occurrence, at, outcome) VALUES (%s, 'bench', %s, %s, %s, 'planned')"
_FACT = "INSERT INTO facts (of_id, subject, body) VALUES (%s, %s, %s)"


class BareActivities:
    def __init__(self, pool: "AsyncConnectionPool[Any]") -> None:
        self._pool = pool

    def all(self) -> list[Any]:
        return [self.refresh_plan, self.open_stage, self.run_due_steps]

    @activity.defn(name=REFRESH_PLAN)
    async def refresh_plan(self, request: Refresh) -> View:
        """Write the rows that our services write in the request: here the first refresh creates them."""
        async with self._pool.connection() as connection:
            plan = (
                request.id,
                TEAM,
                uuid5(TEAM, request.id),
                "open",
                1,
                "transition",
                request.now,
                request.now,
                bytes(80),
            )
            values = ", ".join(["%s"] * len(plan))
            await connection.execute(f"INSERT INTO plans VALUES ({values}) ON CONFLICT DO NOTHING", plan)
            await self._set_steps(connection, request)
            return await self._shown(connection, request.id, "open", 1, request.now)

    @activity.defn(name=OPEN_STAGE)
    async def open_stage(self, request: Refresh) -> View:
        async with self._pool.connection() as connection:
            referral = (request.id, TEAM, uuid5(TEAM, request.id), "sent", 1, 1, request.now, bytes(200))
            values = ", ".join(["%s"] * len(referral))
            await connection.execute(f"INSERT INTO referrals VALUES ({values}) ON CONFLICT DO NOTHING", referral)
            await self._set_steps(connection, request)
            return await self._shown(connection, request.id, "sent", 1, request.now)

    @activity.defn(name=RUN_DUE_STEPS)
    async def run_due_steps(self, request: Refresh) -> View:
        """Lock the row, find the step that is due, record it once, write its event."""
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "SELECT version, state, stage_entry FROM referrals WHERE id = %s FOR UPDATE", (request.id,)
            )
            row = await found.fetchone()
            assert row is not None
            steps = await connection.execute(
                "SELECT id, action, occurrence FROM steps WHERE of_id = %s AND outcome = 'planned' ORDER BY at",
                (request.id,),
            )
            due = await steps.fetchone()
            assert due is not None, "more rounds than steps"
            await connection.execute(
                "UPDATE steps SET outcome = 'fired', settled_at = %s WHERE id = %s", (request.now, due[0])
            )
            await connection.execute(
                "INSERT INTO escalations (referral_id, stage_entry, clock, action, occurrence, fired_at)"
                " VALUES (%s, %s, 'bench', %s, %s, %s)",
                (request.id, row[2], due[1], due[2], request.now),
            )
            await connection.execute(_FACT, (request.id, "bench.escalated", _body(request, due[1])))
            await connection.execute("UPDATE referrals SET version = version + 1 WHERE id = %s", (request.id,))
            return await self._shown(connection, request.id, "sent", row[0] + 1, request.now)

    async def _shown(self, connection: Any, id: str, stage: str, revision: int, now: datetime) -> View:
        """Write the board row in the same transaction, as a projection of an event would, and return the view."""
        wake_at = now + timedelta(days=5)
        await connection.execute(
            "INSERT INTO board AS b (id, team_id, person_id, stage, waiting_for, rule, next_step, next_at, level,"
            " version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
            " stage = excluded.stage, waiting_for = excluded.waiting_for, next_step = excluded.next_step,"
            " next_at = excluded.next_at, level = excluded.level, version = excluded.version, changed_at = now()"
            " WHERE b.version < excluded.version",
            (
                id, TEAM, uuid5(TEAM, id), stage, "a reply from the service", "reply clock, 5 working days",
                "ask the worker to ring them", wake_at, revision, revision,
            ),
        )  # fmt: skip
        return View(revision, 1, wake_at)

    async def _set_steps(self, connection: Any, request: Refresh) -> None:
        rows = [
            (request.id, STEPS[place % len(STEPS)], place, request.now + timedelta(days=5 + place))
            for place in range(12)
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(_STEP, rows)
        await connection.execute(_FACT, (request.id, "bench.looked", _body(request, "looked")))


def _body(request: Refresh, what: str) -> Jsonb:
    return Jsonb({"id": request.id, "what": what, "occurred_at": request.now.isoformat(), "team_id": str(TEAM)})
