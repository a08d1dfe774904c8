"""Events between services: the base of every event class and its CloudEvents 1.0 envelope.

The data of an event is sealed, because events are kept for years: in the outbox, in the files of a stream and in dead
letters. Id, type, subject and instants stay readable. Even so data holds ids, states, codes and instants, never a name,
free text or a result: every consumer opens it.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from shared.crypto.keyring import Keyring, keyring
from shared.events.sealing import MEMBER, open_data, seal_data

__all__ = [
    "BadEnvelope",
    "Envelope",
    "Event",
    "UnknownEvent",
    "event_class",
    "opened",
    "read",
    "written_id",
    "write",
]

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


def write(envelope: Envelope) -> str:
    """Serialise an envelope as CloudEvents 1.0 JSON with sealed data.

    `correlationid`, `recordedat` and `keyid` (the key that sealed the data) are extension attributes.
    """
    event = envelope.event
    attributes = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": f"alongside/{event.service()}",
        "type": event.type,
        "subject": str(envelope.aggregate),
        "time": event.occurred_at.isoformat(),
        "recordedat": envelope.recorded_at.astimezone(UTC).isoformat(),
        "correlationid": envelope.correlation_id,
        "dataschema": event.dataschema(),
        "datacontenttype": "application/octet-stream",
        "keyid": keyring().active_id,
    }
    sealed = seal_data(attributes, event.model_dump_json().encode())
    return json.dumps({**attributes, MEMBER: sealed}, separators=(",", ":"))


def read(body: bytes | str) -> Envelope:
    """Parse a CloudEvents body.

    Raise BadEnvelope for one that is not ours, SealBroken for one that this installation did not write so, KeyMissing
    for a key that is not in the key file, UnknownEvent for a type without a class.
    """
    raw, data = opened(body)
    name = str(raw["type"])
    cls = event_class(name)
    schema, _, number = str(raw.get("dataschema", "")).rpartition("/")
    if schema != f"{_SCHEMAS}/{name}" or not number.isdecimal():
        raise BadEnvelope("dataschema: not the schema of this type")
    event = cls.parse(data, int(number))
    return Envelope(
        id=_uuid(raw, "id"),
        event=event,
        aggregate=_uuid(raw, "subject"),
        recorded_at=_instant(raw, "recordedat", event.occurred_at),
        correlation_id=str(raw.get("correlationid", ""))[:100],
    )


def written_id(body: bytes | str) -> UUID:
    """Return the id of an event that this installation wrote. Raise BadEnvelope or SealBroken."""
    return _uuid(opened(body)[0], "id")


def opened(body: bytes | str, ring: Keyring | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes and the opened data of a body, whatever its type. Raise BadEnvelope or SealBroken.

    Without `ring` the keyring of this process opens it.
    """
    raw = _object(body, "body")
    if raw.get("specversion") != "1.0":
        raise BadEnvelope("specversion: must be 1.0")
    if not isinstance(raw.get("type"), str):
        raise BadEnvelope("type: missing")
    sealed = raw.pop(MEMBER, None)
    if not isinstance(sealed, str):
        raise BadEnvelope(f"{MEMBER}: missing")
    return raw, _object(open_data(raw, sealed, ring), "data")


def _object(text: bytes | str, field: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise BadEnvelope(f"{field}: not JSON") from None
    if not isinstance(found, dict):
        raise BadEnvelope(f"{field}: not a JSON object")
    return cast("dict[str, Any]", found)


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
