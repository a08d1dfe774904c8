"""Moving cases to another worker: some or all of one caseload, or any ticked on the board, whichever workers have them.

No case is ticked in advance, and a page names the ticked ones before they move. Each case moves separately, with its
own result, and can be given back. With script a few move at a time and the page shows the progress; without, all move
in one request. Either way each part has a key of its own, so that nothing moves twice, and a case moves only from the
worker it was shown with.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.board import gather
from services.console.board.caseloads import workers
from services.console.board.filters import Filters
from services.console.web.form import BadField
from services.console.web.pages import SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/board")

AT_A_TIME: Final = 2


@dataclass(frozen=True)
class Movable:
    """One case to tick: its worker and its stage."""

    case_id: str
    person_id: str
    worker_id: str
    stage: str


@dataclass(frozen=True)
class Progress:
    """How far a transfer is. `left` are the cases still to move."""

    total: int
    moved: int = 0
    kept: int = 0
    left: list[str] = field(default_factory=list[str])

    @property
    def done(self) -> int:
        return self.moved + self.kept

    def after(self, moves: list[Json]) -> "Progress":
        """Return the progress once these moves have been tried."""
        moved = sum(move["moved"] for move in moves)
        tried = {move["case_id"] for move in moves}
        left = [case for case in self.left if case not in tried]
        return Progress(self.total, self.moved + moved, self.kept + len(moves) - moved, left)


@pages.get("/move", allow=SUPERVISORS)
async def choose_any(at: Here) -> Response:
    """List the cases of the board as the address narrows it, to tick; not live, because a refresh would lose a tick."""
    return await _any(at)


@pages.post("/move", allow=SUPERVISORS)
async def move_any(at: Here) -> Response:
    if at.form.text("select") == "all":
        return await _any(at, all_ticked=True)
    if refused := _wrong(at):
        return await _any(at, refused)
    seen_with = {case: at.form.text(f"from-{case}") for case in _ticked(at)}
    return await _named_or_moved(at, seen_with, ("/board", "the board"))


@pages.get("/caseloads/{worker_id}", allow=SUPERVISORS)
async def choose(at: Here, worker_id: str) -> Response:
    """List the cases of one worker, and who could carry on."""
    return await _of_one(at, worker_id)


@pages.post("/caseloads/{worker_id}", allow=SUPERVISORS)
async def move(at: Here, worker_id: str) -> Response:
    if at.form.text("select") == "all":
        return await _of_one(at, worker_id, all_ticked=True)
    if refused := _wrong(at, worker_id):
        return await _of_one(at, worker_id, refused)
    seen_with = dict.fromkeys(_ticked(at), worker_id)
    return await _named_or_moved(at, seen_with, ("/board/caseloads", "the caseloads"))


def _ticked(at: Visit) -> list[str]:
    return list(dict.fromkeys(at.form.all("case")))


def _picked(at: Visit) -> list[str]:
    """Return the cases that were ticked on the board: those alone are listed, and are ticked here too."""
    return list(dict.fromkeys(at.request.query_params.getlist("pick")))[: gather.MOST]


def _wrong(at: Visit, worker_id: str = "") -> BadField | None:
    if not at.form.all("case"):
        return BadField("case", "tick at least one")
    if at.form.text("to") in ("", worker_id):
        return BadField("to", "choose another worker")
    return None


async def _named_or_moved(at: Visit, seen_with: dict[str, str], back: tuple[str, str]) -> Response:
    """Name the ticked cases, or move them once their names have been confirmed."""
    if at.form.ticked("confirm"):
        return await _moved(at, seen_with, back)
    rows = [row for case in seen_with if (row := await _case(at, case))]
    staff = await at.staff()
    return at.page(
        "board/moves_check.html",
        rows=rows,
        joined=await gather.joined(at, rows),
        seen_with=seen_with,
        to=at.form.text("to"),
        to_name=staff[at.form.text("to")],
        over=at.form.ticked("over"),
    )


async def _case(at: Visit, case_id: str) -> Json | None:
    try:
        return await at.casework.get(f"/cases/{case_id}")
    except Refused:
        return None


async def _moved(at: Visit, seen_with: dict[str, str], back: tuple[str, str]) -> Response:
    """Move the ticked cases; only the next few of a long list when the page shows the progress."""
    cases = [*seen_with]
    progress = Progress(
        total=at.form.number("total") or len(cases),
        moved=at.form.number("moved") or 0,
        kept=at.form.number("kept") or 0,
        left=cases,
    )
    part = sorted(cases[:AT_A_TIME] if at.partial else cases, key=lambda case: seen_with[case])
    moves: list[Json] = []
    for worker_id, found in groupby(part, key=lambda case: seen_with[case]):
        moves += await _from(at, worker_id, [*found])
    moves = await asyncio.gather(*(_whose(at, each) for each in moves))
    return at.page(
        "board/moving.html" if at.partial else "board/moved.html",
        progress=progress.after(moves),
        moves=moves,
        joined=await gather.joined(at, moves),
        seen_with=seen_with,
        moved=[*at.form.all("done"), *(move["case_id"] for move in moves if move["moved"])],
        back=back,
        to=at.form.text("to"),
        over=at.form.ticked("over"),
    )


async def _from(at: Visit, worker_id: str, cases: list[str]) -> list[Json]:
    """Move these cases of one worker; one that cannot move blocks no other."""
    to = at.form.text("to")
    if worker_id == to:
        return _kept(cases, "It is this worker's already.")
    body = {"from_worker": worker_id, "to_worker": to, "case_ids": cases, "over_ceiling": at.form.ticked("over")}
    try:
        answer = await at.casework.post("/caseloads/transfer", body, key=at.once(cases[0]))
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return _kept(cases, "; ".join(one.message for one in refused.errors) or refused.detail)
    return list(answer["moves"])


async def _whose(at: Visit, move: Json) -> Json:
    """Add the person and the current worker to a move that failed without naming them."""
    if move["moved"] or move["person_id"]:
        return move
    try:
        case = await at.casework.get(f"/cases/{move['case_id']}")
    except Refused:
        return move
    return {**move, "person_id": case["person_id"], "now_with": case["worker_id"]}


def _kept(cases: Sequence[str], why: str) -> list[Json]:
    return [{"case_id": case, "person_id": None, "moved": False, "why": why} for case in cases]


async def _any(at: Visit, refused: BadField | None = None, *, all_ticked: bool = False) -> Response:
    if picked := _picked(at):
        cases = [case for case in await asyncio.gather(*(_case(at, one) for one in picked)) if case]
        movable = [
            Movable(one["id"], one["person_id"], one["worker_id"], one["stage"]) for one in cases if one["worker_id"]
        ]
        return await _form(at, movable, refused, all_ticked=all_ticked)
    filters = Filters.read(at.query)
    rows = await at.casework.every("/board", most=gather.MOST, **filters.asked())
    # A case is ticked once, however many rows it has; one without a worker is assigned one, not moved.
    found = {
        row["case_id"]: Movable(row["case_id"], row["person_id"], row["worker_id"], row["stage"])
        for row in sorted(rows, key=lambda row: row["kind"] != "referral")
        if row["case_id"] and row["worker_id"]
    }
    return await _form(at, [*found.values()], refused, full=len(rows) == gather.MOST, all_ticked=all_ticked)


async def _of_one(at: Visit, worker_id: str, refused: BadField | None = None, *, all_ticked: bool = False) -> Response:
    cases = await at.casework.every("/cases", worker_id=worker_id, most=gather.MOST)
    found = [Movable(case["id"], case["person_id"], worker_id, case["stage"]) for case in cases]
    return await _form(at, found, refused, of=worker_id, all_ticked=all_ticked)


async def _form(
    at: Visit,
    cases: list[Movable],
    refused: BadField | None,
    *,
    of: str = "",
    full: bool = False,
    all_ticked: bool = False,
) -> Response:
    """Show the cases to choose from, with none ticked unless somebody pressed "all"."""
    joined = await gather.joined(at, [{"person_id": case.person_id} for case in cases])
    ticked = {case.case_id for case in cases} if all_ticked else set(_ticked(at) if at.posted else _picked(at))
    others = [one for one in await workers(at) if one[0] != of]
    return at.page(
        "board/transfer.html",
        refused=refused,
        fresh=all_ticked,
        to=at.form.text("to"),
        cases=cases,
        joined=joined,
        of=of,
        full=full,
        others=others,
        ticked=ticked,
    )
