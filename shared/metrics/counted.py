"""Count requests with their times, steps with their lateness, permits, and rows of the board, as they happen."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

# When a series began is a second series for each: nobody asks for it.
disable_created_metrics()

COUNTED = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=COUNTED)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

_requests = Counter("alongside_requests", "Requests that were answered.", ("route", "method", "code"), registry=COUNTED)
_request_seconds = Histogram(
    "alongside_request_seconds",
    "Time until the answer to a request begins; a stream of events goes on after that.",
    ("route", "method"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
    registry=COUNTED,
)
_step_lateness = Histogram(
    "alongside_step_lateness_seconds",
    "How long after its time a step of a ladder was taken.",
    ("kind",),
    buckets=(1, 5, 30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY),
    registry=COUNTED,
)
_permits = Counter(
    "alongside_permits", "Answers to whether something may be disclosed now.", ("answer",), registry=COUNTED
)
_program_refusals = Counter(
    "alongside_program_refusals", "Requests of programs that were refused.", ("reason",), registry=COUNTED
)
_board_delay = Histogram(
    "alongside_board_delay_seconds",
    "How long after its change a row of the board was written.",
    ("kind",),
    buckets=(0.1, 0.5, 1, 2, 5, 15, _MINUTE, 5 * _MINUTE, _HOUR, _DAY),
    registry=COUNTED,
)

GRANTED = "granted"

for _reason in ("unknown", "revoked", "expired", "scope", "rate"):
    _program_refusals.labels(_reason)


@cache
def _of_route(route: str, method: str) -> Histogram:
    return _request_seconds.labels(route, method)


@cache
def _of_answer(route: str, method: str, code: int) -> Counter:
    return _requests.labels(route, method, str(code))


def request(route: str, method: str, code: int, seconds: float) -> None:
    """Count a request by the template of its route; `seconds` is the time until its answer began."""
    # Callers choose the method: they must not choose how many series we keep.
    method = method if method in _METHODS else "other"
    _of_route(route, method).observe(seconds)
    _of_answer(route, method, code).inc()


def step(kind: str, seconds: float) -> None:
    """Count a step of a ladder that was taken so long after its time."""
    _step_lateness.labels(kind).observe(max(0.0, seconds))


def permit(answer: str) -> None:
    """Count an answer to a request for a permit: `GRANTED`, or the code of the refusal."""
    _permits.labels(answer).inc()


def program_refused(reason: str) -> None:
    """Count a refused request of a program: its key is not valid, its scopes do not reach, or it asks too often."""
    _program_refusals.labels(reason).inc()


def board_row(kind: str, seconds: float) -> None:
    """Count a row of the board that was written so long after its change."""
    _board_delay.labels(kind).observe(max(0.0, seconds))


def expect_steps(kind: str) -> None:
    """Show steps of this kind as 0 until the first is taken."""
    _step_lateness.labels(kind)


def expect_permits(*answers: str) -> None:
    """Show these answers as 0 until the first is given: a rate needs a number before it."""
    for answer in answers:
        _permits.labels(answer)


def expect_board(*kinds: str) -> None:
    """Show rows of the board as 0 until the first is written."""
    for kind in kinds:
        _board_delay.labels(kind)
