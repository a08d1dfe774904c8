"""NATS with JetStream: file storage, synced on every write, one user, this machine only."""

import asyncio
import json
import signal
from pathlib import Path

from deploy import probes
from deploy.engines import binaries
from deploy.folder import DataFolder, write_whole
from deploy.ports import Ports
from deploy.program import Program

USER = "alongside"


def address(folder: DataFolder, ports: Ports) -> str:
    """Return the address for clients, with user and password: never print it or pass it as an argument."""
    return f"nats://{USER}:{folder.secrets().nats}@127.0.0.1:{ports.nats}"


def program(folder: DataFolder, ports: Ports) -> Program:
    config = _write_config(folder, ports)
    return Program(
        name="nats",
        title="NATS",
        command=(str(binaries.nats_server().path), "-c", str(config)),
        log=folder.log("nats"),
        ready=lambda _: _ready(ports.nats_monitor),
        # Includes the streams: one whose file could not be written stays broken until the server restarts.
        alive=lambda _: probes.http(ports.nats_monitor, "/healthz"),
        # SIGUSR2 would drain first; clients are stopped before the server, so there is nothing to drain.
        stop=signal.SIGTERM,
    )


def _write_config(folder: DataFolder, ports: Ports) -> Path:
    # JSON strings are valid NATS configuration strings, so a path with odd characters stays one string.
    store, password = json.dumps(str(folder.path / "nats")), json.dumps(folder.secrets().nats)
    path = folder.path / "nats" / "nats.conf"
    write_whole(
        path,
        f"""\
server_name: alongside
listen: "127.0.0.1:{ports.nats}"
http: "127.0.0.1:{ports.nats_monitor}"
max_payload: 1MB
authorization {{ user: {USER}, password: {password} }}
jetstream {{
  store_dir: {store}
  # Named, or the server takes what is free when it starts: started on a full disk it would refuse every event later.
  max_file_store: 1TB
  # The default syncs every two minutes and loses what was acknowledged since at a power failure.
  sync_interval: always
}}
""",
        mode=0o600,
    )
    return path


async def _ready(port: int) -> None:
    while True:
        try:
            return await probes.http(port, "/healthz?js-enabled-only=true")
        except (OSError, probes.Silent):
            await asyncio.sleep(0.03)
