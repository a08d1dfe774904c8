"""Requirements on the Temporal server, and the check of a server against them."""

import re
from typing import Final

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

# The first version with updates enabled by default. The other features in use are older: schedules, and
# signal-with-start that uses an existing run (1.24). `.ci/compose-check` reads this line.
MINIMUM: Final = "1.25.0"

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


async def lacks(client: Client) -> list[str]:
    """Query the server and its namespace; return one line per missing feature. Raise RPCError when it is away."""
    asked = client.workflow_service
    system = await asked.get_system_info(GetSystemInfoRequest())
    try:
        space = await asked.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return [f"it has no namespace {client.namespace}"]
    return lacking(
        system.server_version,
        schedules=system.capabilities.supports_schedules,
        updates=space.namespace_info.capabilities.sync_update,
    )


def lacking(version: str, *, schedules: bool, updates: bool) -> list[str]:
    """Return one line per unmet requirement: version `MINIMUM` or newer, schedules, updates."""
    found: list[str] = []
    if (number := _number(version)) is None:
        found.append(f"it does not say which version it is, and {MINIMUM} or newer is needed")
    elif number < _needed():
        found.append(f"it is version {version}, and {MINIMUM} or newer is needed")
    if not schedules:
        found.append("it has no schedules")
    if not updates:
        found.append("it takes no updates (frontend.enableUpdateWorkflowExecution)")
    return found


def _needed() -> tuple[int, ...]:
    number = _number(MINIMUM)
    assert number is not None
    return number


def _number(version: str) -> tuple[int, ...] | None:
    found = _VERSION.match(version)
    return tuple(int(part or 0) for part in found.groups()) if found else None
