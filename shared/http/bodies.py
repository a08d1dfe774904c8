"""Base classes of request bodies (`Body`) and responses (`View`)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, LiteralString, Union, get_args, get_origin
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

# A year typed with two digits ("0026") is a typing error. Accepted, it would open a clock with thousands of steps, or
# one beyond the calendar, and the workflow of that clock would never answer again.
_FIRST, _LAST = date(2000, 1, 1), date(2299, 12, 31)
_RANGE: LiteralString = "must lie between the years 2000 and 2299"


def _utc(value: datetime) -> datetime:
    try:
        found = value.astimezone(UTC)
    except OverflowError:
        found = None
    if found is None or not _FIRST <= found.date() <= _LAST:
        raise PydanticCustomError("instant_out_of_range", _RANGE)
    return found


def _in_range(value: date) -> date:
    if not _FIRST <= value <= _LAST:
        raise PydanticCustomError("date_out_of_range", _RANGE)
    return value


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with an offset, converted to UTC."""

GivenId = Annotated[
    UUID, Field(description="A random UUID of the client's own: sent twice, one row is made. Its id is in the answer.")
]
"""A client's own id for the row it creates, within its team and kind; `shared.db.client_ids` derives the row's id."""

Day = Annotated[date, AfterValidator(_in_range)]
"""A date between the years 2000 and 2299."""

_NUMBERS = {int, float}
_TIMES = {datetime, date, time, timedelta}
_SAME: dict[Any, type] = {None: NoneType, AwareDatetime: datetime}


class Body(BaseModel):
    """A request body: unknown fields are refused, and "3" is not 3, 1 is not true, 0 is not a date.

    Texts use `shared.text` types, instants `Instant`. Defaults must be constants: a default that differs per call (a
    fresh id) would make a repeated request look like another one.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_coercion(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = _kinds(cls, info.field_name or "")
        if not kinds:
            return value
        if isinstance(value, bool):
            wrong = bool not in kinds
        elif isinstance(value, str):
            wrong = kinds <= _NUMBERS | {bool, NoneType}
        elif isinstance(value, int | float):
            wrong = kinds <= _TIMES | {bool, NoneType}
        else:
            wrong = False
        if wrong:
            raise PydanticCustomError("wrong_type", "has the wrong JSON type")
        return value


class View(BaseModel):
    """A response of the API, built from rows by attribute; a `version` field becomes the ETag."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)


@cache
def _kinds(model: type[BaseModel], field: str) -> frozenset[type]:
    """Return the scalar types of a field's annotation; none when it contains anything but plain scalars."""
    found: set[type] = set()

    def walk(annotation: Any) -> bool:
        origin = get_origin(annotation)
        if origin is Annotated:
            return walk(get_args(annotation)[0])
        if origin is Union or origin is UnionType:
            return all(walk(part) for part in get_args(annotation))
        annotation = _SAME.get(annotation, annotation)
        if isinstance(annotation, type) and annotation in _NUMBERS | _TIMES | {bool, str, NoneType}:
            found.add(annotation)
            return True
        return False

    declared = model.model_fields.get(field)
    return frozenset(found) if declared is not None and walk(declared.annotation) else frozenset()
