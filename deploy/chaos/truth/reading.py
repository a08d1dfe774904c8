"""Direct reading of databases, as their owners, and of streams, bypassing every service."""

import json
from collections import Counter
from typing import Any

import psycopg
from nats.errors import TimeoutError as NatsTimeout
from psycopg.rows import dict_row

from deploy.stack import SERVICES, Stack
from shared import nats as shared_nats
from shared.crypto.keyring import Keyring
from shared.events.envelope import opened

Rows = list[dict[str, Any]]


async def rows(stack: Stack, service: str, query: str, *values: object) -> Rows:
    """Return the rows of a query in one service's database, read as its owner."""
    url = stack.settings().database_url(service, "owner").set(drivername="postgresql")
    # `str` of a URL hides the password.
    address = url.render_as_string(hide_password=False)
    connecting = psycopg.AsyncConnection.connect(address, autocommit=True, row_factory=dict_row)  # type: ignore[arg-type]
    async with await connecting as connection:
        return list(await (await connection.execute(query, values or None)).fetchall())  # type: ignore[arg-type]


async def told(stack: Stack) -> dict[str, Rows]:
    """Return every event of every service, from its owner's outbox, its data opened."""
    return {service: await emitted(stack, service) for service in SERVICES}


async def emitted(stack: Stack, service: str, subject: str = "%") -> Rows:
    """Return the events of one service, in order: the outbox row with the members of the data."""
    file = stack.settings().keys_file
    assert file is not None
    ring = Keyring.load(file)
    query = "SELECT id, event_id, aggregate_id, subject, body FROM outbox WHERE subject LIKE %s ORDER BY id"
    found: Rows = []
    for row in await rows(stack, service, query, subject):
        attributes, data = opened(row["body"], ring)
        found.append({**row, **data, "type": attributes["type"]})
    return found


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


def difference(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    """Return the keys whose values differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
