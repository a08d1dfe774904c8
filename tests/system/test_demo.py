"""`alongside demo --json`: one object on standard output, every checkpoint in its order, exit 0."""

import asyncio
import json
import sys
from datetime import datetime

from deploy import children

CHECKPOINTS = [
    "stack_ready",
    "directory_loaded",
    "person_registered",
    "consent_recorded",
    "plan_started",
    "plan_running",
    "referral_sent",
    "agency_reminded",
    "worker_asked",
    "supervisor_told",
    "stalled_on_board",
    "worker_killed_and_back",
    "agency_replied",
    "escalation_stopped",
    "appointment_booked",
    "person_told",
    "missed_then_rebooked",
    "attended",
    "referral_completed",
    "declined_opens_next_step",
    "plan_reviewed",
    "plan_closed",
    "sent_after_mail_left",
    "called_where_no_address",
    "stack_stopped",
]


async def test_the_main_job_holds_from_start_to_end() -> None:
    process = await children.begin(
        sys.executable,
        *("-m", "deploy.cli", "demo", "--json"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, told = await process.communicate()
    words = told.decode(errors="replace")[-6000:]
    lines = out.decode().splitlines()
    assert len(lines) == 1, f"{lines}\n{words}"
    result = json.loads(lines[0])
    assert result["ok"] is True, f"{result}\n{words}"
    assert process.returncode == 0
    assert result["seconds"] > 0
    assert [checkpoint["name"] for checkpoint in result["checkpoints"]] == CHECKPOINTS
    assert all(
        checkpoint["ok"] is True and isinstance(checkpoint["detail"], dict) for checkpoint in result["checkpoints"]
    )
    instants = [datetime.fromisoformat(checkpoint["at"]) for checkpoint in result["checkpoints"]]
    assert instants == sorted(instants)
    assert all(instant.utcoffset() is not None for instant in instants)
    assert (instants[-1] - instants[0]).days > 40, "weeks of silence and answers have passed"
