"""The bare activities: one small PostgreSQL transaction each, with rows like ours, written by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from temporalio import activity

from deploy.bench.bare.names import CLIMB, LOOK_AT_PLAN, LOOK_AT_REFERRAL
from workflows.contracts import Ahead, BoardRow, Explanation, Refresh, View

TABLES = Path(__file__).parent / "tables.sql"
TEAM = UUID("00000000-0000-4000-8000-000000000001")
STEPS = ("remind_agency", "ask_worker", "tell_supervisor", "ask_supervisor_to_ring", "offer_alternative")
_STEP = "INSERT INTO steps (of_id, clock, action, occurrence, at, outcome) VALUES (%s, 'bench', %s, %s, %s, 'planned')"
_FACT = "INSERT INTO facts (of_id, subject, body) VALUES (%s, %s, %s)"


class BareActivities:
    def __init__(self, pool: "AsyncConnectionPool[Any]") -> None:
        self._pool = pool

    def all(self) -> list[Any]:
        return [self.look_at_plan, self.look_at_referral, self.climb]

    @activity.defn(name=LOOK_AT_PLAN)
    async def look_at_plan(self, look: Refresh) -> View:
        """Write the rows that our services write in the request: here the first refresh creates them."""
        async with self._pool.connection() as connection:
            plan = (look.id, TEAM, uuid5(TEAM, look.id), "open", 1, "transition", look.now, look.now, bytes(80))
            values = ", ".join(["%s"] * len(plan))
            await connection.execute(f"INSERT INTO plans VALUES ({values}) ON CONFLICT DO NOTHING", plan)
            await self._set_steps(connection, look)
            return await self._shown(connection, _view("plan", look.id, 1, look.now))

    @activity.defn(name=LOOK_AT_REFERRAL)
    async def look_at_referral(self, look: Refresh) -> View:
        async with self._pool.connection() as connection:
            referral = (look.id, TEAM, uuid5(TEAM, look.id), "sent", 1, 1, look.now, bytes(200))
            values = ", ".join(["%s"] * len(referral))
            await connection.execute(f"INSERT INTO referrals VALUES ({values}) ON CONFLICT DO NOTHING", referral)
            await self._set_steps(connection, look)
            return await self._shown(connection, _view("referral", look.id, 1, look.now))

    @activity.defn(name=CLIMB)
    async def climb(self, climb: Refresh) -> View:
        """Lock the row, find the step that is due, record it once, write its event."""
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "SELECT version, state, stage_entry FROM referrals WHERE id = %s FOR UPDATE", (climb.id,)
            )
            row = await found.fetchone()
            assert row is not None
            steps = await connection.execute(
                "SELECT id, action, occurrence FROM steps WHERE of_id = %s AND outcome = 'planned' ORDER BY at",
                (climb.id,),
            )
            due = await steps.fetchone()
            assert due is not None, "more rounds than steps"
            await connection.execute(
                "UPDATE steps SET outcome = 'fired', settled_at = %s WHERE id = %s", (climb.now, due[0])
            )
            await connection.execute(
                "INSERT INTO escalations (referral_id, stage_entry, clock, action, occurrence, fired_at)"
                " VALUES (%s, %s, 'bench', %s, %s, %s)",
                (climb.id, row[2], due[1], due[2], climb.now),
            )
            await connection.execute(_FACT, (climb.id, "bench.escalated", _body(climb, due[1])))
            await connection.execute("UPDATE referrals SET version = version + 1 WHERE id = %s", (climb.id,))
            return await self._shown(connection, _view("referral", climb.id, row[0] + 1, climb.now))

    async def _shown(self, connection: Any, view: View) -> View:
        """Write the board row in the same transaction, as a projection of an event would, and return the view."""
        row, why = view.row, view.row.explanation
        await connection.execute(
            "INSERT INTO board AS b (id, team_id, person_id, stage, waiting_for, rule, next_step, next_at, level,"
            " version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
            " stage = excluded.stage, waiting_for = excluded.waiting_for, next_step = excluded.next_step,"
            " next_at = excluded.next_at, level = excluded.level, version = excluded.version, changed_at = now()"
            " WHERE b.version < excluded.version",
            (
                row.id, row.team_id, row.person_id, row.stage, why.waiting_for, why.rule, why.next_step,
                why.next_at, why.level, view.revision,
            ),
        )  # fmt: skip
        return view

    async def _set_steps(self, connection: Any, look: Refresh) -> None:
        rows = [
            (look.id, STEPS[place % len(STEPS)], place, look.now + timedelta(days=5 + place)) for place in range(12)
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany(_STEP, rows)
        await connection.execute(_FACT, (look.id, "bench.looked", _body(look, "looked")))


def _body(look: Refresh, what: str) -> Jsonb:
    return Jsonb({"id": look.id, "what": what, "occurred_at": look.now.isoformat(), "team_id": str(TEAM)})


def _view(kind: Any, id: str, revision: int, now: datetime) -> View:
    """Return a view of the same size as ours."""
    why = Explanation(
        waiting_for="a reply from the service", who="agency", since=now, rule="reply clock, 5 working days",
        rule_source="ours", next_step="ask the worker to ring them", next_at=now + timedelta(days=5), level=revision,
        unlocks="any reply from the service", last_human_what="sent the referral", last_human_by="bench",
        last_human_at=now,
    )  # fmt: skip
    row = BoardRow(
        kind=kind, id=id, team_id=str(TEAM), person_id=str(uuid5(TEAM, id)), case_id=None, plan_id=None, stage="sent",
        explanation=why, ahead=[Ahead(now + timedelta(days=day), step, "bench") for day, step in enumerate(STEPS)],
    )  # fmt: skip
    return View(revision, 1, row, now + timedelta(days=5))
