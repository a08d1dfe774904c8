"""The supervisor's board: what needs the reader, what has changed, and all rows; live, with filters in the address."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.board import agencies, caseloads, figures, gather, live, looks, reviews, row, transfers, view
from services.console.directory.calls import to_confirm
from services.console.people import concerns
from services.console.web.casework_words import happened
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.http.problems import problem

pages = Pages("/board")

# A position in casework's stream has at most so many digits.
LONGEST_PLACE = 17


@pages.get(allow=READERS)
async def board(at: Here) -> Response:
    """Show what needs the reader, then what changed, then everything; with a filter, only the filtered rows."""
    filters = view.Filters.read(at.query)
    whole = not filters.narrowed and "all" not in at.query
    if whole:
        page, needs, news = await asyncio.gather(gather.everything(at, filters), _needs(at), _changes(at))
    else:
        page, needs, news = await gather.everything(at, filters), {}, {"items": []}
    listed = [*page["items"], *(one for found in needs.values() for one in found)]
    joined = await gather.joined(at, [*listed, *(each["row"] for each in news["items"])])
    return at.page(
        "board/board.html",
        filters=filters,
        deciding=at.is_a(Role.SUPERVISOR),
        whole=whole,
        page=page,
        cards=[view.card(each, joined) for each in page["items"]],
        quick=view.quick(filters),
        stages=view.by_stage(filters, page["counts"]["stage"]),
        workers=view.by_worker(filters, page["counts"]["worker"], joined.staff),
        sorts=view.SORTS,
        needs=needs,
        to_confirm=await to_confirm(at) if whole and at.is_a(Role.SUPERVISOR) else 0,
        duties=[view.duty(task, joined) for task in needs.get("tasks", [])],
        stuck=[view.card(each, joined) for each in needs.get("stuck", [])],
        news=news,
        changed=[view.card(each["row"], joined, each["happened"]) for each in news["items"]],
        joined=joined,
        happened=happened,
    )


async def _needs(at: Visit) -> dict[str, list[Json]]:
    """Return what waits for the reader.

    Supervisors also get what only they decide; supervisors and guardians also get the concerns that the safeguarding
    lead has not been informed of.
    """
    approving = gather.approvals(at) if at.is_a(Role.SUPERVISOR) else gather.no_approvals()
    (tasks, steps), approvals = await asyncio.gather(gather.duties(at), approving)
    worries = await concerns.untold(at) if at.is_a(Role.SUPERVISOR, Role.GUARDIAN) else []
    return {"concerns": worries, "tasks": tasks, "old": view.older_than_five_days(steps, at.now), **approvals}


async def _changes(at: Visit) -> Json:
    return await gather.changes(at, await looks.last_look(at))


@pages.post("/seen", allow=READERS)
async def seen(at: Here) -> Response:
    """Record that the changes shown up to `until` have been seen."""
    try:
        until = datetime.fromisoformat(at.form.text("until"))
        if until.tzinfo is None:
            raise ValueError
    except ValueError:
        raise problem(400, "This form is not complete. Go back, load the page again and send it once more.") from None
    await looks.look(at, min(until, at.now))
    return at.go("/board", said="Marked as seen.")


@pages.post("/tasks/{task_id}/done", allow=CARE)
async def task_done(at: Here, task_id: UUID) -> Response:
    """Mark a task of the reader's as done."""
    try:
        await at.casework.post(f"/tasks/{task_id}/done", key=at.once())
    except Refused as refused:
        if refused.status != 409:
            raise
        return at.page("board/not_done.html", refused=refused)
    return at.go("/board", said="Done.")


@pages.get("/stream", allow=READERS)
async def stream(at: Here) -> Response:
    """Stream an event to the page whenever something on the board has changed."""
    if at.request.method == "HEAD":
        return Response(media_type="text/event-stream")
    place = at.request.headers.get("last-event-id") or at.query.get("from", "")
    if place and not (place.isascii() and place.isdecimal() and len(place) <= LONGEST_PLACE):
        # Resuming from an invalid position would skip the changes in between without anybody noticing.
        raise problem(400, "This is no place in the stream. Load the board again.")
    since, changes = int(place) if place else None, at.house.changes
    return live.Live(lambda: changes.reading(at.casework, at.me.account_id, at.me.teams, since))


# Routes with a name come before those with an id.
_PARTS: tuple[Any, ...] = (agencies, reviews, caseloads, transfers, figures, row)
for part in _PARTS:
    pages.routes.extend(part.pages.routes)
