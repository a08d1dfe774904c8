"""The mapping from exceptions to problems, for every exception that is not a bug of ours."""

import errno
from collections.abc import Awaitable, Callable

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from temporalio.service import RPCError, RPCStatusCode

from shared import log
from shared.context import correlation
from shared.failure import server_is_at_fault
from shared.http import validation
from shared.http.problems import (
    NOTHING_DONE,
    OUTCOME_UNKNOWN,
    TITLES,
    Problem,
    conflict,
    problem,
    unavailable,
)

# Unique, exclusion and foreign key violations are conflicts with other writers; not-null and check are bugs of ours.
_CONFLICTS = frozenset({"23505", "23P01", "23503"})
_ENGINE_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
    }
)

_AWAY = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError, ConnectionError)
# This machine's own disk has no room, or does not work.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def as_problem(error: Exception, request: Request) -> Problem | None:
    """Return the problem for an exception; None for a bug, which becomes a plain 500."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return validation.from_errors(error.errors(), getattr(request.scope.get("route"), "declared", frozenset()))
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, DBAPIError | PoolTimeout | psycopg.Error | ConnectionError):
        return _from_database(error, request)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return unavailable(OUTCOME_UNKNOWN if getattr(request.state, "committing", False) else NOTHING_DONE)
    if isinstance(error, RPCError) and error.status in _ENGINE_AWAY:
        return unavailable(NOTHING_DONE if request.method in ("GET", "HEAD") else OUTCOME_UNKNOWN)
    return None


def _from_http(error: HTTPException) -> Problem:
    if error.status_code == 400:  # the framework's status for a body that it could not parse
        return validation.malformed()
    status = error.status_code if error.status_code in TITLES else 500
    words = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    return problem(status, words.get(status, TITLES[status] + "."), headers=error.headers or {})


def _from_database(error: Exception, request: Request) -> Problem | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    if isinstance(error, IntegrityError):
        return conflict("This collides with something that is already there.") if state in _CONFLICTS else None
    if isinstance(error, DataError):
        return problem(422, validation.DETAIL)
    away = isinstance(error, _AWAY) or server_is_at_fault(error) or getattr(error, "connection_invalidated", False)
    if not away:
        return None
    log.get().warning("the database did not answer", exc_info=error)
    # A SQLSTATE is a response of the server, which has rolled back; without one the outcome of a commit is unknown.
    unknown = getattr(request.state, "committing", False) and (state is None or state.startswith("57"))
    return unavailable(OUTCOME_UNKNOWN if unknown else NOTHING_DONE)


def install(app: FastAPI) -> None:
    """Register a handler that answers with the problem of every exception type that has one."""

    async def handle(request: Request, error: Exception) -> Response:
        found = as_problem(error, request)
        if found is None:
            raise error
        return found.response(correlation())

    handler: Callable[[Request, Exception], Awaitable[Response]] = handle
    kinds: tuple[type[Exception], ...] = (
        Problem, RequestValidationError, HTTPException, DBAPIError, RPCError, *_AWAY, psycopg.Error, OSError,
    )  # fmt: skip
    for kind in kinds:
        app.add_exception_handler(kind, handler)
