"""The outsider: reads every database, stream and workflow of a stack at rest and says what does not agree.

It knows the tables and trusts no service's own checks: what must be unique is counted, what must follow is compared.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from nats.errors import TimeoutError as NatsTimeout
from psycopg.rows import dict_row
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from deploy.demo.setting import Setting
from deploy.stack import SERVICES, Stack
from services.casework.handlers import GROUPS as CASEWORK_HEARS
from services.intake.handlers import GROUPS as INTAKE_HEARS
from services.referrals.handlers import GROUPS as REFERRALS_HEARS
from shared import nats as shared_nats
from shared.temporal.client import connect
from workflows.contracts import plan_workflow_id, referral_workflow_id

Rows = list[dict[str, Any]]
HEARS = {"intake": INTAKE_HEARS, "casework": CASEWORK_HEARS, "referrals": REFERRALS_HEARS}
ENDINGS = ("completed", "declined", "withdrawn")
# Steps that ask nothing of anybody of ours.
NO_TASK = ("remind_agency",)
REPORT_SECONDS = 30
REST_LOOKS = 50


async def rows(stack: Stack, service: str, query: str, *values: object) -> Rows:
    """What a query says in one service's database, read as its owner."""
    url = stack.settings().database_url(service, "owner").set(drivername="postgresql")
    # `str` of a URL hides the password.
    address = url.render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True, row_factory=dict_row) as connection:
        return list(await (await connection.execute(query, values or None)).fetchall())  # type: ignore[arg-type]


async def check(scene: Setting) -> None:
    """Wait until nothing is under way, then look at everything. AssertionError lists all that is wrong."""
    stack = scene.stack
    await scene.journey.settle()
    events = await _events(stack)
    wrong = [
        *await _rest(stack),
        *_steps(events["referrals"]),
        *await _escalations_once(stack),
        *await _heard(stack, events),
        *await _told_to_casework(stack),
        *await _tasks(stack),
        *await _mails(stack),
        *await _board_in_time(scene),
    ]
    assert not wrong, "\n".join(wrong)


async def _events(stack: Stack) -> dict[str, Rows]:
    """Every event of every service, as its owner wrote it down."""
    found: dict[str, Rows] = {}
    for service in SERVICES:
        outbox = await rows(stack, service, "SELECT id, event_id, aggregate_id, subject, body FROM outbox ORDER BY id")
        found[service] = [{**row, **(body := json.loads(row["body"]))["data"], "type": body["type"]} for row in outbox]
    return found


async def mailed(stack: Stack) -> bool | None:
    """No first mail is on its way, and intake knows what became of each permit."""
    under_way = await rows(
        stack,
        "referrals",
        "SELECT i.id FROM message_items i JOIN messages m ON m.id = i.message_id"
        " WHERE m.status = 'sending' OR (m.status = 'waiting' AND m.kind = 'first')"
        " OR (i.permit_outcome IS NOT NULL AND i.confirmed_at IS NULL)",
    )
    return None if under_way else True


async def _rest(stack: Stack) -> list[str]:
    """Nothing waits to be published or dispatched, nothing was given up. The plan of another team may have taken a step
    this very moment, so what has just been told is given its time."""
    for _ in range(REST_LOOKS):
        if not (wrong := await _left(stack)):
            return []
        await asyncio.sleep(0.2)
    return wrong


async def _left(stack: Stack) -> list[str]:
    wrong: list[str] = []
    for service in SERVICES:
        left = await rows(
            stack,
            service,
            "SELECT id, subject FROM outbox"
            " WHERE published_at IS NULL OR (workflow IS NOT NULL AND dispatched_at IS NULL)",
        )
        wrong += [f"{service}: outbox row {row['id']} ({row['subject']}) has not left" for row in left]
        letters = await rows(stack, service, "SELECT group_name, subject, error FROM dead_letters")
        wrong += [
            f"{service}: a dead letter of {row['group_name']}: {row['subject']}, {row['error']}" for row in letters
        ]
    return wrong


def _steps(events: Rows) -> list[str]:
    """A referral's events in the order of its versions: one each, and no step of a stage after what ended that stage.

    A version is counted up under the row's lock, so this is the order in which things were committed.
    """
    wrong: list[str] = []
    told: dict[UUID, Rows] = {}
    for event in events:
        if "referral_id" in event:
            told.setdefault(event["aggregate_id"], []).append(event)
    for referral, mine in told.items():
        twice = [version for version, count in Counter(event["version"] for event in mine).items() if count > 1]
        wrong += [f"referral {referral}: two events of version {version}" for version in twice]
        in_order = sorted(mine, key=lambda event: event["version"])
        if [event["id"] for event in in_order] != [event["id"] for event in mine]:
            wrong.append(f"referral {referral}: its outbox rows are not in the order of its versions")
        entry = 0
        for event in in_order:
            if event["type"] == "referrals.referral.moved":
                entry = max(entry, event["stage_entry"])
            elif event["type"] == "referrals.escalation.recorded" and event["stage_entry"] < entry:
                wrong.append(f"referral {referral}: {event['action']} came after the answer to its stage")
    return wrong


async def _escalations_once(stack: Stack) -> list[str]:
    """A step of the ladder (a rung) is recorded once, whatever was done for it: a pause, or a service without an email
    address, turns several rungs into one action. What was recorded was told, and nothing else was."""
    found = await rows(stack, "referrals", "SELECT * FROM escalations")
    names = ("referral_id", "stage_entry", "clock", "occurrence")
    steps = Counter(tuple(row[name] for name in (*names, "rung")) for row in found)
    wrong = [f"a step was recorded {count} times: {key}" for key, count in steps.items() if count > 1]
    rungs = await rows(stack, "referrals", "SELECT * FROM rungs WHERE outcome IN ('fired', 'overtaken')")
    settled = {(*(row[name] for name in names), row["action"]): row["outcome"] for row in rungs}
    recorded = {(*(row[name] for name in names), row["rung"]): row["outcome"] for row in found}
    wrong += [f"ladder and escalations disagree about {key}" for key in _difference(settled, recorded)]
    told = await rows(
        stack, "referrals", "SELECT body FROM outbox WHERE subject = 'alongside.referrals.escalation.recorded'"
    )
    ids = Counter(json.loads(row["body"])["data"]["escalation_id"] for row in told)
    if ids != Counter(str(row["id"]) for row in found):
        wrong.append("the escalations that were told are not those that are recorded")
    return wrong


async def _heard(stack: Stack, events: dict[str, Rows]) -> list[str]:
    """Each group has handled each event of its own, however often it came; nothing that nobody told."""
    every = {row["event_id"] for told in events.values() for row in told}
    wrong: list[str] = []
    for service in SERVICES:
        inbox = await rows(stack, service, "SELECT group_name, event_id FROM inbox")
        for group in HEARS[service]:
            subjects = {subject for found in group.streams().values() for subject in found}
            due = {row["event_id"] for told in events.values() for row in told if row["subject"] in subjects}
            handled = {row["event_id"] for row in inbox if row["group_name"] == group.name}
            if missing := due - handled:
                wrong.append(f"{group.durable} has not handled {len(missing)} events")
        if strangers := {row["event_id"] for row in inbox} - every:
            wrong.append(f"{service} has handled {len(strangers)} events that nobody told")
    return wrong


async def _told_to_casework(stack: Stack) -> list[str]:
    """What casework knows of people, contacts and referrals is what their owners say."""
    wrong: list[str] = []
    for what, owner, query, known in (
        ("people", "intake", "SELECT id FROM people", "SELECT id FROM known_people"),
        (
            "contacts",
            "intake",
            "SELECT id, person_id, kind, occurred_at FROM contacts",
            "SELECT id, person_id, kind, occurred_at FROM heard_contacts",
        ),
        (
            "referrals",
            "referrals",
            "SELECT id, state, stage_entry, agency_id, plan_id FROM referrals",
            "SELECT id, state, CASE WHEN stage_entry = 0 THEN 1 ELSE stage_entry END AS stage_entry,"
            " agency_id, plan_id FROM known_referrals",
        ),
    ):
        own = {row["id"]: row for row in await rows(stack, owner, query)}
        heard = {row["id"]: row for row in await rows(stack, "casework", known)}
        wrong += [f"{what}: {owner} says {own.get(key)}, casework {heard.get(key)}" for key in _difference(own, heard)]
    return wrong


async def _tasks(stack: Stack) -> list[str]:
    """Each open escalation that asks something of somebody stands on one task, no other one does."""
    escalations = await rows(stack, "referrals", "SELECT id, action, state FROM escalations WHERE outcome = 'fired'")
    lines = await rows(
        stack,
        "casework",
        "SELECT line.source, line.closed_at, task.status FROM task_lines line JOIN tasks task ON task.id = line.task_id"
        " WHERE line.source LIKE 'escalation:%'",
    )
    count = Counter(line["source"] for line in lines)
    is_open = {line["source"]: line["closed_at"] is None and line["status"] == "open" for line in lines}
    wrong = [f"{source} is on {times} tasks" for source, times in count.items() if times > 1]
    for row in escalations:
        source = f"escalation:{row['id']}"
        if row["action"] in NO_TASK:
            continue
        if row["state"] != "resolved" and source not in is_open:
            wrong.append(f"{row['action']} of {source} is on no task")
        if row["state"] == "resolved" and is_open.get(source):
            wrong.append(f"{source} is resolved and its task still open")
    return wrong


async def _mails(stack: Stack) -> list[str]:
    """What was sent left once: one mail a message, one message an agency and day, every permit accounted for."""
    sent = await rows(stack, "referrals", "SELECT id FROM messages WHERE status = 'sent'")
    names = [path.name for path in stack.folder.mail.glob("*.eml")]
    wrong: list[str] = []
    for row in sent:
        copies = sum(str(row["id"]) in name for name in names)
        if copies != 1:
            wrong.append(f"message {row['id']} left {copies} times")
    if len(names) > len(sent):
        wrong.append(f"{len(names)} mails for {len(sent)} messages that were sent")
    lost = await rows(
        stack,
        "intake",
        "SELECT id FROM permits WHERE outcome = 'sent' AND id NOT IN (SELECT permit_id FROM disclosures)",
    )
    wrong += [f"permit {row['id']} was used and is no disclosure" for row in lost]
    return wrong


async def _board_in_time(scene: Setting) -> list[str]:
    """What the board gets wrong once every report had its time.

    A workflow task that died with its worker comes again only when the engine's ten seconds for it are over; what waits
    for it is in no backlog.
    """
    deadline = time.monotonic() + REPORT_SECONDS
    while True:
        wrong = await _board(scene)
        if not wrong or time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.25)


async def _board(scene: Setting) -> list[str]:
    """Each open plan and referral of the team has a running workflow and a board row that says what its owner says."""
    shown = {row["id"]: row for row in await scene.supervisor.every("casework", "/board", limit=200)}
    referrals = await scene.supervisor.every("referrals", "/referrals", limit=200)
    cases = await scene.supervisor.every("casework", "/cases", limit=200)
    wrong: list[str] = []
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
    wrong += [f"the board shows {row['kind']} {key}, which is not open" for key, row in shown.items()]
    return [*wrong, *await not_running(scene.stack, running)]


def _explained(own: dict[str, Any]) -> dict[str, Any]:
    said = own["explanation"]
    return {name: said[name] for name in ("waiting_for", "who", "since", "next_step", "next_at", "level")}


def _same(row: dict[str, Any] | None, kind: str, key: str, **expected: Any) -> list[str]:
    if row is None:
        return [f"open {kind} {key} is not on the board"]
    return [
        f"{kind} {key}: the board says {name} {row[name]!r}, its owner {value!r}"
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


async def streamed(stack: Stack) -> dict[str, Counter[str]]:
    """By service, every event id its stream holds, and how often."""
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
    """By service, every event id its outbox holds."""
    return {service: Counter(str(row["event_id"]) for row in told) for service, told in (await _events(stack)).items()}


async def effects(stack: Stack) -> dict[str, Any]:
    """Everything that hearing an event may change, in all services: to see that hearing it again changes nothing."""
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


def _difference(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
