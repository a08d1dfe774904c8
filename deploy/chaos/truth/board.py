"""The board and its workflows, compared with the plans and referrals of their owners."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from deploy.chaos.truth.found import Finding, lost, stuck, untrue
from deploy.demo.setting import Setting
from deploy.stack import Stack
from shared.temporal.client import connect
from workflows.contracts import plan_workflow_id, referral_workflow_id

ENDINGS = ("completed", "declined", "withdrawn")
EVENT_SECONDS = 30


async def board_in_time(scene: Setting, seconds: float = EVENT_SECONDS) -> list[Finding]:
    """Return what is wrong on the board once every event had its time.

    A workflow task lost with its worker is retried only after the engine's timeout of ten seconds, and work that waits
    for it appears in no backlog.
    """
    deadline = time.monotonic() + seconds
    while True:
        wrong = await _board(scene)
        if not wrong or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.25)


async def _board(scene: Setting) -> list[Finding]:
    """Check that each open plan and referral of the team has a running workflow and a board row as its owner has it."""
    shown = {row["id"]: row for row in await scene.supervisor.every("casework", "/board", limit=200)}
    referrals = await scene.supervisor.every("referrals", "/referrals", limit=200)
    cases = await scene.supervisor.every("casework", "/cases", limit=200)
    wrong: list[Finding] = []
    running: list[str] = []
    for line in referrals:
        if line["state"] in ENDINGS:
            continue
        own = await scene.supervisor.get("referrals", f"/referrals/{line['id']}")
        wrong += _same(shown.pop(line["id"], None), "referral", own["id"], stage=own["state"], **_explained(own))
        running.append(referral_workflow_id(line["id"]))
    for plan_id in filter(None, (case["plan_id"] for case in cases)):
        plan = await scene.supervisor.get("casework", f"/plans/{plan_id}")
        if plan["stage"] == "closed":
            continue
        wrong += _same(shown.pop(plan_id, None), "plan", plan_id, next_at=plan["next_at"])
        running.append(plan_workflow_id(plan_id))
    wrong += [untrue(f"the board shows {row['kind']} {key}, which is not open") for key, row in shown.items()]
    return [*wrong, *(stuck(problem) for problem in await not_running(scene.stack, running))]


def _explained(own: dict[str, Any]) -> dict[str, Any]:
    said = own["explanation"]
    return {name: said[name] for name in ("waiting_for", "who", "since", "next_step", "next_at", "level")}


def _same(row: dict[str, Any] | None, kind: str, key: str, **expected: Any) -> list[Finding]:
    if row is None:
        return [lost(f"open {kind} {key} is not on the board")]
    return [
        untrue(f"{kind} {key}: the board says {name} {row[name]!r}, its owner {value!r}")
        for name, value in expected.items()
        if row[name] != value
    ]


async def not_running(stack: Stack, workflow_ids: Iterable[str]) -> list[str]:
    """Return the workflows that do not run, each with its status."""
    client = await connect(stack.settings())
    slots = asyncio.Semaphore(8)

    async def one(workflow_id: str) -> list[str]:
        async with slots:
            try:
                found = await client.get_workflow_handle(workflow_id).describe()
            except RPCError as error:
                return [f"{workflow_id}: {error.status.name}"]
        return [] if found.status is WorkflowExecutionStatus.RUNNING else [f"{workflow_id}: {found.status}"]

    return [problem for found in await asyncio.gather(*map(one, workflow_ids)) for problem in found]
