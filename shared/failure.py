"""Tell an unavailable engine from invalid work, and describe an error without quoting its text."""

import asyncio
import traceback
from typing import cast

import psycopg
from nats.errors import BadSubjectError, MaxPayloadError
from nats.errors import Error as NatsError
from sqlalchemy import exc
from temporalio.service import RPCError, RPCStatusCode

__all__ = ["describe", "is_infrastructure", "root", "server_is_at_fault"]

# Statuses of the workflow engine that blame the request. Every other status is about the engine: retry.
_REQUEST_IS_WRONG = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.OUT_OF_RANGE,
    RPCStatusCode.ALREADY_EXISTS,
    RPCStatusCode.UNIMPLEMENTED,
}


# SQLSTATE classes that PostgreSQL reports about itself and not about the statement: connection exception, transaction
# rollback, insufficient resources (disk, memory, connections), operator intervention, system error.
_SERVER_CLASSES = ("08", "40", "53", "57", "58")
_SERVER_STATES = {
    "25006",  # read only: a standby, or an operator has stopped writes
    "25P03",  # the server ended an idle transaction
    "25P04",  # the server ended a transaction that took too long
    "55P03",  # lock timeout
}


def server_is_at_fault(error: BaseException) -> bool:
    """Return whether PostgreSQL could not do the work at this time, such as with a full disk: nothing was written."""
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state is not None and (state[:2] in _SERVER_CLASSES or state in _SERVER_STATES)


def is_infrastructure(error: BaseException) -> bool:
    """Return whether an engine was unavailable or busy (also a deadlock or a lock timeout).

    True means that the same work succeeds later, False that the work itself is invalid.
    """
    if isinstance(error, RPCError):
        return error.status not in _REQUEST_IS_WRONG
    if isinstance(error, MaxPayloadError | BadSubjectError):
        return False
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    if server_is_at_fault(error):
        return True
    return isinstance(
        error,
        exc.OperationalError
        | exc.InterfaceError
        | exc.TimeoutError
        | psycopg.OperationalError
        | psycopg.InterfaceError
        | NatsError
        | OSError
        | asyncio.TimeoutError,
    )


def root(error: BaseException) -> BaseException:
    """Return the first error of a task group, or the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def describe(error: BaseException) -> str:
    """Describe an error by its type and place alone: its text may quote a database row or the input."""
    kind = type(error).__name__
    if isinstance(error, RPCError):
        kind += f" {error.status.name}"
    if isinstance(error, exc.DBAPIError) and (state := getattr(error.orig, "sqlstate", None)):
        kind += f" {type(error.orig).__name__} {state}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return kind
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
    place = ours[-1]
    return f"{kind} at {'/'.join(place.filename.rsplit('/', 2)[-2:])}:{place.lineno} {place.name}"
