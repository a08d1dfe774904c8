"""Logs: one JSON object a line on standard error, fields by allow-list.

Fields that are not on the list are dropped and counted. Messages of exceptions are never written (a database error
quotes the values of the row): the type and the place of an error are. Records of libraries keep the first line of
their template only, never its arguments. What Python itself would print (an uncaught error, a warning) is written in
the same form.

Writing never raises: a full disk must not end the work that logs. Lines that could not be written are counted, and
the next line that is written is followed by their number.
"""

import json
import logging
import os
import sys
import threading
import traceback
import warnings
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Any, Final, cast
from uuid import UUID

import structlog

from shared import clock
from shared.context import correlated, program

# The event, its time and its writer; its subject (ids only); HTTP, engines and events; the outcome.
_NAMES: Final = """
    event level time service part logger correlation_id pid version
    id ids row_id person_id case_id plan_id task_id referral_id agency_id service_id appointment_id
    escalation_id message_id event_id team_id user_id role key_id program
    method route status duration_ms workflow workflow_id run_id activity attempt queue subject stream group
    consumer delivery sequence cursor action stage rung update signal
    error_type where rule reason count total backlog delay_seconds next_at address port database revision
    process exit_code dropped
"""
ALLOWED: Final = frozenset(_NAMES.split())

_LONGEST: Final = 300


_service = ""


def configure(service: str, level: str = "INFO") -> None:
    """Write our own records and those of libraries to standard error, as JSON, from this level up."""
    global _service
    _service = service
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            _name_errors,
            _stamp,
            _allow,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(getattr(logging, level))
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers = []
        logging.getLogger(own).propagate = True
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    threading.excepthook = lambda found: _uncaught(found.exc_type, found.exc_value, found.exc_traceback)
    warnings.showwarning = _warned


def get(**fields: object) -> "structlog.typing.FilteringBoundLogger":
    """Return a logger with these fields bound. The event is a fixed phrase; what varies goes into allowed fields."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(**fields))


def _stamp(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    fields.setdefault("service", _service)
    if current := correlated():
        fields.setdefault("correlation_id", current)
    if name := program():
        fields.setdefault("program", name)
    with suppress(OSError, clock.ClockError):  # a line without a time is better than no line
        fields["time"] = clock.now()
    return fields


def _name_errors(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = fields.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    elif isinstance(found, tuple):
        found = cast("tuple[object, ...]", found)[1]
    if isinstance(found, BaseException):
        fields.setdefault("error_type", type(found).__qualname__)
        fields.setdefault("where", _place(found))
    return fields


def _place(error: BaseException) -> str:
    """Return the last frames of an error, innermost last: file, line and function, without its text."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{'/'.join(f.filename.rsplit('/', 2)[-2:])}:{f.lineno} {f.name}" for f in frames)


def _allow(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    kept: dict[str, Any] = {}
    dropped = 0
    for name, value in fields.items():
        plain = _plain(value) if name in ALLOWED else None
        if plain is None:
            dropped += value is not None
        else:
            kept[name] = plain
    if dropped:
        kept["dropped"] = dropped
    return kept


def _plain(value: object) -> object:
    """Return a value in a JSON type, or None when its type may carry arbitrary text."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item) for item in cast("list[object]", value)]
        return None if None in items else items
    return None


def _render(_: object, __: str, fields: MutableMapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


class _Stderr:
    """A structlog logger that writes each finished line whole to the current standard error."""

    def __init__(self, *_: object) -> None: ...

    def msg(self, line: str) -> None:
        _writer.write(line)

    debug = info = warning = error = critical = msg


class _Writer:
    """A writer of lines to standard error, one at a time. Lines that cannot be written are counted, never raised."""

    def __init__(self) -> None:
        # Reentrant: a garbage collection while the lock is held may log from the same thread.
        self._lock = threading.RLock()
        self._rest = b""  # the rest of a line cut off by a full disk: written first, so that every line stays whole
        self.lost = 0

    def write(self, line: str) -> None:
        with self._lock:
            try:
                self._put(f"{line}\n".encode("utf-8", "replace"))
            except (OSError, ValueError):  # no room, or standard error is closed
                self.lost += 1
                return
            if lost := self.lost:
                self.lost = 0
                said = _stamp(None, "", {"event": "log lines were lost", "level": "warning", "count": lost})
                self.write(_render(None, "", _allow(None, "", said)))

    def _put(self, text: bytes) -> None:
        handle = _handle()
        if handle is None:
            sys.stderr.write(text.decode("utf-8"))
            sys.stderr.flush()
            return
        while self._rest:
            self._rest = self._rest[os.write(handle, self._rest) :]
        written = os.write(handle, text)
        self._rest = text[written:]
        with suppress(OSError):  # the line has begun; its rest follows here or before the next line
            while self._rest:
                self._rest = self._rest[os.write(handle, self._rest) :]


_writer = _Writer()


def _handle() -> int | None:
    """Return the file descriptor of standard error: Python's buffer keeps what it could not write and fails again."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return None  # standard error was replaced by another object


def _emit(fields: MutableMapping[str, Any]) -> None:
    _writer.write(_render(None, "", _allow(None, "", _stamp(None, "", _name_errors(None, "", fields)))))


def _uncaught(kind: type[BaseException], error: BaseException | None, _: object) -> None:
    _emit({"event": "an error nobody caught", "level": "error", "error_type": kind.__qualname__, "exc_info": error})


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
    where = f"{'/'.join(filename.rsplit('/', 2)[-2:])}:{lineno}"
    _emit({"event": "warning", "level": "warning", "error_type": category.__qualname__, "where": where})


class _LibraryHandler(logging.Handler):
    """A handler that writes a library's records in our own form, without the arguments of their messages."""

    def emit(self, record: logging.LogRecord) -> None:
        _emit(
            {
                "event": str(record.msg).partition("\n")[0],
                "level": record.levelname.lower(),
                "logger": record.name,
                "exc_info": record.exc_info,
            }
        )
