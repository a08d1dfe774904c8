"""Direct reading of databases, as their owners, bypassing every service."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from deploy.stack import SERVICES, Stack
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


def difference(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    """Return the keys whose values differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
