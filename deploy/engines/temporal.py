"""Temporal's development server, with its data in a SQLite file that is synced on every commit."""

import asyncio
import os
from collections.abc import Mapping

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from deploy.engines import binaries
from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.program import Program

# Time skipping is for demo and rehearsal, never for care; with the second flag a skipped timer fires in 0.03 s instead
# of 1 s (measured).
PRACTICE_FLAGS: Mapping[str, str] = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "history.timerProcessorMaxTimeShift": '"10ms"',
}


def address(ports: Ports) -> str:
    return f"127.0.0.1:{ports.temporal}"


def program(
    folder: DataFolder, ports: Ports, *, practice: bool, dynamic_config: Mapping[str, str] | None = None
) -> Program:
    flags = {**(PRACTICE_FLAGS if practice else {}), **(dynamic_config or {})}
    return Program(
        name="temporal",
        title="Temporal",
        command=(
            str(binaries.temporal().path),
            "server",
            "start-dev",
            "--db-filename",
            str(folder.path / "temporal" / "temporal.db"),
            "--ip",
            "127.0.0.1",
            "--port",
            str(ports.temporal),
            # Temporal's web page would let any local program end workflows; `alongside status` and the board show more.
            "--headless",
            "--sqlite-pragma",
            "journal_mode=wal",
            "--sqlite-pragma",
            "synchronous=full",
            "--log-level",
            "warn",
            *(word for key, value in flags.items() for word in ("--dynamic-config-value", f"{key}={value}")),
        ),
        # In the user's home the program would read the configuration of the client of the same name.
        environment={"HOME": str(folder.path / "temporal"), "PATH": os.defpath},
        log=folder.log("temporal"),
        ready=lambda _: _ready(address(ports)),
        alive=lambda _: _answers(address(ports)),
    )


async def _ready(target: str) -> None:
    while True:
        try:
            return await _answers(target)
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.05)


async def _answers(target: str) -> None:
    client = await ServiceClient.connect(ConnectConfig(target_host=target, lazy=False))
    # The port opens before the namespace exists, and a client that connects in between would be refused.
    await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
