"""Telling an engine that is away from work that is wrong, and naming an error without quoting it."""

import asyncio
import traceback
from typing import cast

import psycopg
from nats.errors import BadSubjectError, MaxPayloadError
from nats.errors import Error as NatsError
from sqlalchemy import exc
from temporalio.service import RPCError, RPCStatusCode

__all__ = ["describe", "is_infrastructure", "root", "server_is_at_fault"]

# What the workflow engine says about the request itself. Everything else is about the engine: try again.
_REQUEST_IS_WRONG = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.OUT_OF_RANGE,
    RPCStatusCode.ALREADY_EXISTS,
    RPCStatusCode.UNIMPLEMENTED,
}


# What PostgreSQL says about itself and not about the statement, by the class of its state: connection, transaction
# rolled back by the server, no room (disk, memory, connections), stopped by an operator, the system below it.
_SERVER_CLASSES = ("08", "40", "53", "57", "58")
_SERVER_STATES = {
    "25006",  # read only: a standby, or an operator who stopped the writing
    "25P03",  # it ended a transaction that stood still
    "25P04",  # or one that took too long
    "55P03",  # a lock was waited for too long
}


def server_is_at_fault(error: BaseException) -> bool:
    """True when this is PostgreSQL's answer that it cannot now, such as a full disk: nothing was written."""
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state is not None and (state[:2] in _SERVER_CLASSES or state in _SERVER_STATES)


def is_infrastructure(error: BaseException) -> bool:
    """True when an engine was away, busy or in the way (also a deadlock or a lock waited for too long): the same work
    succeeds later. False when it is the work itself that is wrong."""
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
    """The first error of a task group, or the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def describe(error: BaseException) -> str:
    """Kind and place of an error, without its text: a database error quotes the row, a validation error the input."""
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
