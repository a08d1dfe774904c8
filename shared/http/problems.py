"""Errors as RFC 9457 problem details, which name the field and the rule and never echo a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

MEDIA_TYPE = "application/problem+json"

NOTHING_DONE = "Nothing was done."
OUTCOME_UNKNOWN = "The outcome is not known yet; repeat the request with the same Idempotency-Key."

TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid request",
    428: "If-Match required",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}


class FieldError(BaseModel):
    """One error of one field: `field` is a dotted path of declared names, `rule` a code for programs."""

    field: str
    rule: str
    message: str


class ProblemView(BaseModel):
    """The body of every error response (RFC 9457), for OpenAPI."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    correlation_id: str | None = None


@dataclass(frozen=True)
class Wrong:
    """A field and the rule that its value violates."""

    field: str
    rule: str
    message: str


class Problem(Exception):
    """An error response. Raised anywhere in a request, it rolls back the transaction and is sent to the client.

    `detail` is for people and may be shown to the caller: it never contains a name, a note or the offending value.
    `extra` becomes further members of the body (for example `legal` moves).
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        field: str | None = None,
        rule: str | None = None,
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{status} {title}")
        self.status, self.title, self.detail = status, title, detail
        self.headers = dict(headers or {})
        self.extra = extra
        self.errors = list(errors)
        if field is None and rule is not None:
            self.extra["rule"] = rule
        if field is not None:
            self.errors.append(Wrong(field, rule or "invalid", detail))

    def body(self, correlation_id: str | None = None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "urn:alongside:problem:" + self.title.lower().replace(" ", "-"),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if self.errors:
            body["errors"] = [{"field": e.field, "rule": e.rule, "message": e.message} for e in self.errors]
        if correlation_id:
            body["correlation_id"] = correlation_id
        return body

    def response(self, correlation_id: str | None = None) -> JSONResponse:
        return JSONResponse(
            self.body(correlation_id), status_code=self.status, headers=self.headers, media_type=MEDIA_TYPE
        )


def problem(status: int, detail: str, **more: Any) -> Problem:
    """Build a problem with the standard title of its status."""
    return Problem(status, TITLES[status], detail, **more)


def not_found() -> Problem:
    """Build a 404 problem, identical for a row that does not exist and for one of another team."""
    return problem(404, "Not found. It may have moved, or you may not have access.")


def conflict(detail: str, *, legal: Sequence[str] | None = None, rule: str | None = None, **extra: Any) -> Problem:
    """Build a 409 problem: well formed, but not possible now. `legal` names the moves that are possible."""
    if legal is not None:
        extra["legal"] = list(legal)
    if rule is not None:
        extra["rule"] = rule
    return problem(409, detail, **extra)


def invalid(field: str, rule: str, message: str) -> Problem:
    """Build a 422 problem for one field, for a rule beyond the schema (an order of dates, an unknown code)."""
    return problem(422, "The request does not have the right shape.", errors=[Wrong(field, rule, message)])


def unavailable(detail: str = NOTHING_DONE, *, retry_after: int = 2) -> Problem:
    """Build a 503 problem with Retry-After. `detail` says that nothing was done or that the outcome is unknown."""
    return problem(503, detail, headers={"Retry-After": str(retry_after)})


def forbidden() -> Problem:
    return problem(403, "Your role may never do this.")


def unauthenticated(detail: str) -> Problem:
    return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def too_large(limit: int) -> Problem:
    return problem(413, f"The body is larger than {limit} bytes. {NOTHING_DONE}", headers={"Connection": "close"})


def wrong_media(accepted: Sequence[str]) -> Problem:
    return problem(415, "Send the body as " + " or ".join(accepted) + ".")
