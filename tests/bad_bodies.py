"""Bodies made from a route's own OpenAPI: every way one can be wrong, and the good one with markup in its texts."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

if TYPE_CHECKING:
    from tests.bad_input import Write

CANARY = "Zq7canary"  # in every bad value; must never come back
MARKUP = "<b onclick=\"alert(1)\">Tom &amp; 'Jo'</b>"
# The same as it comes out of other programs: what rides along unseen is left out.
PASTED = MARKUP + "\x00\x1b\ud800\ufffe\x0c"
CONTROL = ("\x00", "\x07", "\x1b", "\x85", "\u202e", "\ud800")
JSON = "application/json"

Bad = tuple[str, int, dict[str, Any], str]


def is_id(schema: Mapping[str, Any]) -> bool:
    """Does a parameter or field of this shape name a thing by its id?"""
    return any(kind.get("format") == "uuid" for kind in _alternatives(schema))


def ids_in(app: FastAPI, write: "Write") -> Iterator[tuple[str, bool]]:
    """(name, many) of every field of the body that names a thing, or many, by id."""
    for name, one in schema_of(app, write).get("properties", {}).items():
        lists = [kind["items"] for kind in _alternatives(one) if kind.get("type") == "array" and "items" in kind]
        if is_id(one):
            yield name, False
        elif any(is_id(each) for each in lists):
            yield name, True


def bad_bodies(schema: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Bad]:
    """(name, status, body, field) for every field of the schema, also within objects that the good body holds."""
    for name in schema.get("required", ()):
        yield f"{name} missing", 422, {k: v for k, v in body.items() if k != name}, name
    for name, one in schema.get("properties", {}).items():
        for what, value in _bad_values(one):
            yield f"{name} {what}", 422, {**body, name: value}, name
        inner, held = _object(one), body.get(name)
        if inner is not None and isinstance(held, Mapping):
            for what, status, changed, place in bad_bodies(inner, held):
                yield f"{name}.{what}", status, {**body, name: changed}, f"{name}.{place}"


def _bad_values(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(what is wrong, value) for one field."""
    kinds = _alternatives(schema)
    types = {kind.get("type") for kind in kinds} | (
        {"string"} if any("enum" in k or "const" in k for k in kinds) else set()
    )
    wrong: dict[str, Any] = {
        "string": CANARY,
        "integer": 7,
        "boolean": True,
        "array": [CANARY],
        "object": {CANARY: CANARY},
    }
    if "number" in types:
        types.add("integer")
    for name, value in wrong.items():
        if name not in types:
            yield f"is {name}", value
    if "null" not in types:
        yield "is null", None
    for kind in kinds:
        if "enum" in kind or "const" in kind:
            yield "of no known code", CANARY
        elif kind.get("format") in ("uuid", "date-time", "date", "time"):
            yield f"no {kind['format']}", CANARY
            yield "a number", 20260302
        elif kind.get("type") == "string":
            longest = kind.get("maxLength")
            if longest is not None:
                yield "too long", (CANARY * (longest // len(CANARY) + 1))[: longest + 1]
                if kind.get("minLength"):
                    yield "blank", " \u200b "
                else:
                    for char in CONTROL:  # of what is no free text: an address, a number
                        yield f"holds U+{ord(char):04X}", CANARY + char
            elif "pattern" in kind:
                yield "of another shape", CANARY + "?"
        elif kind.get("type") == "array":
            if kind.get("maxItems") is not None:
                yield "too many", [CANARY] * (kind["maxItems"] + 1)
            if kind.get("minItems"):
                yield "none", []
            for what, value in _bad_values(kind.get("items", {})):
                yield f"item {what}", [value]
        elif kind.get("type") == "integer" and "maximum" in kind:
            yield "too large", kind["maximum"] + 1


def changed_somewhere(schema: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The body with one field changed to another valid value, or with one more."""
    for name, one in schema.get("properties", {}).items():
        for kind in _alternatives(one):
            if kind.get("type") == "string" and kind.get("maxLength") and "enum" not in kind:
                return {**body, name: "another@example.invalid" if kind.get("format") == "email" else "another text"}
            for value in kind.get("enum", ()):
                if body.get(name) != value:
                    return {**body, name: value}
    for name, one in schema.get("properties", {}).items():
        if any(kind.get("type") == "boolean" for kind in _alternatives(one)):
            return {**body, name: not body.get(name, False)}
    raise AssertionError("no field to change: give the good body a text")


def with_markup(schema: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    for name, value in body.items():
        for kind in _alternatives(schema["properties"][name]):
            plain = kind.get("type") == "string" and "enum" not in kind and "format" not in kind and "minLength" in kind
            if isinstance(value, str) and plain and kind.get("maxLength", 0) >= len(MARKUP):
                body[name] = PASTED
            elif isinstance(value, Mapping) and kind.get("type") == "object" and "properties" in kind:
                body[name] = with_markup(kind, dict(value))
    return body


_documents: dict[str, Mapping[str, Any]] = {}


def document(app: FastAPI) -> Mapping[str, Any]:
    """The OpenAPI of the application. Every house has one of its own with the same routes, so it is written once."""
    if app.title not in _documents:
        _documents[app.title] = app.openapi()
    return _documents[app.title]


def operation(app: FastAPI, write: "Write") -> Mapping[str, Any]:
    return document(app)["paths"][write.template][write.method.lower()]


def schema_of(app: FastAPI, write: "Write") -> Mapping[str, Any]:
    """What the route takes; of a body that may be left out, the one that is sent."""
    schema = _resolved(document(app), operation(app, write)["requestBody"]["content"][JSON]["schema"])
    return next(kind for kind in _alternatives(schema) if kind.get("type") != "null")


def _resolved(document: Mapping[str, Any], schema: Any) -> Any:
    """The schema with every reference followed."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            found: Any = document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return {**_resolved(document, found), **{k: v for k, v in schema.items() if k not in ("$ref", "default")}}
        return {key: _resolved(document, value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_resolved(document, one) for one in schema]
    return schema


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [kind for one in schema["anyOf"] for kind in _alternatives(one)] if "anyOf" in schema else [schema]


def _object(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((kind for kind in _alternatives(schema) if "properties" in kind), None)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]
