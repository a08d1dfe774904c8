"""Restore of older databases: all of them with newer engines, or one service's with newer ones of the others."""

import asyncio
from collections.abc import Iterable
from random import Random
from uuid import UUID

import psycopg
from psycopg import sql

from deploy.chaos.place import Place, start_twin
from deploy.chaos.plan import Action, Fault
from deploy.chaos.time_jumps import rest
from deploy.chaos.truth import board
from deploy.chaos.truth.reading import told
from deploy.engines import databases
from deploy.errors import StackError
from deploy.stack import MEMBERS, SERVICES, Stack

# The work after the copy. Before casework alone is restored, casework must not accept anything: whatever only one
# service stores is lost with its newer database, and no other service can restore it.
LATER = ("register", "meet", "refer", "phone", "link", "email")
LATER_ELSEWHERE = ("meet", "phone", "link", "meet", "phone", "link")
MENDED_SECONDS = 180.0


async def older(place: Place, fault: Fault) -> None:
    """Copy the databases, let work go on, stop the services, restore the copy, start them, and wait for the repair."""
    names = SERVICES if fault.target == "all databases" else (fault.target,)
    stack, chance = place.stack, Random(str(fault))
    async with place.gate.closed():
        await rest(place)
        for name in names:
            await asyncio.to_thread(_copy, stack, name)
        ledger, people = place.ledger.copy(), [list(client.people) for client in place.clients]
        mails = set(place.relay.folder.glob("*.eml"))
        for what in LATER if names is SERVICES else LATER_ELSEWHERE:
            await place.clients[0].do(Action(what, chance.random(), chance.random(), 0))
        await rest(place)
        before = await _events(stack)
        await _stop(stack, names)
        for name in names:
            await asyncio.to_thread(_put_back, stack, name)
        await _start(stack, names)
        place.undone |= before - await _events(stack)
        if names is SERVICES:
            # The work and the emails were accepted by databases that no longer exist.
            place.ledger.become(ledger)
            for client, known in zip(place.clients, people, strict=True):
                client.people[:] = known
            for mail in set(place.relay.folder.glob("*.eml")) - mails:
                mail.unlink()
        await rest(place)
        if wrong := await board.board_in_time(place.scene, MENDED_SECONDS):
            raise StackError(f"after {fault} it did not mend itself: {'; '.join(map(str, wrong[:5]))}")


async def _events(stack: Stack) -> set[UUID]:
    return {row["event_id"] for events in (await told(stack)).values() for row in events}


async def _stop(stack: Stack, names: Iterable[str]) -> None:
    await asyncio.gather(*(stack.supervisor.stop(each) for name in names for each in (name, f"{name}-2")))


async def _start(stack: Stack, names: Iterable[str]) -> None:
    await asyncio.gather(
        *(stack.start_member(name) for name in names), *(start_twin(stack, f"{name}-2") for name in names)
    )


def _copy(stack: Stack, name: str) -> None:
    """Copy a database that is at rest, while its service goes on."""
    with _server(stack) as server:
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        try:
            _end_sessions(server, name)
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(_before(name)))
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(_before(name), sql.Identifier(name)))
            owner = sql.Identifier(f"{name}_owner")
            server.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(_before(name), owner))
        finally:
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))


def _put_back(stack: Stack, name: str) -> None:
    with _server(stack) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_before(name), sql.Identifier(name)))
    held = stack.folder.secrets()
    # The right to connect is not copied with a database.
    databases.ensure(stack.superuser(), MEMBERS, {"owner": held.owner, "api": held.api, "work": held.work})


def _server(stack: Stack) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(**stack.superuser(), autocommit=True)  # type: ignore[arg-type]


def _end_sessions(server: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))


def _before(name: str) -> sql.Identifier:
    return sql.Identifier(f"{name}_before")
