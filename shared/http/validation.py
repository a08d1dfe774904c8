"""Turns validation errors into problem details that repeat nothing the client sent.

A value may be a name; so may the key of an unknown field. Only names that the schema declares, list indexes and our own
words get out.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic_core import list_all_errors

from shared.http.problems import Problem, Wrong, problem

DETAIL = "The request does not have the right shape."
MOST = 20  # errors named in one answer

_TEMPLATES: Mapping[str, str] = {
    error["type"]: error.get("message_template_json", error["message_template_python"]) for error in list_all_errors()
}
# What a message may quote from the rule itself; everything else in `ctx` can hold part of the value.
_QUOTABLE = frozenset(
    {"min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "expected", "pattern", "max_digits",
     "decimal_places", "whole_digits", "expected_tags", "longest", "field_type", "tz_expected"}
)  # fmt: skip
_OWN_WORDS = {
    "extra_forbidden": "there is a field here that this request does not have",
    "json_invalid": "the body is not valid JSON",
}
_RULES = {"extra_forbidden": "unknown_field", "json_invalid": "not_json"}


def malformed() -> Problem:
    """The body is not JSON at all, or not Unicode, or nested beyond reason."""
    return problem(422, DETAIL, errors=[Wrong("body", "not_json", _OWN_WORDS["json_invalid"])])


def from_errors(errors: Sequence[Any], route: object) -> Problem:
    """A 422 for the errors of pydantic or FastAPI on this route."""
    names = _declared(route) if isinstance(route, APIRoute) else frozenset[str]()
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
    if kind in _OWN_WORDS:
        return _OWN_WORDS[kind]
    context = cast("Mapping[str, Any]", error.get("ctx") or {})
    template = _TEMPLATES.get(kind)
    if template is None or kind in ("value_error", "assertion_error"):
        return _own_message(error)
    # Cut at the first part that could quote the value: "a valid UUID, {error}" says "a valid UUID".
    quotable = {name: value for name, value in context.items() if name in _QUOTABLE}
    words = template
    while "{" in words:
        head, _, rest = words.partition("{")
        name, _, tail = rest.partition("}")
        if name not in quotable:
            words = head.rstrip(" ,:'\"")
            break
        words = f"{head}{_braceless(quotable[name])}{tail}"
    return words or "is not valid"


def _own_message(error: Mapping[str, Any]) -> str:
    """The words of a validator of ours, unless they quote what was sent."""
    words = str(error.get("msg", "")).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    sent = _leaves(error.get("input"))
    return "is not valid" if not words or any(len(leaf) > 2 and leaf in words for leaf in sent) else words


def _braceless(value: object) -> str:
    return str(value).replace("{", "(").replace("}", ")")


def _leaves(value: object) -> set[str]:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {leaf for pair in pairs.items() for part in pair for leaf in _leaves(part)}
    if isinstance(value, list | tuple | set | frozenset):
        return {leaf for part in cast("Iterable[object]", value) for leaf in _leaves(part)}
    return {str(value)}


@cache
def _declared(route: APIRoute) -> frozenset[str]:
    """Every field and parameter name a route declares."""
    flat = route.dependant
    names: set[str] = set()
    waiting = [flat]
    while waiting:
        dependant = waiting.pop()
        waiting.extend(dependant.dependencies)
        for field in (*dependant.path_params, *dependant.query_params, *dependant.header_params):
            names |= {field.name, field.alias}
    if route.body_field is not None:
        annotation: Any = route.body_field.field_info.annotation
        _collect(TypeAdapter(annotation).json_schema(), names)
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
