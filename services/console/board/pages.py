"""The supervisor's board: what needs the reader, what has changed, and all rows; live, with filters in the address."""

import asyncio
from datetime import datetime
from typing import Any

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.board import (
    agencies,
    caseloads,
    figures,
    filters,
    gather,
    last_seen,
    lines,
    live,
    reviews,
    row,
    search,
    transfers,
    view,
)
from services.console.directory.calls import to_confirm
from services.console.people import concerns
from services.console.task import cards
from services.console.task.pages import to_undo
from services.console.web.casework_words import happened
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.http.problems import problem

pages = Pages("/board")

# A position in casework's stream has at most so many digits.
LONGEST_PLACE = 17


@pages.get(allow=READERS)
async def board(at: Here) -> Response:
    """Show what needs the reader, then what changed, then everything; with a filter, only the filtered rows."""
    given = filters.Filters.read(at.query)
    whole = not given.narrowed and "all" not in at.query
    if whole:
        page, needs, news = await asyncio.gather(gather.people(at, given), _needs(at), _changes(at))
    else:
        page, needs, news = await gather.people(at, given), {}, {"items": []}
    listed = [row for found in page["items"] for row in found["rows"]]
    listed += [one for found in needs.values() for one in found]
    late = [task["late"] for task in needs.get("tasks", []) if task["late"]]
    joined = await gather.joined(at, [*listed, *late, *(each["row"] for each in news["items"])])
    duties = view.duties(needs.get("tasks", []))
    shown = [lines.line(found, joined, at.now, at.me.role) for found in page["items"]]
    shown, next_cursor = lines.part(shown, given, gather.PEOPLE_ON_A_PAGE, page["next_cursor"])
    return at.page(
        "board/board.html",
        filters=given,
        deciding=at.is_a(Role.SUPERVISOR),
        may_act=at.is_a(Role.SUPERVISOR, Role.WORKER),
        whole=whole,
        page=page,
        lines=shown,
        next_cursor=next_cursor,
        read=len(page["items"]),
        not_shown=lines.not_shown(given, page["counts"]["total"], len(page["items"])),
        columns=lines.columns(given),
        quick=filters.quick(given),
        stages=filters.by_stage(given, page["counts"]["stage"]),
        workers=filters.by_worker(given, page["counts"]["worker"], joined.staff),
        needs=needs,
        to_confirm=await to_confirm(at) if whole and at.is_a(Role.SUPERVISOR) else 0,
        duties=duties,
        again=cards.again((card, cards.reads(card, joined.people, joined.agencies)) for card in duties),
        undo=to_undo(at),
        stuck=view.with_headings([view.card(each, joined) for each in needs.get("stuck", [])]),
        news=news,
        changed=view.by_person(view.card(each["row"], joined, each["happened"]) for each in news["items"]),
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
    return await gather.changes(at, await last_seen.last_look(at))


@pages.post("/seen", allow=READERS)
async def seen(at: Here) -> Response:
    """Record that the changes shown up to `until` have been seen."""
    try:
        until = datetime.fromisoformat(at.form.text("until"))
        if until.tzinfo is None:
            raise ValueError
    except ValueError:
        raise problem(400, "This form is not complete. Go back, load the page again and send it once more.") from None
    await last_seen.look(at, min(until, at.now))
    return at.go("/board", said="Marked as seen. Next time only what is new is shown.")


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
_PARTS: tuple[Any, ...] = (agencies, reviews, caseloads, transfers, figures, search, row)
for part in _PARTS:
    pages.routes.extend(part.pages.routes)
