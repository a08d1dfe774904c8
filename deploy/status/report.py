"""The status of a system, from its processes and engines themselves, and what of it somebody must look at.

The system is located by a data folder on this machine, or by the settings from anywhere. A value that is unknown
because something is down is None, never a guess. `alongside status` fails for `problems` and only prints `warnings`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy import members
from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.questions import Questions, text
from deploy.stack import CONSOLE, ENGINES, MEMBERS, SERVICES, WORKER, environment, settings
from deploy.status.problems import problems, warnings
from services.referrals.readings import in_folder
from shared import clock
from shared.readings.files import disk, last_backup
from shared.readings.rows import TASK_DAYS
from shared.settings import Settings
from shared.temporal.client import connect_once

PATIENCE = 10.0
"""Seconds for each query; the comparison of everything with everything may take longer."""
LONG_PATIENCE = 20.0

Report = dict[str, Any]


async def collect(folder: DataFolder) -> Report:
    """Build the report of the stack on a data folder. Raise StackError when no stack was ever started on it."""
    facts = folder.read_stack()
    ports = Ports(**facts["ports"])
    found = settings(folder, environment(folder, ports, bool(facts["practice"])))
    place = {"data": str(folder.path), "supervised": folder.is_held(), "practice": bool(facts["practice"])}
    return await _report(found, place, lambda: _processes(folder, ports, found), folder.path)


async def collect_by_settings(found: Settings) -> Report:
    """Build the report of a system located by the settings, such as from inside one of its containers."""
    place = {"data": None, "supervised": None, "practice": found.practice_clock_file is not None}
    return await _report(found, place, lambda: _reached(found), found.mail_folder)


async def _report(
    found: Settings, place: Report, processes: Callable[[], Awaitable[dict[str, Report]]], data: Path | None
) -> Report:
    clock.use_file(found.practice_clock_file)
    ask = Questions(found)
    asked: dict[str, Awaitable[Any]] = {
        "processes": processes(),
        "compared": _asked(ask.compared, LONG_PATIENCE),
        "outbox": _by_service(ask.outbox),
        "relay_leads": _by_service(ask.relay_leads),
        "streams": _asked(ask.streams),
        "engine_backlog": _asked(ask.engine_backlog),
        "dead_letters": _by_service(ask.dead_letters),
        "sleeping_too_long": _asked(ask.asleep),
        "not_counted_anew": _asked(ask.not_counted_anew),
        "emails_not_left": _asked(ask.emails_not_left),
        "emails_in_folder": _asked(lambda: asyncio.to_thread(_in_folder, found.inbound_mail_folder)),
        "mails": _asked(ask.mails),
        "mails_nobody_reads": _asked(ask.mails_nobody_reads),
        "programs": _asked(ask.programs),
        "tasks_too_long": _asked(lambda: ask.tasks_too_long(TASK_DAYS)),
    }
    answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    lag, wrong = answers.pop("streams") or (None, None)
    report: Report = {
        **place,
        "now": clock.now().isoformat(timespec="seconds"),
        **(answers.pop("compared") or dict.fromkeys(COMPARED)),
        **answers,
        "consumer_lag": lag,
        "streams_wrong": wrong,
        "disk": _disk(data),
        "last_backup": _last_backup(found.last_backup_file),
    }
    failing = problems(report)
    return {"ok": not failing, "problems": failing, "warnings": warnings(report), **report}


COMPARED = (
    "plans_open",
    "referrals_open",
    "workflows_running",
    "not_on_the_board",
    "without_workflow",
    "workflows_without_row",
)


async def _asked(question: Callable[[], Awaitable[Any]], patience: float = PATIENCE) -> Any:
    try:
        async with asyncio.timeout(patience):
            return await question()
    except Exception:  # whatever the error, there is no answer
        return None


async def _by_service(question: Callable[[str], Awaitable[Any]]) -> Report:
    answers = await asyncio.gather(*(_asked(lambda name=name: question(name)) for name in SERVICES))
    return dict(zip(SERVICES, answers, strict=True))


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
    """Return what is missing for this process to be ready; raise when it does not answer at all."""
    if name in MEMBERS:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            return (await client.get(f"http://127.0.0.1:{found.port(name)}/readyz")).json()["missing"]
    if name == WORKER:
        await members.polls(found, pid)
    elif name == "postgres":
        await Questions(found).count("intake", "SELECT 1")
    elif name == "nats":
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            (await client.get(f"http://127.0.0.1:{ports.nats_monitor}/healthz")).raise_for_status()
    else:
        await connect_once(found)
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


async def _reached(found: Settings) -> dict[str, Report]:
    """Report on processes that run elsewhere, whose pids and start times are unknown here."""
    names = (*ENGINES, *MEMBERS, WORKER)
    answers = await asyncio.gather(*(_asked(lambda name=name: _answer(name, found)) for name in names))
    return {
        name: {
            "up": missing is not None,
            "ready": missing == [],
            "since": None,
            "pid": None,
            "missing": missing or [],
        }
        for name, missing in zip(names, answers, strict=True)
    }


async def _answer(name: str, found: Settings) -> list[str]:
    if name in MEMBERS:
        base = f"http://{found.host}:{found.console_port}" if name == CONSOLE else found.service_url(name)
        return await _missing(base.replace("//0.0.0.0:", "//127.0.0.1:"))
    if name == WORKER:
        await members.polls(found, None)
    elif name == "postgres":
        await Questions(found).count("intake", "SELECT 1")
    elif name == "nats":
        await Questions(found).streams()
    else:
        await connect_once(found)
    return []


async def _missing(base: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        return (await client.get(f"{base}/readyz")).json()["missing"]


# -- folders


def _disk(folder: Path | None) -> Report | None:
    try:
        free = disk(folder) if folder else None
    except OSError:
        return None
    return free and {"free_bytes": free.free_bytes, "free_percent": round(free.free_percent, 1)}


def _last_backup(marker: Path | None) -> str | None:
    """Return when the last backup ended, by the file that its program wrote or touched; None for never."""
    return text(last_backup(marker)) if marker else None


def _in_folder(folder: Path | None) -> Report:
    found = in_folder(folder)
    return {"count": found.count, "oldest": text(found.oldest), "put_aside": found.put_aside}
