"""The process that runs workflow code. It holds no data and may be killed at any moment."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress

from shared import log, loop, process_exit
from shared.health_port import CannotListen, answering, measured
from shared.metrics.common import in_engine, readiness
from shared.metrics.gathering import Gatherer
from shared.settings import Settings, load
from shared.temporal.client import connect, measure
from shared.temporal.worker import workflow_worker
from workflows.case_plan import CasePlanWorkflow
from workflows.contracts import WORKFLOW_QUEUE
from workflows.referral import ReferralWorkflow
from workflows.task_sweep import TaskSweepWorkflow

READY_SECONDS = 2.0
WORKFLOWS = [CasePlanWorkflow, ReferralWorkflow, TaskSweepWorkflow]


async def run(settings: Settings) -> None:
    """Work until TERM or Ctrl-C; the engine may come and go meanwhile. Raise CannotListen when its port is in use."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    reason = ""

    def says(given: str) -> None:
        nonlocal reason
        reason = given

    if settings.metrics_port:
        measure()
    connecting = asyncio.create_task(connect(settings, says))
    stopping = asyncio.create_task(stop.wait())
    working = asyncio.Event()

    async def missing() -> list[str]:
        with suppress(Exception):  # whatever the error, the engine did not answer
            async with asyncio.timeout(READY_SECONDS):
                if working.is_set() and await connecting.result().service_client.check_health():
                    return []
        return [f"temporal: {reason}" if reason else "temporal"]

    async with AsyncExitStack() as ports:
        await ports.enter_async_context(answering("worker", settings.worker_port, missing))
        if settings.metrics_port:
            readings = [readiness(missing, lambda: ("temporal",)), *in_engine(connecting.result, WORKFLOW_QUEUE)]
            at = settings.metrics_host, settings.metrics_port
            await ports.enter_async_context(measured("worker", *at, Gatherer(readings).text))
        await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            connecting.cancel()
            return
        with ThreadPoolExecutor(max_workers=8) as threads:
            worker = workflow_worker(connecting.result(), WORKFLOW_QUEUE, WORKFLOWS, workflow_task_executor=threads)
            async with worker:
                working.set()
                log.get().info("ready")
                await stopping
                working.clear()


def main() -> None:
    settings = load()
    settings.refuse_unsafe("worker")
    log.configure("worker", settings.log_level)
    try:
        loop.run(run(settings))
    except CannotListen as error:
        raise SystemExit(f"worker cannot start: {error}") from None


if __name__ == "__main__":
    process_exit.after(main)
