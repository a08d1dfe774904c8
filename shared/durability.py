"""Checks that the running servers keep an acknowledged write through a power cut, before production writes anything.

Settings in a file prove nothing: the values in effect are read from PostgreSQL and NATS.
"""

from typing import Any, cast

import httpx

from shared.db.direct import Direct
from shared.db.session import Database
from shared.settings import Settings

__all__ = ["NotDurable", "check", "unsafe_database", "unsafe_nats", "unsafe_varz"]

SECONDS = 5.0
_SHOW = """
SELECT current_setting('fsync') AS fsync,
       current_setting('full_page_writes') AS full_page_writes,
       current_setting('data_checksums') AS data_checksums,
       current_setting('synchronous_commit') AS synchronous_commit
"""
# Weaker values acknowledge a commit before it is on this server's own disk.
_COMMITS_SAFELY = ("on", "local", "remote_write", "remote_apply")


class NotDurable(Exception):
    """A server would lose acknowledged writes; the message names the server, the setting and what to do."""


async def check(settings: Settings, database: Database) -> None:
    """Check both servers. Raise NotDurable when one is unsafe; errors of an unavailable server pass through."""
    problems = [*await unsafe_database(database), *await unsafe_nats(settings.nats_monitor_url)]
    if problems:
        raise NotDurable("; ".join(problems))


async def unsafe_database(database: Database) -> list[str]:
    """List the unsafe settings in effect in this service's PostgreSQL, one line per setting."""
    direct = Direct(database)
    try:
        [row] = await direct.rows(_SHOW)
    finally:
        await direct.close()
    found = [
        f"PostgreSQL runs with {name} = {getattr(row, name)}: set it on"
        for name in ("fsync", "full_page_writes", "data_checksums")
        if getattr(row, name) != "on"
    ]
    if row.synchronous_commit not in _COMMITS_SAFELY:
        found.append(f"PostgreSQL runs with synchronous_commit = {row.synchronous_commit}: set it on")
    return found


async def unsafe_nats(monitor_url: str) -> list[str]:
    """List the unsafe settings in effect in NATS. `monitor_url` is its monitoring address, such as http://nats:8222."""
    async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as client:
        answer = await client.get(f"{monitor_url.rstrip('/')}/varz")
    return unsafe_varz(cast(dict[str, Any], answer.raise_for_status().json()))


def unsafe_varz(varz: dict[str, Any]) -> list[str]:
    """List the unsafe settings in the body of NATS's `/varz` page."""
    jetstream = cast(dict[str, Any], varz.get("jetstream") or {})
    store = cast(dict[str, Any], jetstream.get("config") or {})
    if not store:
        return ["NATS runs without JetStream: switch it on"]
    if store.get("sync_always") is not True:
        return ["NATS does not sync every write: set sync_interval to always in its jetstream block"]
    return []
