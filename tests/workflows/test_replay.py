"""What runs today goes on under the code of tomorrow: saved histories replay, and a changed order is noticed."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.workflows.wrong import WrongOrder
from workflows.case_plan import CasePlanWorkflow
from workflows.referral import ReferralWorkflow
from workflows.worker import WORKFLOWS

SAVED = sorted((Path(__file__).parent / "histories").glob("*.json"))
EVENTS = {path.stem: json.loads(path.read_text(encoding="utf-8"))["events"] for path in SAVED}


def history(name: str) -> WorkflowHistory:
    [path] = [path for path in SAVED if path.stem == name]
    return WorkflowHistory.from_json(name, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [path.stem for path in SAVED])
async def test_a_saved_history_replays(name: str) -> None:
    await Replayer(workflows=WORKFLOWS).replay_workflow(history(name))


@pytest.mark.parametrize("name", ["plan", "needed_help", "continued_before"])
async def test_a_changed_order_of_commands_is_noticed(name: str) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await Replayer(workflows=[WrongOrder]).replay_workflow(history(name))


def test_the_saved_histories_hold_what_matters() -> None:
    kinds = {name: {each["eventType"].removeprefix("EVENT_TYPE_") for each in found} for name, found in EVENTS.items()}
    waits = {"TIMER_STARTED", "TIMER_FIRED", "TIMER_CANCELED"}
    for name in ("plan", "referral"):
        assert kinds[name] >= {*waits, "WORKFLOW_EXECUTION_SIGNALED", "WORKFLOW_EXECUTION_COMPLETED"}
    assert kinds["needed_help"] >= {"ACTIVITY_TASK_FAILED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED"}
    assert "WORKFLOW_EXECUTION_CONTINUED_AS_NEW" in kinds["continued_before"]
    start = EVENTS["continued_after"][0]["workflowExecutionStartedEventAttributes"]
    assert _decoded(start["input"]["payloads"][0])["state"]["view"] is not None
    types = {each[0]["workflowExecutionStartedEventAttributes"]["workflowType"]["name"] for each in EVENTS.values()}
    assert types == {_name(CasePlanWorkflow), _name(ReferralWorkflow)}
    asked = {
        _of(each, "activityTaskScheduledEventAttributes", "activityType", "name")
        for found in EVENTS.values()
        for each in found
    }
    assert asked >= {
        "referrals.open_stage",
        "referrals.run_due_steps",
        "casework.run_due_plan_steps",
        "casework.refresh_plan",
    }


def test_the_saved_histories_can_be_read_and_name_nobody() -> None:
    for name, found in EVENTS.items():
        payloads = list(_payloads(found))
        assert payloads
        for payload in payloads:
            _decoded(payload)
        text = json.dumps(found)
        assert "stackTrace" not in text and '"identity": "history"' in text, name


def _payloads(found: Any) -> Any:
    if isinstance(found, dict):
        if "metadata" in found and "encoding" in found["metadata"]:
            yield found
        for value in found.values():
            yield from _payloads(value)
    elif isinstance(found, list):
        for each in found:
            yield from _payloads(each)


def _decoded(payload: Any) -> Any:
    encoding = base64.b64decode(payload["metadata"]["encoding"]).decode()
    assert encoding in ("json/plain", "binary/null"), f"{encoding}: saved with the codec"
    return json.loads(base64.b64decode(payload["data"])) if encoding == "json/plain" else None


def _of(event: Any, *path: str) -> Any:
    for name in path:
        event = event.get(name) or {}
    return event or None


def _name(of: type) -> str:
    found = workflow._Definition.must_from_class(of).name
    assert found is not None
    return found
