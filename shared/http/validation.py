"""Conversion of validation errors into problem details that repeat nothing of the request.

A value may be a name, and so may the key of an unknown field. Only names declared by the schema, list indexes and our
own messages are returned.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter
from pydantic_core.core_schema import ErrorType

from shared.http.problems import Problem, Wrong, problem

DETAIL = "The request does not have the right shape."
MOST = 20  # errors named in one answer

# Our own message for each kind of error; "{name}" is taken from the rule's context, never from the value.
_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "there is a field here that this request does not have",
    "json_invalid": "the body is not valid JSON",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "tuple_type": "must be a JSON array",
    "set_type": "must be a JSON array",
    "string_type": "must be text",
    "string_too_short": "must be at least {min_length} characters",
    "string_too_long": "must be at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "string_unicode": "must be Unicode text",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "none_required": "must be null",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "uuid_version": "must be a UUID",
    "datetime_type": "must be an instant in ISO 8601",
    "datetime_parsing": "must be an instant in ISO 8601",
    "datetime_from_date_parsing": "must be an instant in ISO 8601",
    "datetime_object_invalid": "must be an instant in ISO 8601",
    "timezone_aware": "must say its offset from UTC",
    "date_type": "must be a date in ISO 8601",
    "date_parsing": "must be a date in ISO 8601",
    "date_from_datetime_parsing": "must be a date in ISO 8601",
    "date_from_datetime_inexact": "must be a date without a time",
    "time_type": "must be a time of day in ISO 8601",
    "time_parsing": "must be a time of day in ISO 8601",
    "time_delta_parsing": "must be a duration in ISO 8601",
    "union_tag_invalid": "must name one of the kinds {expected_tags}",
    "union_tag_not_found": "must say its kind",
}
# Kinds of error whose message a person can follow; all others are about a shape, which is a program's business.
_FOR_PEOPLE = frozenset(
    {"string_too_short", "string_too_long", "greater_than", "greater_than_equal", "less_than", "less_than_equal"}
)
_KNOWN = frozenset(cast("tuple[str, ...]", get_args(ErrorType)))
_RULES = {"extra_forbidden": "unknown_field", "json_invalid": "not_json"}


def _shapes() -> re.Pattern[str]:
    said = {words for kind, words in _WORDS.items() if kind not in _FOR_PEOPLE}
    # What is expected of a choice begins with a quote; without that every "must be" would be meant.
    patterns = {re.sub(r"\\{\w+\\}", ".*", re.escape(words).replace(r"\{expected\}", "'.*")) for words in said}
    return re.compile("|".join(sorted(patterns)) + "|is not valid|must be at least 1 characters")


_SHAPES = _shapes()


def is_shape(message: str) -> bool:
    """Return whether a message is about the shape of a request, so that a page must say what to do instead."""
    return message == DETAIL or _SHAPES.fullmatch(message) is not None


def malformed() -> Problem:
    """Build the 422 problem for a body that is not JSON, not Unicode, or nested too deeply."""
    return problem(422, DETAIL, errors=[Wrong("body", "not_json", _WORDS["json_invalid"])])


def from_errors(errors: Sequence[Any], names: frozenset[str]) -> Problem:
    """Build the 422 problem for the errors of pydantic or FastAPI; only fields among `names` are named."""
    wrongs = [_wrong(cast("Mapping[str, Any]", error), names) for error in errors[:MOST]]
    return problem(422, DETAIL, errors=list(dict.fromkeys(wrongs)))


def _wrong(error: Mapping[str, Any], names: frozenset[str]) -> Wrong:
    kind = str(error["type"])
    return Wrong(_field(error, names), _RULES.get(kind, kind), _message(kind, error))


def _field(error: Mapping[str, Any], names: frozenset[str]) -> str:
    place = tuple(cast("Iterable[str | int]", error["loc"]))
    source, path = (str(place[0]), place[1:]) if place else ("body", ())
    kind = error["type"]
    if kind == "extra_forbidden":
        path = path[:-1]
    if kind == "json_invalid":
        path = ()
    steps = [str(step) if isinstance(step, int) else step for step in path if isinstance(step, int) or step in names]
    return ".".join(steps) or source


def _message(kind: str, error: Mapping[str, Any]) -> str:
    words = _WORDS.get(kind)
    if words is None:
        return _own_message(error) if _is_ours(error) else "is not valid"
    context = cast("Mapping[str, Any]", error.get("ctx") or {})
    for name in re.findall(r"{(\w+)}", words):
        words = words.replace("{" + name + "}", str(context.get(name, "")))
    return words


def _is_ours(error: Mapping[str, Any]) -> bool:
    """Return whether a validator of ours raised the error; pydantic's own messages may quote the value."""
    kind = str(error["type"])
    return kind in ("value_error", "assertion_error") or kind not in _KNOWN


def _own_message(error: Mapping[str, Any]) -> str:
    """Return the message of a validator of ours, unless it quotes the input."""
    words = str(error.get("msg", "")).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    sent = _leaves(error.get("input"))
    return "is not valid" if not words or any(len(leaf) > 2 and leaf in words for leaf in sent) else words


def _leaves(value: object) -> set[str]:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {leaf for pair in pairs.items() for part in pair for leaf in _leaves(part)}
    if isinstance(value, list | tuple | set | frozenset):
        return {leaf for part in cast("Iterable[object]", value) for leaf in _leaves(part)}
    return {str(value)}


def declared_names(dependant: Dependant, body: Any) -> frozenset[str]:
    """Return every field and parameter name that a route declares; `body` is the body's annotation or None."""
    names: set[str] = set()
    waiting = [dependant]
    while waiting:
        part = waiting.pop()
        waiting.extend(part.dependencies)
        for field in (*part.path_params, *part.query_params, *part.header_params):
            names |= {field.name, field.alias}
    if body is not None:
        _collect(TypeAdapter(body).json_schema(), names)
    return frozenset(names)


def _collect(schema: object, names: set[str]) -> None:
    if isinstance(schema, Mapping):
        mapping = cast("Mapping[str, object]", schema)
        properties = mapping.get("properties")
        if isinstance(properties, Mapping):
            names.update(cast("Mapping[str, object]", properties))
        for value in mapping.values():
            _collect(value, names)
    elif isinstance(schema, list):
        for value in cast("list[object]", schema):
            _collect(value, names)
