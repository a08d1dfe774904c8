"""Telling an engine that is away from work that is wrong, and naming an error without quoting it."""

import asyncio
import traceback
from typing import cast

import psycopg
from nats.errors import BadSubjectError, MaxPayloadError
from nats.errors import Error as NatsError
from sqlalchemy import exc
from temporalio.service import RPCError, RPCStatusCode

__all__ = ["describe", "is_infrastructure", "root"]

# What the workflow engine says about the request itself. Everything else is about the engine: try again.
_REQUEST_IS_WRONG = {
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.OUT_OF_RANGE,
    RPCStatusCode.ALREADY_EXISTS,
    RPCStatusCode.UNIMPLEMENTED,
}


def is_infrastructure(error: BaseException) -> bool:
    """True when an engine was away, busy or in the way (also a deadlock or a lock waited for too long): the same work
    succeeds later. False when it is the work itself that is wrong."""
    if isinstance(error, RPCError):
        return error.status not in _REQUEST_IS_WRONG
    if isinstance(error, MaxPayloadError | BadSubjectError):
        return False
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
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
