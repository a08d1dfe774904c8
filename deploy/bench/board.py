"""The figure of the board: its first page with filters and counts, at many open rows, from casework and the console.

Measured for a team of many rows alone, then again with the rows of hundreds of other teams beside them.
The rows are in a database and a process of their own. Requests follow one another over HTTP from a client in another
process; the time is that of the whole request, from before it is sent until the response is read.
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
from uuid import NAMESPACE_OID, UUID, uuid5

import psycopg

from deploy.bench import board_page
from deploy.bench.board_service import DATABASE, BoardSettings
from deploy.bench.callers import Caller
from deploy.bench.figures import percentile
from deploy.bench.people import register
from deploy.bench.place import Place
from deploy.bench.sizes import Sizes
from deploy.members import answers
from deploy.ports import Ports
from deploy.program import Program
from shared.db import migrate

Json = dict[str, Any]
ROWS = (Path(__file__).parent / "board_rows.sql").read_text(encoding="utf-8")
OTHERS = (Path(__file__).parent / "board_others.sql").read_text(encoding="utf-8")
PROCESS = "bench-board"
WARM = 30
WORKERS = [str(uuid5(NAMESPACE_OID, f"bench-{number}")) for number in range(40)]
CASE_OF_ROWS = 5
TOLD = ("rows", "p50_ms", "p99_ms", "page_p50_ms", "page_p99_ms", "all_rows", "all_p50_ms", "all_p99_ms")


async def take(place: Place, sizes: Sizes) -> Json:
    """Measure percentiles over all requests, of each kind of filter (`by_filter_p99_ms`), and of the pages."""
    await _make(place, sizes)
    async with _served(place) as url:
        agencies = await _agencies(place)
        alone = await _ask(place, sizes, url, agencies)
        shown = await board_page.take(place, sizes, url, agencies, WORKERS[:10])
        found = {"rows": sizes.rows, "requests": sizes.requests, **_percentiles(alone)}
        found |= {f"page_{name}": value for name, value in _percentiles(shown).items()}
        all_rows = await _add_other_teams(place, sizes)
        among = await _ask(place, sizes, url, agencies)
    found |= {"all_rows": all_rows, **{f"all_{name}": value for name, value in _percentiles(among).items()}}
    place.say(f"board: p99 {found['p99_ms']} ms, as a page of the console {found['page_p99_ms']} ms")
    place.say(f"board: p99 {found['all_p99_ms']} ms among {all_rows} rows of {sizes.teams} teams")
    return found


async def _ask(place: Place, sizes: Sizes, url: str, agencies: list[str]) -> dict[str, list[float]]:
    """Return the milliseconds of each request, by kind of filter: the same requests in the same order every time."""
    readers = [Caller(place.http, place.stack, "supervisor", "bench-supervisor")]
    readers += [Caller(place.http, place.stack, "worker", worker) for worker in WORKERS[:4]]
    kinds = _kinds(agencies)
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
    return taken


def _percentiles(taken: dict[str, list[float]]) -> Json:
    every = [each for one in taken.values() for each in one]
    return {
        "p50_ms": round(percentile(every, 0.5), 1),
        "p99_ms": round(percentile(every, 0.99), 1),
        "by_filter_p99_ms": {name: round(percentile(each, 0.99), 1) for name, each in taken.items() if each},
    }


def _kinds(agencies: list[str]) -> dict[str, list[Json]]:
    """Return the queries of supervisors and workers, by kind of filter."""
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


async def _make(place: Place, sizes: Sizes) -> None:
    """Create a migrated casework database with open rows, cases, workers and tasks of one team.

    The rows are about people whom intake can name.
    """
    number = max(1, sizes.rows // CASE_OF_ROWS)
    place.say(f"board: registering {number} people")
    people = await register(place, number, sizes.at_once)
    await place.quiet()
    place.say(f"board: writing {sizes.rows} rows")
    server = place.databases["casework"]
    for statement in (
        f"CREATE DATABASE {DATABASE} OWNER casework_owner",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO casework_api, casework_work",
    ):
        await server.execute(statement)  # type: ignore[arg-type]
    settings = BoardSettings(**place.stack.settings().model_dump())
    await asyncio.to_thread(migrate.upgrade, settings, "casework")
    given = {"team": place.stack.folder.team(), "rows": sizes.rows, "people": people, "workers": WORKERS}
    await _execute(place, ROWS, given)


async def _add_other_teams(place: Place, sizes: Sizes) -> int:
    """Copy rows, cases and tasks to other teams, alike in size; return the number of rows of all teams."""
    place.say(f"board: writing the rows of {sizes.teams - 1} other teams")
    each = -(-(sizes.all_rows - sizes.rows) // (sizes.teams - 1))
    await _execute(place, OTHERS, {"team": place.stack.folder.team(), "teams": sizes.teams - 1, "rows": each})
    async with await _connect(place) as database:
        found = await (await database.execute("SELECT count(*) FROM board_rows")).fetchone()
    assert found is not None
    return int(found[0])


async def _execute(place: Place, statements: str, given: Json) -> None:
    """Run statements, each in a transaction of its own."""
    async with await _connect(place) as database:
        for statement in statements.split(";"):
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
        ready=lambda _: answers(port),
        environment={**os.environ, **place.stack.environment(), "ALONGSIDE_CASEWORK_PORT": str(port)},
    )
    await place.stack.supervisor.start(program)
    try:
        yield url
    finally:
        await place.stack.supervisor.stop(PROCESS)
