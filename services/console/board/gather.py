"""Requests to the services for what the board shows, as concurrent as they can be."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime

from services.console.backend.client import Json, Param
from services.console.backend.errors import Refused
from services.console.board.filters import Filters
from services.console.board.view import Joined
from services.console.web.visit import Visit

PEOPLE_ON_A_PAGE = 50
# In an order of names, which casework does not have, everybody is read first, up to so many.
MOST_BY_NAME = 1000
ROWS_ON_A_PAGE = 25
CHANGES_SHOWN = 20
MOST = 200

# The directory is public and the same for everybody; a cached name expires after this time.
_KEEP_SECONDS = 300.0
_names: dict[str, tuple[float, str]] = {}


async def agency_names(at: Visit, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of these agencies; one that the directory no longer shows has none."""
    now = time.monotonic()
    wanted = {one for one in ids if one}
    unknown = [one for one in wanted if one not in _names or _names[one][0] < now]
    for one, name in zip(unknown, await asyncio.gather(*(_agency(at, one) for one in unknown)), strict=True):
        _names[one] = (now + _KEEP_SECONDS, name)
    return {one: _names[one][1] for one in wanted if _names[one][1]}


async def _agency(at: Visit, agency_id: str) -> str:
    try:
        return str((await at.referrals.get(f"/agencies/{agency_id}"))["name"])
    except Refused as refused:
        if refused.status == 404:
            return ""
        raise


async def joined(at: Visit, rows: Iterable[Json]) -> Joined:
    """Return the names of everybody and everything on these rows, tasks or steps, in one request for all people."""
    rows = list(rows)
    people = [row.get("person_id") for row in rows]
    people += [line["person_id"] for row in rows for line in row.get("lines", [])]
    names, staff, agencies = await asyncio.gather(
        at.names(people), at.staff(), agency_names(at, (row.get("agency_id") for row in rows))
    )
    return Joined(names, staff, agencies)


async def people(at: Visit, filters: Filters) -> Json:
    """Return one page of the board by person with its counts; in an order of names everybody, in no order yet."""
    asked = filters.asked()
    if not filters.by_names:
        order: dict[str, Param] = {"sort": filters.sort, "last_first": filters.last_first}
        cursor = filters.given.get("cursor")
        return await at.casework.get("/board/people", **asked, **order, limit=PEOPLE_ON_A_PAGE, cursor=cursor)
    page = await at.casework.get("/board/people", **asked, limit=MOST)
    found = page["items"]
    while page["next_cursor"] and len(found) < MOST_BY_NAME:
        more = await at.casework.get("/board/people", **asked, limit=MOST, cursor=page["next_cursor"])
        found += more["items"]
        page["next_cursor"] = more["next_cursor"]
    return page


async def changes(at: Visit, since: datetime) -> Json:
    """Return what others have changed since then, by row."""
    return await at.casework.get("/board/changes", since=since.isoformat(), limit=CHANGES_SHOWN)


async def duties(at: Visit) -> tuple[list[Json], list[Json]]:
    """Return the reader's tasks, and the next steps owed after an ending."""
    tasks, steps = await asyncio.gather(
        at.casework.every("/tasks", mine=True, most=MOST), at.casework.every("/next-steps", most=MOST)
    )
    return tasks, steps


async def approvals(at: Visit) -> dict[str, list[Json]]:
    """Return what waits for a supervisor's decision: reviews to sign, people without a worker, rows that need help."""
    reviews, waiting, help_ = await asyncio.gather(
        at.casework.get("/reviews", signed=False, limit=MOST),
        at.casework.get("/cases", without_worker=True, limit=MOST),
        at.casework.get("/board", needs_help=True, limit=ROWS_ON_A_PAGE),
    )
    return {"reviews": reviews["items"], "waiting": waiting["items"], "stuck": help_["items"]}


async def no_approvals() -> dict[str, list[Json]]:
    """Return what `approvals` returns when nothing waits, for every other role."""
    return {"reviews": [], "waiting": [], "stuck": []}
