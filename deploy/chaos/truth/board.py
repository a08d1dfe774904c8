"""The board and the workflows behind it, against what the owners of plans and referrals say."""

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
REPORT_SECONDS = 30


async def board_in_time(scene: Setting, seconds: float = REPORT_SECONDS) -> list[Finding]:
    """What the board gets wrong once every report had its time.

    A workflow task that died with its worker comes again only when the engine's ten seconds for it are over; what waits
    for it is in no backlog.
    """
    deadline = time.monotonic() + seconds
    while True:
        wrong = await _board(scene)
        if not wrong or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.25)


async def _board(scene: Setting) -> list[Finding]:
    """Each open plan and referral of the team has a running workflow and a board row that says what its owner says."""
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
    """Those of these workflows that do not run."""
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
