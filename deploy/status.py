"""What the stack on a data folder is doing, asked of the processes and engines themselves.

Nothing here goes through a service's API: it must answer most of all when a service does not. What cannot be asked
because something is down is None, never a guess.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import nats
import psutil
import psycopg
from sqlalchemy import URL
from temporalio.api.workflowservice.v1 import CountWorkflowExecutionsRequest
from temporalio.service import ConnectConfig, ServiceClient

from deploy import members
from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.stack import ENGINES, MEMBERS, SERVICES, WORKER, environment, settings
from shared import clock
from shared.settings import Settings

PATIENCE = 3.0
"""Seconds that each question may take."""

ASLEEP = timedelta(minutes=15)
"""A row whose next step is this long past has a workflow that sleeps, or none."""

_OUTBOX = """
SELECT count(*) FILTER (WHERE published_at IS NULL),
       count(*) FILTER (WHERE dispatched_at IS NULL AND workflow IS NOT NULL),
       min(recorded_at) FILTER (WHERE published_at IS NULL OR (dispatched_at IS NULL AND workflow IS NOT NULL))
FROM outbox
WHERE published_at IS NULL OR (dispatched_at IS NULL AND workflow IS NOT NULL)
"""
_UNCLAIMED = "SELECT count(*) FROM mails WHERE team_id = '00000000-0000-0000-0000-000000000000'"
_DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"
_PLANS = "SELECT count(*) FROM plans WHERE stage <> 'closed'"
_REFERRALS = "SELECT count(*) FROM referrals WHERE state NOT IN ('completed', 'declined', 'withdrawn')"
_ASLEEP = "SELECT id, kind, next_at FROM board_rows WHERE NOT closed AND next_at < %s ORDER BY next_at, id LIMIT 100"

Report = dict[str, Any]


async def collect(folder: DataFolder) -> Report:
    """The whole report. StackError when no stack was ever started on the folder."""
    facts = folder.read_stack()
    ports = Ports(**facts["ports"])
    found = settings(folder, environment(folder, ports, bool(facts["practice"])))
    clock.use_file(found.practice_clock_file)
    processes, lag, plans, referrals, asleep, running, unclaimed = await asyncio.gather(
        _processes(folder, ports, found),
        _asked(lambda: _lag(found)),
        _asked(lambda: _count(found, "casework", _PLANS)),
        _asked(lambda: _count(found, "referrals", _REFERRALS)),
        _asked(lambda: _asleep(found)),
        _asked(lambda: _running(found)),
        _asked(lambda: _count(found, "referrals", _UNCLAIMED)),
    )
    outboxes = await asyncio.gather(*(_asked(lambda name=name: _outbox(found, name)) for name in SERVICES))
    letters = await asyncio.gather(*(_asked(lambda name=name: _count(found, name, _DEAD_LETTERS)) for name in SERVICES))
    return {
        "ok": all(process["up"] and process["ready"] for process in processes.values()),
        "data": str(folder.path),
        "supervised": folder.is_held(),
        "practice": bool(facts["practice"]),
        "now": clock.now().isoformat(timespec="seconds"),
        "processes": processes,
        "plans_open": plans,
        "referrals_open": referrals,
        "workflows_running": running,
        "outbox": dict(zip(SERVICES, outboxes, strict=True)),
        "consumer_lag": lag,
        "dead_letters": dict(zip(SERVICES, letters, strict=True)),
        "sleeping_too_long": asleep,
        "mails_nobody_reads": unclaimed,
    }


async def _asked(question: Callable[[], Awaitable[Any]]) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            return await question()
    except Exception:  # whatever it is, there is no answer
        return None


# -- processes


async def _processes(folder: DataFolder, ports: Ports, found: Settings) -> dict[str, Report]:
    pids = _recorded(folder)
    names = (*ENGINES, *MEMBERS, WORKER)
    rows = await asyncio.gather(*(_process(name, pids.get(name), ports, found) for name in names))
    return dict(zip(names, rows, strict=True))


async def _process(name: str, process: psutil.Process | None, ports: Ports, found: Settings) -> Report:
    if process is None:
        return {"up": False, "ready": False, "since": None, "pid": None, "missing": []}
    since = datetime.fromtimestamp(process.create_time(), UTC).isoformat(timespec="seconds")
    answer = await _asked(lambda: _ready(name, process.pid, ports, found))
    missing: list[str] = answer if isinstance(answer, list) else []
    return {"up": True, "ready": answer == [], "since": since, "pid": process.pid, "missing": missing}


async def _ready(name: str, pid: int, ports: Ports, found: Settings) -> list[str]:
    """What this process misses; raises when it does not answer at all."""
    if name in MEMBERS:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            return (await client.get(f"http://127.0.0.1:{found.port(name)}/readyz")).json()["missing"]
    if name == WORKER:
        await members.polls(found.temporal_address, pid)
    elif name == "postgres":
        await _rows(found, "intake", "SELECT 1")
    elif name == "nats":
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            (await client.get(f"http://127.0.0.1:{ports.nats_monitor}/healthz")).raise_for_status()
    else:
        await ServiceClient.connect(ConnectConfig(target_host=found.temporal_address))
    return []


def _recorded(folder: DataFolder) -> dict[str, psutil.Process]:
    try:
        rows = json.loads(folder.processes.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    alive: dict[str, psutil.Process] = {}
    for row in rows:
        try:
            process = psutil.Process(row["pid"])
            if abs(process.create_time() - row["started"]) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                alive[row["name"]] = process
        except psutil.NoSuchProcess:
            continue
    return alive


# -- what lies in the databases and engines


async def _rows(found: Settings, service: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    url: URL = found.database_url(service, "work").set(drivername="postgresql")
    async with await psycopg.AsyncConnection.connect(url.render_as_string(hide_password=False)) as connection:
        return await (await connection.execute(query.encode(), parameters)).fetchall()


async def _count(found: Settings, service: str, query: str) -> int:
    return (await _rows(found, service, query))[0][0]


async def _outbox(found: Settings, service: str) -> Report:
    to_publish, to_dispatch, oldest = (await _rows(found, service, _OUTBOX))[0]
    return {"to_publish": to_publish, "to_dispatch": to_dispatch, "oldest": _text(oldest)}


async def _asleep(found: Settings) -> list[Report]:
    rows = await _rows(found, "casework", _ASLEEP, clock.now() - ASLEEP)
    return [{"id": str(row[0]), "kind": row[1], "next_at": _text(row[2])} for row in rows]


async def _running(found: Settings) -> int:
    client = await ServiceClient.connect(ConnectConfig(target_host=found.temporal_address))
    request = CountWorkflowExecutionsRequest(namespace=found.temporal_namespace, query="ExecutionStatus = 'Running'")
    return (await client.workflow_service.count_workflow_executions(request)).count


async def _lag(found: Settings) -> dict[str, int]:
    """Messages not yet handled, by `durable@stream`."""
    connection = await nats.connect(found.nats_url, allow_reconnect=False, connect_timeout=2, error_cb=_silent)
    try:
        js = connection.jetstream()
        waiting: dict[str, int] = {}
        for stream in await js.streams_info():
            name = stream.config.name or ""
            for consumer in await js.consumers_info(name):
                waiting[f"{consumer.name}@{name}"] = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
        return waiting
    finally:
        await connection.close()


async def _silent(_: Exception) -> None:
    """The library would print a traceback; that there is no answer says enough."""


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds")
