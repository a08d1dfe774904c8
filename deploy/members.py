"""The processes of our own: services, the workflow worker, migrations. The same entry points as in the image."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from deploy import children, logs, probes
from deploy.errors import StackError
from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.program import Program
from deploy.supervisor import bound
from shared.settings import Settings
from shared.temporal.client import connect_once

ALONGSIDE = (sys.executable, "-m", "deploy.cli")
WORKFLOW_QUEUE = "workflows"
MIGRATION_SECONDS = 300
# A process answers after all its imports, which take long on a busy machine.
READY_SECONDS = 180
ANSWER_SECONDS = 5
NOT_INHERITED = (
    "ALONGSIDE_DATABASE_PASSWORD_OWNER",
    "ALONGSIDE_DATABASE_SUPERUSER",
    "ALONGSIDE_DATABASE_SUPERUSER_PASSWORD",
)


def service(name: str, folder: DataFolder, ports: Ports, environment: Mapping[str, str]) -> Program:
    port: int = getattr(ports, name)
    return Program(
        name=name,
        title=name,
        # The service loads while the migrations run, and begins its work after them.
        command=(*ALONGSIDE, "service", name, "--when-migrated"),
        log=folder.log(name),
        ready=lambda _: answers(port),
        alive=lambda _: probes.http(port, "/healthz"),
        environment={**_inherited(), **environment},
        stop=signal.SIGTERM,
        stop_seconds=20,
        ready_seconds=READY_SECONDS,
    )


def worker(folder: DataFolder, ports: Ports, environment: Mapping[str, str]) -> Program:
    return Program(
        name="worker",
        title="the workflow worker",
        command=(*ALONGSIDE, "worker"),
        log=folder.log("worker"),
        ready=lambda _: answers(ports.worker),
        alive=lambda _: probes.http(ports.worker, "/healthz"),
        environment={**_inherited(), **environment},
        stop=signal.SIGTERM,
        stop_seconds=20,
        ready_seconds=READY_SECONDS,
    )


async def run_migrations(folder: DataFolder, environment: Mapping[str, str]) -> None:
    """Run `alongside migrate` to its end. Raise StackError with its last line when it fails."""
    log = folder.log("migrate")
    with logs.opened(log) as out:
        process = await children.begin(
            *bound((*ALONGSIDE, "migrate"), signal.SIGKILL),
            env={**_inherited(), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
        )
    async with asyncio.timeout(MIGRATION_SECONDS):
        code = await children.wait(process)
    if code != 0:
        raise StackError(f"the migrations did not run: {logs.last_line(log)}")


def _inherited() -> dict[str, str]:
    """Return the environment that our own processes inherit; the stack's variables override it.

    Secrets of a superuser or owner, set for another command, are left out.
    """
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {**kept, "PYTHONUNBUFFERED": "1"}


async def answers(port: int) -> None:
    """Wait until a process is ready."""
    while True:
        with contextlib.suppress(OSError, TimeoutError, probes.Silent):
            async with asyncio.timeout(ANSWER_SECONDS):
                return await probes.http(port, "/readyz")
        await asyncio.sleep(0.05)


async def polls(settings: Settings, pid: int | None) -> None:
    """Wait until this process polls the engine for workflow tasks; without a pid, until any process does.

    The pid matters because the engine lists a dead poller for minutes.
    """
    request = DescribeTaskQueueRequest(
        namespace=settings.temporal_namespace,
        task_queue=TaskQueue(name=WORKFLOW_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    identity = f"{pid}@{socket.gethostname()}"
    while True:
        try:
            client = await connect_once(settings)
            while True:
                answer = await client.workflow_service.describe_task_queue(request)
                if any(pid is None or poller.identity == identity for poller in answer.pollers):
                    return
                await asyncio.sleep(0.05)
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.05)
