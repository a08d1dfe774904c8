"""One PostgreSQL connection outside the pool, for the few statements that run many times a second.

The relay polls its outbox at every commit and four times a second besides. Through the pool and the ORM's layers each
poll costs several times the processor time of the query itself.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg.rows import namedtuple_row

from shared.db.opening import connect
from shared.db.session import Database

__all__ = ["Direct"]


class Direct:
    """A connection on which each statement is its own transaction.

    The statement that meets a lost connection raises; the next statement gets a new connection.
    """

    def __init__(self, database: Database) -> None:
        self._parameters = database.connection_parameters()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def rows(self, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Run a statement and return its rows as named tuples (none for a statement without a result)."""
        async with self._turn:
            connection = self._connection
            if connection is None or connection.closed:
                connection = await connect(**self._parameters, autocommit=True, row_factory=namedtuple_row)
                self._connection = connection
            try:
                cursor = await connection.execute(statement, parameters)
                return await cursor.fetchall() if cursor.description is not None else []
            except (psycopg.OperationalError, psycopg.InterfaceError):
                await self.close()
                raise

    async def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
