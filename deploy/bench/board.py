"""The first page of the board with its filters and counts, at many open rows, in a database and a process of its own.

Requests come one after the other over HTTP from a client in another process; what is timed is the whole of it, from
before the request is sent to after the answer is read.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from deploy.bench.board_service import DATABASE, BoardSettings
from deploy.bench.callers import Caller
from deploy.bench.figures import percentile
from deploy.bench.place import Place
from deploy.bench.sizes import Sizes
from deploy.members import answers
from deploy.ports import Ports
from deploy.program import Program
from shared.db import migrate

Json = dict[str, Any]
ROWS = Path(__file__).parent / "board_rows.sql"
PROCESS = "bench-board"
WARM = 30
WORKERS = [f"bench-{number}" for number in range(40)]


async def take(place: Place, sizes: Sizes) -> Json:
    """Percentiles over all requests, and of each kind of filter under `by_filter_p99_ms`."""
    place.say(f"board: writing {sizes.rows} rows")
    await _make(place, sizes.rows)
    async with _served(place) as url:
        readers = [Caller(place.http, place.stack, "supervisor", "bench-supervisor")]
        readers += [Caller(place.http, place.stack, "worker", worker) for worker in WORKERS[:4]]
        kinds = _kinds(await _agencies(place))
        luck = random.Random(20080701)
        taken: dict[str, list[float]] = {name: [] for name in kinds}
        for number in range(WARM + sizes.requests):
            name = list(kinds)[number % len(kinds)]
            params, reader = luck.choice(kinds[name]), luck.choice(readers)
            headers = reader.headers()
            begun = time.perf_counter()
            answer = await place.http.get(f"{url}/board", params=params, headers=headers)
            if number >= WARM:
                taken[name].append((time.perf_counter() - begun) * 1000)
            answer.raise_for_status()
    every = [each for one in taken.values() for each in one]
    found = {
        "rows": sizes.rows,
        "requests": len(every),
        "p50_ms": round(percentile(every, 0.5), 1),
        "p99_ms": round(percentile(every, 0.99), 1),
        "by_filter_p99_ms": {name: round(percentile(each, 0.99), 1) for name, each in taken.items() if each},
    }
    place.say(f"board: p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms")
    return found


def _kinds(agencies: list[str]) -> dict[str, list[Json]]:
    """What supervisors and workers ask for."""
    stages = ["sent", "acknowledged", "accepted", "booked", "in_treatment", "planned", "engaging"]
    return {
        "all": [{"sort": sort} for sort in ("next_at", "since", "level", "stage")],
        "stage": [{"stage": stage} for stage in stages] + [{"stage": stages[:3], "sort": "since"}],
        "worker": [{"worker": worker} for worker in WORKERS[:10]] + [{"worker": ""}],
        "level": [{"level": 2}, {"min_level": 3, "sort": "level"}],
        "who": [{"who": who, "kind": "referral"} for who in ("agency", "us")],
        "agency": [{"agency": agency} for agency in agencies],
        "overdue": [{"overdue": True}, {"overdue": False, "sort": "since"}],
        "stalled": [{"stalled": True, "sort": "level"}, {"stalled": True, "kind": "referral", "stage": "sent"}],
        "needs_me": [{"needs_me": True}, {"needs_me": True, "sort": "since"}],
        "many": [{"worker": WORKERS[:3], "stage": stages[:2], "min_level": 1, "stalled": True}],
    }


async def _make(place: Place, rows: int) -> None:
    """A migrated database of casework's, filled with open rows of one team, cases, workers and tasks."""
    server = place.databases["casework"]
    for statement in (
        f"CREATE DATABASE {DATABASE} OWNER casework_owner",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO casework_api, casework_work",
    ):
        await server.execute(statement)  # type: ignore[arg-type]
    settings = BoardSettings(**place.stack.settings().model_dump())
    await asyncio.to_thread(migrate.upgrade, settings, "casework")
    async with await _connect(place) as database:
        given = {"team": place.stack.folder.team(), "rows": rows}
        for statement in ROWS.read_text(encoding="utf-8").split(";"):
            if statement.strip():
                await database.execute(statement, given)  # type: ignore[arg-type]


async def _connect(place: Place) -> "psycopg.AsyncConnection[tuple[Any, ...]]":
    return await psycopg.AsyncConnection.connect(**place.stack.superuser(DATABASE), autocommit=True)  # type: ignore[arg-type]


async def _agencies(place: Place) -> list[str]:
    async with await _connect(place) as database:
        found = await database.execute("SELECT DISTINCT agency_id FROM board_rows WHERE agency_id IS NOT NULL LIMIT 8")
        return [str(UUID(str(row[0]))) for row in await found.fetchall()]


@asynccontextmanager
async def _served(place: Place) -> AsyncIterator[str]:
    port = Ports.free().casework
    url = f"http://127.0.0.1:{port}"
    program = Program(
        name=PROCESS,
        title="the board's process",
        command=(sys.executable, "-m", "deploy.bench.board_service"),
        log=place.stack.folder.log(PROCESS),
        ready=lambda _: answers(f"{url}/readyz"),
        environment={**os.environ, **place.stack.environment(), "ALONGSIDE_CASEWORK_PORT": str(port)},
    )
    await place.stack.supervisor.start(program)
    try:
        yield url
    finally:
        await place.stack.supervisor.stop(PROCESS)
