"""Moving some or all of a caseload to another worker: each case by itself, with what became of it.

With script a few cases move at a time and the page shows how far it is; without, all move in one go. Either way each
part has a key of its own, so that nothing moves twice.
"""

from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.board import gather
from services.console.board.caseloads import workers
from services.console.web.form import BadField
from services.console.web.pages import SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/board")

AT_A_TIME: Final = 2


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
        """The same once these have been tried."""
        moved = sum(move["moved"] for move in moves)
        tried = {move["case_id"] for move in moves}
        left = [case for case in self.left if case not in tried]
        return Progress(self.total, self.moved + moved, self.kept + len(moves) - moved, left)


@pages.get("/caseloads/{worker_id}", allow=SUPERVISORS)
async def choose(at: Here, worker_id: str) -> Response:
    """The cases of one worker, all ticked, and who could carry on."""
    return await _form(at, worker_id)


@pages.post("/caseloads/{worker_id}", allow=SUPERVISORS)
async def move(at: Here, worker_id: str) -> Response:
    """Move what is ticked; of a long list the next few, when the page shows how far it is."""
    cases, to = at.form.all("case"), at.form.text("to")
    if not cases:
        return await _form(at, worker_id, BadField("case", "tick at least one"))
    if not to or to == worker_id:
        return await _form(at, worker_id, BadField("to", "choose another worker"))
    progress = Progress(
        total=at.form.number("total") or len(cases),
        moved=at.form.number("moved") or 0,
        kept=at.form.number("kept") or 0,
        left=cases,
    )
    part = cases[:AT_A_TIME] if at.partial else cases
    body = {"from_worker": worker_id, "to_worker": to, "case_ids": part, "over_ceiling": at.form.ticked("over")}
    try:
        answer = await at.casework.post("/caseloads/transfer", body, key=at.once(part[0]))
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return await _form(at, worker_id, refused)
    moves = answer["moves"]
    joined = await gather.joined(at, moves)
    return at.page(
        "board/moving.html" if at.partial else "board/moved.html",
        progress=progress.after(moves),
        moves=moves,
        joined=joined,
        worker_id=worker_id,
        to=to,
        over=at.form.ticked("over"),
    )


async def _form(at: Visit, worker_id: str, refused: Refused | BadField | None = None) -> Response:
    cases = await at.casework.every("/cases", worker_id=worker_id, most=gather.MOST)
    joined = await gather.joined(at, cases)
    others = [one for one in await workers(at) if one[0] != worker_id]
    return at.page(
        "board/transfer.html", refused=refused, cases=cases, joined=joined, worker_id=worker_id, others=others,
        ticked=set(at.form.all("case")) if at.posted else {case["id"] for case in cases},
    )  # fmt: skip
