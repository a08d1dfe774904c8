"""The outsider of `deploy.chaos.truth`, and what the tests ask it besides."""

import json
from collections import Counter
from typing import Any

from nats.errors import TimeoutError as NatsTimeout

from deploy.chaos.truth import findings
from deploy.chaos.truth.board import not_running
from deploy.chaos.truth.found import Finding
from deploy.chaos.truth.reading import emitted, rows, told
from deploy.demo.setting import Setting
from deploy.stack import SERVICES, Stack
from shared import nats as shared_nats

__all__ = [
    "Finding",
    "check",
    "effects",
    "emitted",
    "findings",
    "mailed",
    "not_running",
    "owed",
    "rows",
    "streamed",
    "told",
]


async def check(scene: Setting) -> None:
    """Wait until nothing is in progress, then check everything. Raise AssertionError, which lists all findings."""
    await scene.journey.settle()
    wrong = await findings(scene)
    assert not wrong, "\n".join(map(str, wrong))


async def mailed(stack: Stack) -> bool | None:
    """Return True when no first email is in progress and intake has the outcome of each permit, else None."""
    under_way = await rows(
        stack,
        "referrals",
        "SELECT i.id FROM message_items i JOIN messages m ON m.id = i.message_id"
        " WHERE m.status = 'sending' OR (m.status = 'waiting' AND m.kind = 'first')"
        " OR (i.permit_outcome IS NOT NULL AND i.confirmed_at IS NULL)",
    )
    return None if under_way else True


async def streamed(stack: Stack) -> dict[str, Counter[str]]:
    """Return, by service, every event id in its stream, and how often it occurs."""
    connection = await shared_nats.connect(stack.settings(), "outsider")
    found: dict[str, Counter[str]] = {}
    try:
        js = connection.jetstream()
        for service in SERVICES:
            reader = await js.subscribe(f"alongside.{service}.>", ordered_consumer=True)
            left = (await js.stream_info(shared_nats.stream_name(service))).state.messages
            ids: Counter[str] = Counter()
            while left:
                try:
                    message = await reader.next_msg(timeout=5)
                except NatsTimeout:
                    break
                ids[str(json.loads(message.data)["id"])] += 1
                left -= 1
            await reader.unsubscribe()
            found[service] = ids
    finally:
        await connection.close()
    return found


async def owed(stack: Stack) -> dict[str, Counter[str]]:
    """Return, by service, every event id in its outbox."""
    return {service: Counter(str(row["event_id"]) for row in every) for service, every in (await told(stack)).items()}


async def effects(stack: Stack) -> dict[str, Any]:
    """Return everything that handling an event may change, in all services, to show that a repeat changes nothing."""
    tables = {
        "intake": ("people", "permits", "disclosures"),
        "casework": ("known_people", "heard_contacts", "known_referrals", "known_mails", "tasks", "task_lines",
                     "next_steps", "cases", "plans", "board_timeline"),
        "referrals": ("referrals", "referral_moves", "escalations", "rungs", "plan_holds", "messages"),
    }  # fmt: skip
    found: dict[str, Any] = {}
    for service, names in tables.items():
        for name in names:
            every = await rows(stack, service, f"SELECT * FROM {name} ORDER BY id")
            found[f"{service}.{name}"] = every
    return found
