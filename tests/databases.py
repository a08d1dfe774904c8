"""The services' databases of one test process: each made once, then emptied between tests.

To make a database takes some four hundred files, to empty one a few statements. So `fresh` empties what it made before;
it makes it anew only after a test has changed more than rows, and after `empty`.
"""

from typing import Any

import psycopg
from psycopg import sql

from deploy.stack import Stack
from shared.db import migrate
from shared.settings import Settings

Server = psycopg.AsyncConnection[tuple[Any, ...]]

# Tables, columns, constraints, triggers, policies and rights, without what a change of rows changes.
_SHAPE = """
SELECT md5(concat_ws('|',
  (SELECT string_agg(concat_ws(',', oid, relname, relowner, relacl, relchecks, relrowsecurity), ';' ORDER BY oid)
     FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(concat_ws(',', attrelid, attname, atttypid, attnotnull, attacl), ';' ORDER BY attrelid, attnum)
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(concat_ws(',', oid, conname), ';' ORDER BY oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace),
  (SELECT string_agg(concat_ws(',', oid, tgname, tgenabled), ';' ORDER BY oid) FROM pg_trigger WHERE NOT tgisinternal),
  (SELECT string_agg(concat_ws(',', oid, polname), ';' ORDER BY oid) FROM pg_policy),
  (SELECT string_agg(concat_ws(',', oid, proname, prosrc), ';' ORDER BY oid) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace)))
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
_SEQUENCES = "SELECT c.oid, c.relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'"
_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class _Made:
    """One migrated database as it was when nothing had been written to it, and a connection to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.shape = ""
        self.tables: list[str] = []
        self.rows: dict[str, bytes] = {}  # of the tables that the migrations fill
        self.states: dict[str, tuple[int, bool]] = {}  # of the sequences

    @classmethod
    async def of(cls, server: Server) -> "_Made":
        made = cls(server)
        # Neither foreign keys nor triggers mind what is deleted and put back here.
        await server.execute("SET session_replication_role = replica")
        [(made.shape,)] = await _all(server, _SHAPE)
        made.tables = [name for (name,) in await _all(server, _TABLES)]
        for name in made.tables:
            if content := await _copied(server, name):
                made.rows[name] = content
        for _, name in await _all(server, _SEQUENCES):
            [made.states[name]] = await _all(server, _query("SELECT last_value, is_called FROM {}", name))
        return made

    async def emptied(self) -> bool:
        """As it was made; or False, when it is gone or has another shape by now."""
        try:
            await self.server.execute(_OTHERS)
            if await _all(self.server, _SHAPE) != [(self.shape,)]:
                return False
            await self._empty()
        except psycopg.OperationalError:  # the server was started anew meanwhile
            return False
        return True

    async def _empty(self) -> None:
        if written := await self._delete([name for name in self.tables if await self._changed(name)]):
            # Not TRUNCATE, which makes new files: VACUUM cuts the old ones to nothing, so rows lie in order again.
            names = sql.SQL(", ").join(map(sql.Identifier, written))
            await self.server.execute(sql.SQL("VACUUM (SKIP_DATABASE_STATS) {}").format(names))
            # The planner knows as little of them as of new ones.
            forget = "SELECT pg_clear_relation_stats('public', name) FROM unnest(%s::text[]) name"
            await self.server.execute(forget, (written,))
        for name in written:
            if name in self.rows:
                async with self.server.cursor().copy(_query("COPY {} FROM STDIN", name)) as copy:
                    await copy.write(self.rows[name])
        for name, (value, called) in self.states.items():
            await self.server.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", (name, value, called))

    async def _changed(self, name: str) -> bool:
        return name not in self.rows or await _copied(self.server, name) != self.rows[name]

    async def _delete(self, tables: list[str]) -> list[str]:
        """All in one question; answers which of them held rows."""
        answer = await self.server.execute(sql.SQL("; ").join(_query("DELETE FROM {}", name) for name in tables))
        written: list[str] = []
        for name in tables:
            if answer.rowcount:
                written.append(name)
            answer.nextset()
        return written


class Databases:
    """Those of one stack."""

    def __init__(self, engines: Stack, settings: Settings) -> None:
        self._engines = engines
        self._settings = settings
        self._made: dict[str, _Made] = {}
        self._templates: set[str] = set()

    async def fresh(self, service: str) -> None:
        """The service's database, migrated and without a row but those of the migrations."""
        made = self._made.get(service)
        if made is not None and await made.emptied():
            return
        await self._forget(service)
        await self._recreate(service, await self._template(service))
        self._made[service] = await _Made.of(await self._connect(service))

    async def empty(self, service: str) -> None:
        """The service's database without a table."""
        await self._forget(service)
        await self._recreate(service, "template1")

    async def close(self) -> None:
        for service in list(self._made):
            await self._forget(service)

    async def _forget(self, service: str) -> None:
        if made := self._made.pop(service, None):
            await made.server.close()

    async def _template(self, service: str) -> str:
        """A migrated database to copy from: a copy takes 50 ms, a migration a second."""
        name = f"{service}_migrated"
        if name not in self._templates:
            await self._recreate(service, "template1")
            migrate.upgrade(self._settings, service)
            await self._recreate(service, service, name)
            self._templates.add(name)
        return name

    async def _recreate(self, service: str, template: str, name: str = "") -> None:
        made, owner = sql.Identifier(name or service), sql.Identifier(f"{service}_owner")
        async with await self._connect("postgres") as server:
            await server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(made))
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            await server.execute(create.format(made, sql.Identifier(template), owner))

    async def _connect(self, database: str) -> Server:
        return await psycopg.AsyncConnection.connect(**self._engines.superuser(database), autocommit=True)  # type: ignore[arg-type]


async def _all(server: Server, query: Any) -> list[tuple[Any, ...]]:
    return await (await server.execute(query)).fetchall()


async def _copied(server: Server, table: str) -> bytes:
    async with server.cursor().copy(_query("COPY {} TO STDOUT", table)) as copy:
        return b"".join([bytes(part) async for part in copy])


def _query(text: str, name: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(name))  # type: ignore[arg-type]
