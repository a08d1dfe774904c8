"""The document is complete: a generated client signs in, sends keys and understands every problem."""

from typing import Any

from .conftest import Shop


async def _document(shop: Shop) -> dict[str, Any]:
    return dict((await shop.http.get("/openapi.json")).json())


async def test_every_reference_resolves(shop: Shop) -> None:
    document = await _document(shop)
    assert document["openapi"].startswith("3.")
    seen = 0

    def walk(part: Any) -> None:
        nonlocal seen
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                seen += 1
                target: Any = document
                for step in part["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(document)
    assert seen > 20
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_all_but_public_routes_want_a_token(shop: Shop) -> None:
    document = await _document(shop)
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    public = {"/healthz", "/readyz", "/cups/tell", "/cups/mail", "/cups/answer"}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert ("security" not in operation) == (path in public), path


async def test_headers_that_must_be_sent_are_declared_as_such(shop: Shop) -> None:
    paths = (await _document(shop))["paths"]

    def required(path: str, method: str) -> set[str]:
        return {p["name"] for p in paths[path][method].get("parameters", ()) if p["required"] and p["in"] == "header"}

    assert required("/cups", "post") == {"Idempotency-Key"}
    assert required("/cups/{cup_id}", "patch") == {"If-Match"}
    assert required("/cups", "get") == set()


async def test_problems_are_declared_with_their_shape(shop: Shop) -> None:
    document = await _document(shop)
    answers = document["paths"]["/cups"]["post"]["responses"]
    assert {"201", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"} == set(answers)
    assert answers["201"]["content"]["application/json"]["schema"]["$ref"].endswith("/CupView")
    schema = answers["422"]["content"]["application/problem+json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ProblemView"}
    assert {"type", "title", "status", "detail", "errors"} <= set(
        document["components"]["schemas"]["ProblemView"]["properties"]
    )
