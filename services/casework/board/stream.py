"""The board's changes as server-sent events, until the token expires or the process stops."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.casework.board import feed
from services.casework.board.feed import Feed
from services.casework.board.schemas import BoardRowView
from shared.context import Actor
from shared.http.state import Services

HEARTBEAT_SECONDS = 15.0


async def events(
    services: Services, changes: Feed, actor: Actor, since: datetime | None, seconds: float
) -> AsyncIterator[str]:
    """Yield frames for one reader: first what changed from ten seconds before `since`, then changes as they happen.

    When `since` is too long ago, or too much has changed, one `event: reload` replaces the past changes.
    """
    ends = time.monotonic() + seconds
    seen: dict[UUID, int] = {}
    async with changes.listen() as queue:
        # Listen first: rows written while the past is read come twice rather than never.
        async with services.database.transaction(actor) as session:
            start = await feed.newest(session)
            past = await feed.since(session, since, start, actor.teams) if since else []
        if past is None:
            yield f"retry: 2000\nid: {feed.position(start)}\nevent: reload\ndata: {{}}\n\n"
            past = []
        else:
            yield f"retry: 2000\nid: {feed.position(start if since is None else since)}\n: welcome\n\n"
        for row, at in past:
            seen[row.id] = row.version
            yield frame(row, at)
        while (left := ends - time.monotonic()) > 0 and not services.stopping.is_set():
            change = await _next(queue, services.stopping, min(left, HEARTBEAT_SECONDS))
            if change is False:
                yield ": still here\n\n"
            elif change is None:
                return
            else:
                row, at = change
                if actor.in_team(row.team_id) and seen.get(row.id, 0) < row.version:
                    seen[row.id] = row.version
                    yield frame(row, at)


def frame(row: BoardRowView, at: datetime) -> str:
    """Return one row as one event; JSON has no line break."""
    return f"id: {feed.position(at)}\nevent: row\ndata: {row.model_dump_json()}\n\n"


async def _next(
    queue: "asyncio.Queue[feed.Change | None]", stopping: asyncio.Event, seconds: float
) -> "feed.Change | None | Literal[False]":
    """Return the next change; None when the stream must end, False when nothing came within `seconds`."""
    if not queue.empty():
        return queue.get_nowait()
    coming, stop = asyncio.ensure_future(queue.get()), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({coming, stop}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            return None
        return coming.result() if coming.done() else False
    finally:
        coming.cancel()
        stop.cancel()
