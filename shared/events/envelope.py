"""Events between services: the base of every event class and its CloudEvents 1.0 envelope.

An event holds ids, states and instants, never a name, a sealed fact, free text or a health fact: events are kept for
years in the outbox, in the stream's files and by every consumer.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

__all__ = ["BadEnvelope", "Envelope", "Event", "UnknownEvent", "event_class", "event_classes", "read", "write"]

_TYPE = re.compile(r"[a-z]+(\.[a-z][a-z_]*){2}")
_SCHEMAS = "https://alongside.invalid/events"
_registry: dict[str, "type[Event]"] = {}


class UnknownEvent(LookupError):
    """The type of an event is not in this process's registry: a newer writer, or its module was not imported."""


class BadEnvelope(ValueError):
    """A body is not an event of ours. The message names the field, never the value."""


class Event(BaseModel):
    """A fact that was committed. One subclass per `type`; a subclass without `type` is a shared base.

    `version` is the aggregate's version after the fact: a reader applies only newer versions. `occurred_at` is the
    fact's own time, which may lie before it was recorded (a late entry). Fields may be added with a default; for any
    other change increase `schema_version` and extend `upgrade` to read the old body.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")

    type: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    version: int
    occurred_at: datetime

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.__dict__.get("type")
        if not name:
            return
        if not _TYPE.fullmatch(name):
            raise TypeError(f"{cls.__name__}.type must look like service.noun.event, it is {name!r}")
        known = _registry.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"event type {name} has two classes: {known.__qualname__} and {cls.__qualname__}")
        _registry[name] = cls

    @field_validator("*", mode="after")
    @classmethod
    def _instants_are_aware(cls, value: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("an instant needs a time zone")
            return value.astimezone(UTC)
        return value

    @classmethod
    def service(cls) -> str:
        """Return the service that owns this fact: the first word of the type."""
        return cls.type.partition(".")[0]

    @classmethod
    def subject(cls) -> str:
        """Return the NATS subject, which holds no id: whoever operates the server can see subjects."""
        return f"alongside.{cls.type}"

    @classmethod
    def dataschema(cls) -> str:
        return f"{_SCHEMAS}/{cls.type}/{cls.schema_version}"

    @classmethod
    def upgrade(cls, data: dict[str, Any], written_as: int) -> dict[str, Any]:
        """Convert data of an older `schema_version` into the current one. The default suits added fields only."""
        return data

    @classmethod
    def parse(cls, data: dict[str, Any], written_as: int) -> Self:
        """Build the event from `data` of schema version `written_as`. Raise BadEnvelope, which names the bad fields.

        A body newer than this class is accepted: unknown fields are ignored.
        """
        if written_as < cls.schema_version:
            data = cls.upgrade(dict(data), written_as)
        try:
            return cls.model_validate(data)
        except ValidationError as wrong:
            # Pydantic's own message contains the input.
            fields = sorted({".".join(str(part) for part in one["loc"]) or "data" for one in wrong.errors()})
            raise BadEnvelope(f"{cls.type} schema {written_as}: bad or missing {', '.join(fields)}") from None


@dataclass(frozen=True)
class Envelope:
    """An event with its metadata.

    `recorded_at` is when the owner committed the event (practice time); `aggregate` is the row whose history it is in.
    """

    id: UUID
    event: Event
    aggregate: UUID
    recorded_at: datetime
    correlation_id: str


def event_class(name: str) -> type[Event]:
    """Return the class of an event type. Raise UnknownEvent when no imported module declares it."""
    try:
        return _registry[name]
    except KeyError:
        raise UnknownEvent(f"no class for event type {name[:100]!r} in this process") from None


def event_classes() -> Iterator[type[Event]]:
    """Return every declared event class, sorted by type."""
    return iter([_registry[name] for name in sorted(_registry)])


def write(envelope: Envelope) -> str:
    """Serialise an envelope as CloudEvents 1.0 JSON. `correlationid` and `recordedat` are extension attributes."""
    event = envelope.event
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(envelope.id),
            "source": f"alongside/{event.service()}",
            "type": event.type,
            "subject": str(envelope.aggregate),
            "time": event.occurred_at.isoformat(),
            "recordedat": envelope.recorded_at.astimezone(UTC).isoformat(),
            "correlationid": envelope.correlation_id,
            "dataschema": event.dataschema(),
            "datacontenttype": "application/json",
            "data": event.model_dump(mode="json"),
        },
        separators=(",", ":"),
    )


def read(body: bytes | str) -> Envelope:
    """Parse a CloudEvents body. Raise BadEnvelope for one that is not ours, UnknownEvent for a type without a class."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        raise BadEnvelope("body: not JSON") from None
    if not isinstance(found, dict):
        raise BadEnvelope("body: not a JSON object")
    raw = cast("dict[str, Any]", found)
    if raw.get("specversion") != "1.0":
        raise BadEnvelope("specversion: must be 1.0")
    name, data = raw.get("type"), raw.get("data")
    if not isinstance(name, str):
        raise BadEnvelope("type: missing")
    cls = event_class(name)
    if not isinstance(data, dict):
        raise BadEnvelope("data: not a JSON object")
    schema, _, number = str(raw.get("dataschema", "")).rpartition("/")
    if schema != f"{_SCHEMAS}/{name}" or not number.isdecimal():
        raise BadEnvelope("dataschema: not the schema of this type")
    event = cls.parse(cast("dict[str, Any]", data), int(number))
    return Envelope(
        id=_uuid(raw, "id"),
        event=event,
        aggregate=_uuid(raw, "subject"),
        recorded_at=_instant(raw, "recordedat", event.occurred_at),
        correlation_id=str(raw.get("correlationid", ""))[:100],
    )


def _uuid(raw: dict[str, Any], field: str) -> UUID:
    try:
        return UUID(str(raw[field]))
    except (KeyError, ValueError):
        raise BadEnvelope(f"{field}: not a UUID") from None


def _instant(raw: dict[str, Any], field: str, default: datetime) -> datetime:
    if field not in raw:
        return default
    try:
        value = datetime.fromisoformat(str(raw[field]))
    except ValueError:
        raise BadEnvelope(f"{field}: not an instant") from None
    if value.tzinfo is None:
        raise BadEnvelope(f"{field}: an instant needs a time zone")
    return value
