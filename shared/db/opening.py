"""Open a connection to PostgreSQL, so that no half of one is left behind by a caller that was cancelled."""

import asyncio
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]


async def connect(*args: Any, **options: Any) -> Connection:
    """Return a new connection. When the caller is cancelled meanwhile, it is opened all the same and closed at once.

    A connection that is given up while it signs in stays in memory, and in one of the server's places, until garbage
    collection or `authentication_timeout` (60 s); until then the server can drop no database.
    """
    opening = asyncio.ensure_future(psycopg.AsyncConnection.connect(*args, **options))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opening: "asyncio.Future[Connection]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().pgconn.finish()
