"""Caseloads against their ceiling, and people who wait for a worker."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.board import gather
from services.console.staff import service as staff
from services.console.web.form import BadField
from services.console.web.pages import READERS, SUPERVISORS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

pages = Pages("/board")


@dataclass(frozen=True)
class Caseload:
    """The caseload of one worker. `weight`: stepping down and custody count half."""

    worker_id: str
    name: str
    cases: int
    weight: float
    aim: int
    ceiling: int

    @property
    def said(self) -> str:
        if self.weight > self.ceiling:
            return "Above the limit"
        if self.weight == self.ceiling:
            return "Full"
        return "Above what we aim at" if self.weight > self.aim else "Has room"


@pages.get("/caseloads", allow=READERS)
async def caseloads(at: Here) -> Response:
    """Show the caseload of every worker, and the people who wait for one."""
    return await _page(at)


@pages.post("/caseloads/waiting/{case_id}", allow=SUPERVISORS)
async def give(at: Here, case_id: UUID) -> Response:
    """Assign a worker to a case that waits for one."""
    field = f"worker-{case_id}"
    worker = at.form.text(field)
    if not worker:
        return await _page(at, BadField(field, "choose who carries on"))
    body = {"worker_id": worker, "over_ceiling": at.form.ticked(f"over-{case_id}")}
    try:
        await at.casework.post(f"/cases/{case_id}/reassign", body, key=at.once())
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return await _page(at, refused)
    return at.go("/board/caseloads", said="A worker is assigned.")


async def workers(at: Visit) -> list[tuple[str, str]]:
    """Return who may carry a case, by name."""
    async with at.transaction() as tx:
        found = await staff.colleagues(tx, at.me.teams)
    return [(str(one.id), one.name) for one in found if one.role == Role.WORKER and one.disabled_at is None]


async def _page(at: Visit, refused: Refused | BadField | None = None) -> Response:
    rows, waiting, known = await asyncio.gather(
        at.casework.whole("/caseloads"), at.casework.every("/cases", without_worker=True, most=gather.MOST), workers(at)
    )
    joined = await gather.joined(at, waiting)
    return at.page(
        "board/caseloads.html",
        refused=refused,
        loads=[_load(row, joined.staff[row["worker_id"]]) for row in rows],
        idle=[name for worker, name in known if worker not in {row["worker_id"] for row in rows}],
        waiting=waiting,
        workers=known,
        joined=joined,
        deciding=at.is_a(Role.SUPERVISOR),
    )


def _load(row: Json, name: str) -> Caseload:
    return Caseload(row["worker_id"], name, row["cases"], row["weight"], row["aim"], row["ceiling"])
