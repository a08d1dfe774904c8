"""Base classes of what the API takes (`Body`) and gives (`View`)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("instant_out_of_range", "must be an instant between the years 1 and 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with its offset given, kept in UTC."""

_NUMBERS = {int, float}
_TIMES = {datetime, date, time, timedelta}
_SAME: dict[Any, type] = {None: NoneType, AwareDatetime: datetime}


class Body(BaseModel):
    """What a client sends: unknown fields are refused, and "3" is not 3, 1 is not true, 0 is not a date.

    Texts use `shared.text` types, instants `Instant`. Defaults must be constants: a default that differs
    per call (a fresh id) would make a repeated request look like another one.
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
    """What the API answers. Built from rows by attribute; a `version` field becomes the ETag."""

    model_config = ConfigDict(from_attributes=True, hide_input_in_errors=True)


@cache
def _kinds(model: type[BaseModel], field: str) -> frozenset[type]:
    """The plain types a field's annotation ends in; empty when it holds anything that is not a plain
    scalar."""
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
