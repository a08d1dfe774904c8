"""Errors as pages: in plain words, with a next step, and with what was written still there."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from services.console.backend.errors import Away, Refused
from services.console.web.form import BadField
from services.console.web.state import house_of
from services.console.web.visit import Visit
from shared import log
from shared.context import correlation
from shared.failure import is_infrastructure
from shared.http.problems import Problem

BARE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Something went wrong - Alongside</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>
<h1>Something went wrong here</h1><p>It is our fault, not yours. Go back, and try again in a minute.</p>
<p><a href="/">Start page</a></p></main></body></html>"""


def session_over(visit: Visit) -> Response:
    """Answer a request without a session: sign in, then go on with the same page, which keeps what was sent."""
    if visit.partial:
        return Response(status_code=401, headers={"X-Session": "locked" if visit.locked else "over"})
    if visit.posted or visit.locked:
        return visit.page("errors/session_over.html", status=401, kept=_kept(visit))
    return visit.go(f"/sign-in?next={visit.quoted_path}")


def forbidden(visit: Visit) -> Response:
    return visit.page("errors/forbidden.html", status=403)


def not_from_us(visit: Visit) -> Response:
    """Refuse a POST that no page of ours made. Nothing was read, nothing was done."""
    return visit.page("errors/not_from_us.html", status=403)


def stale(visit: Visit) -> Response:
    """Show a form of an earlier session again, for a person to check and send once more."""
    kept = _kept(visit)
    if visit.partial or kept is None:
        return visit.page("errors/not_from_us.html", status=403)
    return visit.page("errors/stale.html", status=403, kept=kept)


def _kept(visit: Visit) -> list[tuple[str, str]] | None:
    """Return what was written, to be sent again from the error page; None when there is nothing, or it is secret."""
    return [*visit.form.items()] if visit.posted and not visit.form.secret else None


def not_found(visit: Visit) -> Response:
    return visit.page("errors/not_found.html", status=404)


def away(visit: Visit) -> Response:
    """Report that a service is away. The page keeps what was sent: one press sends it again with the same key."""
    response = visit.page("errors/away.html", status=503, kept=_kept(visit))
    response.headers["Retry-After"] = "5"
    return response


def refused(visit: Visit, status: int, detail: str) -> Response:
    return visit.page("errors/refused.html", status=status, detail=detail)


def bare() -> Response:
    """Return the page for when our own database does not answer."""
    return HTMLResponse(BARE, status_code=503, headers={"Retry-After": "5"})


def answer(visit: Visit, error: Exception) -> Response | None:
    """Return the page for an exception; None when it is a bug."""
    match error:
        case Away():
            return away(visit)
        case BadField():
            return refused(visit, 422, error.wrong.message)
        case Refused(status=404) | HTTPException(status_code=404):
            return not_found(visit)
        case Refused(status=403):
            return forbidden(visit)
        case Refused(kept_before=True):
            return visit.page("errors/kept_before.html", status=error.status, detail=error.words)
        case Refused():
            return refused(visit, error.status, error.words)
        case RequestValidationError():  # an invalid id in the address
            return not_found(visit)
        case HTTPException():
            return refused(visit, error.status_code, "This address does not take that.")
        case Problem():
            found = refused(visit, error.status, error.detail)
            found.headers.update(error.headers)
            return found
        case DataError():  # raised by the console's own database; the services name the field themselves
            return refused(visit, 422, "What was sent holds a character that cannot be kept. Write it without.")
        case _:
            return away(visit) if is_infrastructure(error) else None


def install(app: FastAPI) -> None:
    """Answer with a page for every exception that has one."""

    async def handle(request: Request, error: Exception) -> Response:
        try:
            visit = getattr(request.state, "visit", None) or await _visit(request)
            found = answer(visit, error)
        except DBAPIError:
            log.get().warning("the console's database did not answer")
            return bare()
        if found is None:
            raise error
        found.headers["X-Correlation-Id"] = correlation()
        return found

    handler: Callable[[Request, Exception], Awaitable[Response]] = handle
    kinds: tuple[type[Exception], ...] = (
        Away, Refused, BadField, Problem, RequestValidationError, HTTPException, DBAPIError, OSError,
    )  # fmt: skip
    for kind in kinds:
        app.add_exception_handler(kind, handler)


async def _visit(request: Request) -> Visit:
    """Return the visit of a request to an address without a page."""
    from services.console.web.pages import open_visit

    house_of(request)
    visit = await open_visit(request)
    request.state.visit = visit
    return visit
